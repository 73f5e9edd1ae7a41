"""No answer of any row, to anyone, holds a hash, somebody's second factor or a service's secret."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from contrail.shapes.ids import random_id
from tests.support.doors import EXAMPLES, METHOD_EXAMPLES
from tests.support.scene import METHODS, REST, Scene, invoke, send
from tests.support.workspace import Json, Person, Workspace

HASH = re.compile(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{20}")
KEYS = ("_contrail", "hashedToken", "bcrypt", "hashedBackup", "loginTokens", "passwordHistory")
MARK = "SMUGGLED-"


def _mark() -> str:
    return f"{MARK}{random_id()}"


@dataclass(frozen=True)
class Stage:
    """A scene in which everything secret is marked."""

    scene: Scene

    def leaks(self, text: str) -> list[str]:
        found = [key for key in KEYS if f'"{key}"' in text or f'\\"{key}\\"' in text]
        users = self.scene.workspace.database["users"].find({})
        hashes = [
            entry["hashedToken"]
            for user in users
            for entry in user.get("services", {}).get("resume", {}).get("loginTokens") or ()
        ]
        found += [one for one in hashes if one in text]
        return found + HASH.findall(text) + re.findall(rf"{MARK}\w*", text)


def _hide(workspace: Workspace, person: Person) -> None:
    """What an account may hold that is nobody's business, in the places where it is kept."""
    held: Json = {
        "services.totp": {"enabled": False, "secret": _mark(), "hashedBackup": [_mark()]},
        "services.email.verificationTokens": [{"token": _mark(), "address": "a@b.cc"}],
        "services.emailCode": {"code": _mark()},
        "services.google": {"id": "1", "accessToken": _mark()},
        "services.passwordHistory": [_mark()],
        "services.password.reset": {"token": _mark()},
        "services.cloud": {"refreshToken": _mark()},
        "e2e": {"private_key": _mark()},
        "inviteToken": _mark(),
    }
    workspace.database["users"].update_one({"_id": person.id}, {"$set": held})
    given = {"tokenName": random_id()}
    person.ok("POST", "v1/users.generatePersonalAccessToken", given)


def _hide_settings(workspace: Workspace) -> None:
    """In every setting that is a secret or of type password, but those that everyone may read."""
    settings = workspace.database["rocketchat_settings"]
    kinds = [{"secret": True}, {"type": "password"}]
    for row in settings.find({"$or": kinds, "public": {"$ne": True}}):
        if isinstance(row["value"], str):
            settings.update_one({"_id": row["_id"]}, {"$set": {"value": _mark()}})
    versions = workspace.database["contrail_versions"]
    versions.update_one({"_id": "settings"}, {"$inc": {"n": 1}}, upsert=True)


@pytest.fixture(scope="module")
def stage(mongo_uri: str) -> Iterator[Stage]:
    workspace = Workspace(mongo_uri)
    scene = Scene.of(workspace)
    for person in (scene.person, scene.other, workspace.admin):
        _hide(workspace, person)
    _hide_settings(workspace)
    change = {"$set": {"joinCode": _mark(), "joinCodeRequired": True}}
    workspace.database["rocketchat_room"].update_one({"_id": scene.room["_id"]}, change)
    yield Stage(scene)
    workspace.stop()


def test_the_walk_sees_what_it_looks_for(stage: Stage) -> None:
    """Against what is stored: all of it would be found if an answer held it."""
    database = stage.scene.workspace.database
    user = database["users"].find_one({"_id": stage.scene.person.id}) or {}
    found = stage.leaks(str(user).replace("'", '"'))
    assert len([one for one in found if one.startswith(MARK)]) == 10
    assert {*KEYS, user["services"]["resume"]["loginTokens"][0]["hashedToken"]} <= set(found)
    assert any(HASH.match(one) for one in found)
    assert stage.leaks(str(list(database["rocketchat_settings"].find({"secret": True}))))


def _senders(stage: Stage, example: Any) -> list[Person | None]:
    return [example.sender(stage.scene), stage.scene.person, stage.scene.workspace.admin]


@pytest.mark.parametrize("key", sorted(EXAMPLES))
def test_no_answer_holds_a_secret(stage: Stage, key: str) -> None:
    example, row = EXAMPLES[key], REST[key][1]
    senders = [example.sender(stage.scene)] if key in ENDING else _senders(stage, example)
    for person in senders:
        given = example.given(stage.scene)
        given = {**given, "count": 0} if row.listing is not None else given
        answer = send(stage.scene.workspace, row, given, person)
        assert answer.status_code < 500
        assert stage.leaks(answer.text) == [], (key, person and person.username)


@pytest.mark.parametrize("name", sorted(METHOD_EXAMPLES))
def test_no_result_holds_a_secret(stage: Stage, name: str) -> None:
    example = METHOD_EXAMPLES[name]
    own = name in ENDING
    senders = [example.sender(stage.scene)] if own else _senders(stage, example)
    for person in senders:
        if person is None and not METHODS[name][1].public:
            continue
        outcome = invoke(stage.scene.workspace, person, name, example.given(stage.scene))
        assert stage.leaks(str(outcome).replace("'", '"')) == [], (name, person and person.username)


@pytest.mark.parametrize("who", ["user", "admin"])
def test_whoever_asks_about_people_learns_no_secret(stage: Stage, who: str) -> None:
    """About oneself too, by every way of naming someone and with every field asked for."""
    scene = stage.scene
    person = scene.person if who == "user" else scene.workspace.admin
    for uid in (scene.person.id, scene.other.id, scene.workspace.admin.id):
        for path, given in (
            ("v1/users.info", {"userId": uid, "includeUserRooms": "true"}),
            ("v1/users.list", {"count": 0}),
            ("v1/users.listByStatus", {"count": 0}),
            ("v1/users.autocomplete", {"selector": "{}"}),
            ("v1/me", {}),
        ):
            answer = person.get(path, **given)
            assert answer.status_code == 200, answer.text
            assert stage.leaks(answer.text) == [], path


ENDING = (
    *("GET v1/logout", "POST v1/logout", "POST v1/users.deleteOwnAccount", "logout"),
    *("POST v1/users.removeOtherTokens", "POST v1/users.logoutOtherClients"),
    *("POST v1/users.logout", "deleteUserOwnAccount", "removeOtherTokens", "logoutOtherClients"),
    *("setUsername", "setEmail", "changePassword", "getNewToken", "POST v1/users.resetTOTP"),
    *("POST v1/users.resetE2EKey", "GET v1/e2e.fetchMyKeys", "e2e.fetchMyKeys"),
    *("POST v1/sessions/logout", "POST v1/sessions/logout.me"),
)
"""What ends the logins of whoever asks, changes who they are, or hands out keys of their own that
they encrypted: asked by its own sender alone."""
