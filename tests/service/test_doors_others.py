"""Ids of what is somebody else's, in every row that takes ids: nobody reads or changes it by them.

Ann has a private room, a direct one, a thread, a file, a login and a token; another knows their
ids and asks every row for them. What Ann wrote is marked, and is looked for in each answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from contrail.domain.devices import session_id_of
from contrail.domain.tokens import hash_token
from contrail.shapes.ids import random_id
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Method, Rest, Table
from tests.support.doors import EXAMPLES, METHOD_EXAMPLES
from tests.support.scene import METHODS, REST, Scene, invoke, send, takes
from tests.support.uploads import upload
from tests.support.workspace import Json, Person, Workspace

MARK = f"untold{random_id()}"
ROOM = "rid roomId room_id drid prid mainRoom rooms roomIds room channel groupId tm".split()
MESSAGE = "mid msgId messageId _id tmid pmid id originalMessageId firstUnread lastMessage".split()
USER = "uid userId user_id userIds users uids ids targetUserId".split()
FILE = ("fileId", "file")
AIMED = {*ROOM, *MESSAGE, *USER, *FILE, "sessionId", "inviteId", "roomName"}
MOVING = ("status", "statusConnection", "statusDefault", "_updatedAt", "lastLogin", "__rooms")
"""What of Ann's own document changes by itself."""


@dataclass(frozen=True)
class Stage:
    """`aims` says by an input's name what of Ann's it is given, the one id or the other."""

    scene: Scene
    ann: Person
    rooms: tuple[str, str]
    aims: tuple[dict[str, str], ...]

    def belongings(self) -> Json:
        """Everything of Ann's as it is stored."""
        database = self.scene.workspace.database
        own = database["users"].find_one({"_id": self.ann.id}) or {}
        its = {"rid": {"$in": list(self.rooms)}}
        return {
            "user": {key: value for key, value in own.items() if key not in MOVING},
            "rooms": list(database["rocketchat_room"].find({"_id": its["rid"]})),
            **{
                name: list(database[name].find(its).sort("_id", 1))
                for name in (
                    *("rocketchat_message", "rocketchat_subscription", "rocketchat_uploads"),
                    "rocketchat_invites",
                )
            },
        }

    def asked(self, given: Json, aim: dict[str, str], model: type[Input]) -> Json:
        """The input with an id of Ann's wherever it takes one, also where it had none."""
        properties = model.model_json_schema().get("properties", {})
        texts = {name for name, declared in properties.items() if "string" in str(declared)}
        wanted = {name: aim[name] for name in aim if name in texts and name not in given}
        asked: Json = {**self.aimed(given, aim), **wanted}
        return asked

    def aimed(self, given: Any, aim: dict[str, str]) -> Any:
        if isinstance(given, list):
            return [self.aimed(one, aim) for one in given]
        if not isinstance(given, dict):
            return given
        return {name: self._at(name, value, aim) for name, value in given.items()}

    def _at(self, name: str, value: Any, aim: dict[str, str]) -> Any:
        if name not in aim:
            return self.aimed(value, aim)
        if isinstance(value, str):
            return aim[name]
        many = isinstance(value, list) and value and all(isinstance(one, str) for one in value)
        return [aim[name]] if many else self.aimed(value, aim)


@pytest.fixture(scope="module")
def stage(mongo_uri: str) -> Iterator[Stage]:
    workspace = Workspace(mongo_uri)
    scene = Scene.of(workspace)
    yield _prepare(workspace, scene)
    workspace.stop()


def _prepare(workspace: Workspace, scene: Scene) -> Stage:
    ann, ben = workspace.person(email=f"{MARK}@example.com"), workspace.person()
    name = f"g{random_id().lower()}"
    group = ann.ok("POST", "v1/groups.create", {"name": name, "members": [ben.username]})["group"]
    rid = group["_id"]
    for what in ("Topic", "Description", "Announcement"):
        ann.ok("POST", f"v1/groups.set{what}", {"roomId": rid, what.lower(): MARK})
    direct = ann.ok("POST", "v1/im.create", {"username": ben.username})["room"]["_id"]
    said = [_say(ann, rid), _say(ann, direct)]
    _say(ben, rid, tmid=said[0])
    upload(ann, rid, MARK.encode(), description=MARK)
    row = workspace.database["rocketchat_uploads"].find_one({"rid": rid}) or {}
    ann.ok("POST", "v1/users.generatePersonalAccessToken", {"tokenName": MARK})
    ann.ok("POST", "v1/users.setPreferences", {"data": {"highlights": [MARK]}})
    invite = ann.ok("POST", "v1/findOrCreateInvite", {"rid": rid, "days": 1, "maxUses": 1})
    workspace.settle()
    others = {
        **dict.fromkeys(FILE, row["_id"]),
        "sessionId": session_id_of(hash_token(ann.token)),
        "inviteId": invite["_id"],
    }
    aims = tuple(
        {
            **dict.fromkeys(ROOM, room),
            **dict.fromkeys(MESSAGE, message),
            **dict.fromkeys(USER, ann.id),
            **others,
            "roomName": name,
        }
        for room, message in zip((rid, direct), said, strict=True)
    )
    return Stage(scene, ann, (rid, direct), aims)


def _say(person: Person, rid: str, **more: str) -> str:
    message = {"rid": rid, "msg": MARK, **more}
    answer = person.ok("POST", "v1/chat.sendMessage", {"message": message})
    return str(answer["message"]["_id"])


def _taking(rows: Mapping[str, tuple[Table, Rest | Method]]) -> list[str]:
    """The rows whose input has ids in it, at any depth."""
    return sorted(key for key, found in rows.items() if _names(takes(*found)) & AIMED)


def _names(model: type[Input]) -> set[str]:
    schema = model.model_json_schema()
    parts = [schema, *schema.get("$defs", {}).values()]
    return {name for part in parts for name in part.get("properties", {})}


@pytest.mark.parametrize("key", _taking(REST))
def test_no_endpoint_reads_or_changes_what_is_somebody_elses(stage: Stage, key: str) -> None:
    (table, row), example = REST[key], EXAMPLES[key]
    given, before = example.given(stage.scene), stage.belongings()
    for aim in stage.aims:
        asked = stage.asked(given, aim, takes(table, row))
        with example.around(stage.scene):
            answer = send(stage.scene.workspace, row, asked, stage.scene.other)
        assert MARK not in answer.text
    assert stage.belongings() == before


@pytest.mark.parametrize("key", _taking(METHODS))
def test_no_method_reads_or_changes_what_is_somebody_elses(stage: Stage, key: str) -> None:
    row, example = METHODS[key][1], METHOD_EXAMPLES[key]
    given, before = example.given(stage.scene), stage.belongings()
    for aim in stage.aims:
        named = dict(zip(row.params, given, strict=False))
        params = [*stage.aimed(named, aim).values(), *given[len(named) :]]
        with example.around(stage.scene):
            outcome = invoke(stage.scene.workspace, stage.scene.other, key, params)
        assert MARK not in json.dumps(outcome, default=str)
    assert stage.belongings() == before


def test_ann_reads_it_all(stage: Stage) -> None:
    """The marks are where they are looked for."""
    for aim in stage.aims:
        found = stage.ann.get("v1/chat.getMessage", msgId=aim["msgId"])
        assert MARK in found.text
    assert MARK in stage.ann.get("v1/groups.info", roomId=stage.rooms[0]).text
    assert MARK in stage.ann.get("v1/me").text
