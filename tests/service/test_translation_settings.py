"""Who has messages translated, to what, and what the services offer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from contrail.ddp import ejson
from tests.support.pages import Pages
from tests.support.people import fails
from tests.support.scene import fresh, invoke
from tests.support.settings import setting
from tests.support.talking import sent, subscription
from tests.support.translators import KEY, reads, through, workspace_of
from tests.support.workspace import Json, Person, Workspace


@pytest.fixture(scope="module")
def wired(mongo_uri: str, pages: Pages) -> Iterator[Workspace]:
    made = workspace_of(mongo_uri, pages)
    yield made
    made.stop()


@pytest.mark.parametrize(
    ("service", "named"),
    [
        ("google-translate", {"language": "pt", "name": "Portugiesisch"}),
        ("microsoft-translate", {"language": "pt", "name": "Portuguese"}),
        (
            "deepl-translate",
            {"language": "pt-BR", "name": "Portuguese (Brazilian)", "supports_formality": True},
        ),
    ],
)
def test_get_supported_languages_returns_a_list_of_languages(
    wired: Workspace, service: str, named: Json
) -> None:
    ann = wired.person()
    with through(wired, service):
        told = ann.ok("GET", "v1/autotranslate.getSupportedLanguages", {"targetLanguage": "de"})
        method = invoke(wired, ann, "autoTranslate.getSupportedLanguages", ["de"])
    assert told["languages"] == [named]
    assert ejson.loads(ejson.dumps(method["result"])) == [named]


def test_languages_are_named_in_english_where_the_service_knows_no_other(wired: Workspace) -> None:
    path, given = "v1/autotranslate.getSupportedLanguages", {"targetLanguage": "xx"}
    told = wired.person().ok("GET", path, given)
    assert told["languages"] == [{"language": "pt", "name": "Portuguese"}]


def test_no_key_leaves_the_workspace(wired: Workspace) -> None:
    rows = wired.admin.ok("GET", "v1/settings", {"count": 0})["settings"]
    assert KEY not in str(rows)
    assert KEY not in str(wired.admin.ok("GET", "v1/settings.public", {"count": 0}))


def test_the_settings_of_a_room_are_saved(wired: Workspace) -> None:
    ann = wired.person()
    rid = wired.channel(ann)["_id"]
    reads(ann, rid, "de")
    row = subscription(wired, ann, rid)
    assert (row["autoTranslate"], row["autoTranslateLanguage"]) == (True, "de")
    reads(ann, rid, "fr")
    assert subscription(wired, ann, rid)["autoTranslateLanguage"] == "de", "it is chosen already"
    given = {"roomId": rid, "field": "autoTranslateLanguage", "value": "it"}
    ann.ok("POST", "v1/autotranslate.saveSettings", given)
    told = ann.ok("GET", "v1/subscriptions.getOne", {"roomId": rid})["subscription"]
    assert (told["autoTranslate"], told["autoTranslateLanguage"]) == (True, "it")
    params = [rid, "autoTranslate", "0", {"defaultLanguage": ""}]
    assert invoke(wired, ann, "autoTranslate.saveSettings", params)["result"] is True
    assert "autoTranslate" not in subscription(wired, ann, rid)


def test_save_settings_says_what_is_wrong(wired: Workspace) -> None:
    ann, path = wired.person(), "v1/autotranslate.saveSettings"
    rid = wired.channel(ann)["_id"]
    good: Json = {"roomId": rid, "field": "autoTranslate", "value": True}
    for missing in ("roomId", "field", "value"):
        given = {key: value for key, value in good.items() if key != missing}
        text = f"must have required property '{missing}'"
        fails(ann.post(path, given), text, "invalid-params")
    details = {"method": "saveAutoTranslateSettings"}
    wrong = ann.post(path, {**good, "field": "invalid", "value": "x"})
    fails(wrong, "Invalid settings field", "error-invalid-settings", details)
    fails(
        ann.post(path, {**good, "value": "yes"}),
        'The bodyParam "autoTranslate" must be a boolean.',
    )
    for value in (True, "12"):
        answer = ann.post(path, {**good, "field": "autoTranslateLanguage", "value": value})
        fails(answer, 'The bodyParam "autoTranslateLanguage" must be a string.')
    answer = ann.post(path, {**good, "field": "autoTranslateLanguage", "value": 12})
    assert (answer.status_code, answer.json()["errorType"]) == (400, "invalid-params")


def test_save_settings_is_refused_where_messages_are_encrypted(wired: Workspace) -> None:
    ann = wired.person()
    rid = ann.ok("POST", "v1/groups.create", {"name": fresh("p")})["group"]["_id"]
    rooms = wired.database["rocketchat_room"]
    rooms.update_one({"_id": rid}, {"$set": {"encrypted": True}})
    given = {"roomId": rid, "field": "autoTranslate", "value": True}
    fails(
        ann.post("v1/autotranslate.saveSettings", given),
        "Enabling auto-translation in E2E encrypted rooms is not allowed",
        "error-e2e-enabled",
        {"method": "saveAutoTranslateSettings"},
    )


def test_who_lacks_auto_translate_is_refused(workspace: Workspace) -> None:
    ann = workspace.person()
    rid = workspace.channel(ann)["_id"]
    text, code = "Auto-Translate is not allowed", "error-action-not-allowed"
    details = {"method": "autoTranslate.saveSettings"}
    given = {"roomId": rid, "field": "autoTranslate", "value": True}
    with setting(workspace, "AutoTranslate_Enabled", True):
        fails(ann.post("v1/autotranslate.saveSettings", given), text, code, details)
        asked = ann.get("v1/autotranslate.getSupportedLanguages", targetLanguage="en")
    fails(asked, text, code, details)


def test_everything_is_refused_while_translation_is_off(workspace: Workspace) -> None:
    admin = workspace.admin
    rid = workspace.channel(admin)["_id"]
    message = sent(admin, rid, "Good morning")
    saving = {"roomId": rid, "field": "autoTranslate", "value": True}
    asking = {"targetLanguage": "en"}
    for answer in (
        admin.get("v1/autotranslate.getSupportedLanguages", **asking),
        admin.post("v1/autotranslate.saveSettings", saving),
        admin.post("v1/autotranslate.translateMessage", {"messageId": message["_id"]}),
    ):
        fails(answer, "AutoTranslate is disabled.")
    outcome = invoke(workspace, admin, "autoTranslate.getSupportedLanguages", ["en"])
    assert outcome["error"]["error"] == "error-autotranslate-disabled"
    params = [{"_id": message["_id"], "rid": rid, "msg": "x"}, "de"]
    assert invoke(workspace, admin, "autoTranslate.translateMessage", params) == {}


def test_translate_message_says_what_is_wrong(wired: Workspace) -> None:
    ann, path = wired.person(), "v1/autotranslate.translateMessage"
    text = "must have required property 'messageId'"
    fails(ann.post(path, {}), text, "invalid-params")
    fails(ann.post(path, {"messageId": "nobody", "targetLanguage": "de"}), "Message not found.")


def _prefers(person: Person, language: str) -> None:
    person.ok("POST", "v1/users.setPreferences", {"data": {"language": language}})


@contextmanager
def _enabling_itself(workspace: Workspace) -> Iterator[None]:
    with setting(workspace, "AutoTranslate_AutoEnableOnJoinRoom", True):
        yield


def _state(workspace: Workspace, person: Person, rid: str) -> tuple[object, object]:
    row = subscription(workspace, person, rid)
    return row.get("autoTranslate"), row.get("autoTranslateLanguage")


@pytest.mark.parametrize("language", ["", "en"])
def test_autoenable_does_nothing_for_who_has_no_other_language(
    wired: Workspace, language: str
) -> None:
    ann, bob = wired.person(), wired.person()
    if language:
        _prefers(bob, language)
    with _enabling_itself(wired):
        rid = wired.channel(ann)["_id"]
        bob.ok("POST", "v1/channels.join", {"roomId": rid})
    assert _state(wired, bob, rid) == (None, None)


def test_autoenable_enables_it_when_joining_being_added_and_creating(wired: Workspace) -> None:
    ann, bob, cid = wired.person(), wired.person(), wired.person()
    for person, language in ((ann, "it"), (bob, "es"), (cid, "de")):
        _prefers(person, language)
    with _enabling_itself(wired):
        rid = wired.channel(ann, bob)["_id"]
        cid.ok("POST", "v1/channels.join", {"roomId": rid})
        other = wired.channel(ann)["_id"]
        ann.ok("POST", "v1/channels.invite", {"roomId": other, "userId": bob.id})
        direct = ann.ok("POST", "v1/im.create", {"username": bob.username})["room"]["_id"]
    assert _state(wired, ann, rid) == (True, "it"), "creating"
    assert _state(wired, bob, rid) == (True, "es"), "all that are added upon creation"
    assert _state(wired, cid, rid) == (True, "de"), "joining"
    assert _state(wired, bob, other) == (True, "es"), "being added"
    assert _state(wired, bob, direct) == (True, "es")
    with _enabling_itself(wired):
        _prefers(bob, "fr")
    assert _state(wired, bob, rid) == (True, "fr"), "the language is changed"
    _prefers(bob, "pl")
    assert _state(wired, bob, rid) == (True, "fr"), "the setting is off"
