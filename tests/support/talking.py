"""What tests about messages do over and over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.support.workspace import Json, Person, Workspace


def sent(person: Person, rid: str, msg: str = "hi", **more: Any) -> Json:
    """The message."""
    given = {"message": {"rid": rid, "msg": msg, **more}}
    return dict(person.ok("POST", "v1/chat.sendMessage", given)["message"])


def got(person: Person, mid: str) -> Json:
    return dict(person.ok("GET", "v1/chat.getMessage", {"msgId": mid})["message"])


def stored(workspace: Workspace, mid: str) -> Json | None:
    """Without what is ours."""
    rows = workspace.database["rocketchat_message"]
    row: Json | None = rows.find_one({"_id": mid}, {"_contrail": 0})
    return row


def room_of(workspace: Workspace, rid: str) -> Json:
    room: Json | None = workspace.database["rocketchat_room"].find_one({"_id": rid})
    assert room is not None
    return room


def subscription(workspace: Workspace, person: Person, rid: str) -> Json:
    rows = workspace.database["rocketchat_subscription"]
    row: Json | None = rows.find_one({"rid": rid, "u._id": person.id})
    assert row is not None
    return row


def date_back(workspace: Workspace, mid: str, **by: Any) -> None:
    """Make a message older."""
    row = stored(workspace, mid)
    assert row is not None
    change = {"$set": {"ts": row["ts"] - timedelta(**by)}}
    workspace.database["rocketchat_message"].update_one({"_id": mid}, change)


def read_room(workspace: Workspace, owner: Person, *members: Person) -> str:
    """The id of a new channel that everyone in it has read: who is new somewhere has not."""
    rid = str(workspace.channel(owner, *members)["_id"])
    for member in members:
        member.ok("POST", "v1/subscriptions.read", {"rid": rid})
    return rid
