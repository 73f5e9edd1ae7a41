"""Messages in the language of who reads them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.pages import Asked, Pages, Said
from tests.support.people import fails
from tests.support.scene import fresh, invoke
from tests.support.settings import setting
from tests.support.talking import got, sent
from tests.support.translators import GOOGLE, KEY, KEYS, reads, through, workspace_of
from tests.support.workspace import Json, Person, Workspace

PLACE = f"{GOOGLE}/language/translate/v2"


@pytest.fixture(scope="module")
def wired(mongo_uri: str, pages: Pages) -> Iterator[Workspace]:
    made = workspace_of(mongo_uri, pages)
    yield made
    made.stop()


def _translated(person: Person, message: Json, language: str = "de") -> Json:
    given = {"messageId": message["_id"], "targetLanguage": language}
    done: Json = person.ok("POST", "v1/autotranslate.translateMessage", given)["message"]
    return done


@pytest.mark.parametrize("service", KEYS)
def test_a_message_is_translated_by_the_service_of_the_settings(
    wired: Workspace, pages: Pages, service: str
) -> None:
    ann = wired.person()
    rid = wired.channel(ann)["_id"]
    text = "Good morning\n\nHow are *you*? <3"
    message = sent(ann, rid, text)
    with through(wired, service):
        done = _translated(ann, message)
    assert done["translations"] == {"de": "[de] Good morning\n\n[de] How are *you*? <3"}
    assert (done["translationProvider"], done["msg"]) == (service, text)
    assert got(ann, message["_id"])["translations"] == done["translations"]
    with through(wired, service):
        again = _translated(ann, message, "fr")
    assert set(again["translations"]) == {"de", "fr"}
    assert not any(KEY in str(one.query) + one.path for one in pages.asked), "keys are in headers"


def test_what_is_no_language_stays_as_it_is(wired: Workspace, pages: Pages) -> None:
    ann, bob = wired.person(), wired.person()
    room = wired.channel(ann, bob)
    text = (
        f"Hi @{bob.username} in #{room['name']} :smile: see [the page](https://a.example/x_y) or "
        "https://b.example/good `code` & <b>\n```\nlast words\n```"
    )
    message = sent(ann, room["_id"], text, parseUrls=False)
    assert _translated(ann, message)["translations"] == {"de": f"[de] {text}"}
    said = str([one.json for one in pages.asked if one.host == GOOGLE and one.body][-1])
    for kept in (bob.username, room["name"], "smile", "x_y", "b.example", "code", "last words"):
        assert kept not in said
    assert "the page" in said


def test_a_message_of_many_lines_is_translated_in_parts(wired: Workspace) -> None:
    ann = wired.person()
    text = "\n".join(f"line {number}" for number in range(120))
    message = sent(ann, wired.channel(ann)["_id"], text)
    with through(wired, "deepl-translate"):
        done = _translated(ann, message)["translations"]["de"]
    assert done.split("\n") == [f"[de] line {number}" for number in range(120)]


def test_what_is_in_the_language_already_has_no_translation(wired: Workspace) -> None:
    ann = wired.person()
    rid = wired.channel(ann)["_id"]
    assert "translations" not in _translated(ann, sent(ann, rid, "Hallo zusammen"))
    mixed = _translated(ann, sent(ann, rid, "Hallo\nGood morning"))
    assert mixed["translations"] == {"de": "Hallo\n[de] Good morning"}


def test_attachments_are_translated_too(wired: Workspace) -> None:
    ann = wired.person()
    rid = wired.channel(ann)["_id"]
    message = sent(ann, rid, "", attachments=[{"title": "x"}, {"text": "Some words"}])
    done = _translated(ann, message)
    assert [one.get("translations") for one in done["attachments"]] == [
        None,
        {"de": "[de] Some words"},
    ]
    assert "translations" not in done


def test_new_messages_are_translated_for_who_turned_it_on(wired: Workspace, pages: Pages) -> None:
    ann, bob, cid = wired.person(), wired.person(), wired.person()
    rid = wired.channel(ann, bob, cid)["_id"]
    reads(ann, rid, "fr")
    reads(bob, rid, "de")
    answered = sent(ann, rid, "Good morning")
    assert "translations" not in answered, "it is translated after the answer"
    wired.settle()
    message = got(cid, answered["_id"])
    assert message["translations"] == {"de": "[de] Good morning"}, "not for its author"
    assert "editedAt" not in message
    asked = pages.times(PLACE)
    cid.ok("POST", "v1/chat.react", {"messageId": message["_id"], "emoji": "smile"})
    sent(bob, rid, ":smile: https://a.example", parseUrls=False)
    wired.settle()
    assert pages.times(PLACE) == asked, "nothing new is said"


def test_an_edited_message_is_translated_anew(wired: Workspace) -> None:
    ann, bob = wired.person(), wired.person()
    rid = wired.channel(ann, bob)["_id"]
    reads(bob, rid, "de")
    message = sent(ann, rid, "Good morning")
    wired.settle()
    _translated(bob, message, "fr")
    given = {"roomId": rid, "msgId": message["_id"], "text": "Good night"}
    after = ann.ok("POST", "v1/chat.update", given)["message"]
    assert "translations" not in after
    wired.settle()
    assert got(bob, message["_id"])["translations"] == {"de": "[de] Good night"}


def test_a_service_that_fails_for_a_moment_is_asked_again(wired: Workspace, pages: Pages) -> None:
    ann, bob = wired.person(), wired.person()
    rid = wired.channel(ann, bob)["_id"]
    reads(bob, rid, "de")
    real, asked = pages.says[PLACE], pages.times(PLACE)
    assert callable(real)

    def failing(given: Asked) -> Said:
        return Said(status=503) if pages.times(PLACE) == asked + 1 else real(given)

    pages.says[PLACE] = failing
    try:
        message = sent(ann, rid, "Good morning")
        wired.settle()
    finally:
        pages.says[PLACE] = real
    assert got(bob, message["_id"])["translations"] == {"de": "[de] Good morning"}


def test_a_service_that_refuses_is_not_asked_again(wired: Workspace, pages: Pages) -> None:
    ann, bob = wired.person(), wired.person()
    rid = wired.channel(ann, bob)["_id"]
    reads(bob, rid, "de")
    asked = pages.times(PLACE)
    with setting(wired, "AutoTranslate_GoogleAPIKey", "wrong"):
        message = sent(ann, rid, "Good morning")
        wired.settle()
        given = {"messageId": message["_id"], "targetLanguage": "de"}
        answer = bob.post("v1/autotranslate.translateMessage", given)
    fails(answer, "Failed to translate message.")
    assert pages.times(PLACE) == asked + 2
    assert "translations" not in got(bob, message["_id"])


def test_a_language_that_the_service_lacks_is_what_it_is_a_kind_of(wired: Workspace) -> None:
    ann = wired.person()
    message = sent(ann, wired.channel(ann)["_id"], "Good morning")
    assert set(_translated(ann, message, "pt-AO")["translations"]) == {"pt"}


def test_nobody_translates_what_they_may_not_read(wired: Workspace, pages: Pages) -> None:
    ann, bob = wired.person(), wired.person()
    group = ann.ok("POST", "v1/groups.create", {"name": fresh("p")})["group"]
    message = sent(ann, group["_id"], "Secret words")
    asked = pages.times(PLACE)
    given = {"messageId": message["_id"], "targetLanguage": "de"}
    answer = bob.post("v1/autotranslate.translateMessage", given)
    assert (answer.status_code, answer.json()["error"]) == (403, "unauthorized")
    params = [{"_id": message["_id"], "rid": "GENERAL", "msg": "x"}, "de"]
    assert invoke(wired, bob, "autoTranslate.translateMessage", params) == {}
    assert pages.times(PLACE) == asked
    assert invoke(wired, ann, "autoTranslate.translateMessage", params) == {}
    assert got(ann, message["_id"])["translations"] == {"de": "[de] Secret words"}


@pytest.mark.parametrize("language", ["a.b", "$set", "", "x" * 100])
def test_a_language_that_is_none_becomes_no_key(wired: Workspace, language: str) -> None:
    ann = wired.person()
    message = sent(ann, wired.channel(ann)["_id"], "Good morning")
    given = {"messageId": message["_id"], "targetLanguage": language}
    ann.post("v1/autotranslate.translateMessage", given)
    assert "translations" not in got(ann, message["_id"])
