"""Sends that die half way, and what they leave."""

from __future__ import annotations

from typing import Any

import pytest

from contrail.shapes.ids import random_id
from tests.support.workspace import Json, Person, Workspace

VARIES = frozenset(("_id", "name", "fname", "ts", "lm", "_updatedAt", "lastMessage"))


class Killed(BaseException):
    """Stands for the process dying: no handler catches it."""


def send(person: Person, rid: str, mid: str, text: str = "hi") -> Json:
    message = {"_id": mid, "rid": rid, "msg": text}
    return dict(person.ok("POST", "v1/chat.sendMessage", {"message": message})["message"])


def state(workspace: Workspace, rid: str) -> tuple[Json, list[Json]]:
    """The whole room document without what differs between any two rooms, and its messages."""
    workspace.settle()
    room = workspace.database["rocketchat_room"].find_one({"_id": rid}) or {}
    rows = list(workspace.database["rocketchat_message"].find({"rid": rid}))
    clock = room["_contrail"].pop("clock")
    assert clock == room["lm"] == room["lastMessage"]["ts"] == rows[-1]["ts"]
    assert room["lastMessage"]["_id"] == rows[-1]["_id"]
    return {key: value for key, value in room.items() if key not in VARIES}, rows


def sent_once(workspace: Workspace, owner: Person) -> Json:
    """What a room looks like after one ordinary send."""
    rid = workspace.channel(owner)["_id"]
    send(owner, rid, random_id())
    return state(workspace, rid)[0]


def killed(workspace: Workspace, event: dict[str, Any]) -> None:
    """Run an event whose process dies under it."""
    with pytest.raises(Killed):
        workspace.runtime.functions["messaging"](event)


def die(*_: object, **__: object) -> None:
    raise Killed


def send_event(person: Person, rid: str, mid: str) -> dict[str, Any]:
    return {
        "httpMethod": "POST",
        "path": "/messaging/v1/chat.sendMessage",
        "headers": person.headers,
        "requestContext": {"requestId": random_id()},
        "body": f'{{"message":{{"_id":"{mid}","rid":"{rid}","msg":"hi"}}}}',
    }
