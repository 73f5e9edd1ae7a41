"""What tests of DDP send, wait for and compare with, and rooms for them."""

from __future__ import annotations

from typing import Any

from contrail.domain.members import subscription_of
from contrail.shapes.ids import random_id
from tests.support.ddp import Ddp, Frame
from tests.support.workspace import Person, Workspace

CONNECT = {"msg": "connect", "version": "1", "support": ["1"]}
NOT_LOGGED_IN = {
    "isClientSafe": True,
    "error": "error-invalid-user",
    "reason": "Invalid user",
    "message": "Invalid user [error-invalid-user]",
    "errorType": "Meteor.Error",
}
MATCH_FAILED = {
    "isClientSafe": True,
    "error": 400,
    "reason": "Match failed",
    "message": "Match failed [400]",
    "errorType": "Meteor.Error",
}
BROKEN = {
    "isClientSafe": True,
    "error": 500,
    "reason": "Internal server error",
    "message": "Internal server error [500]",
    "errorType": "Meteor.Error",
}


def method(name: str, method_id: Any, *params: Any) -> Frame:
    return {"msg": "method", "method": name, "id": method_id, "params": list(params)}


async def nth(client: Ddp, count: int) -> list[Frame]:
    """All frames, once there are so many."""
    await client.until(lambda _: len(client.frames) >= count)
    return client.frames


async def settled(client: Ddp) -> list[Frame]:
    """Everything that was sent before is answered: a call behind it has been."""
    before = await client.call("no-such-method")
    return client.frames[: client.frames.index(before)]


def added(person: Person) -> Frame:
    """What a client is told of its own user."""
    address = f"{person.username}@example.com"
    fields = {
        "username": person.username,
        "name": person.username.title(),
        "emails": [{"address": address, "verified": False}],
    }
    return {"msg": "added", "collection": "users", "id": person.id, "fields": fields}


def private_room(workspace: Workspace, *members: Person) -> str:
    """The id of a private room, put straight into the database."""
    database, now, name = workspace.database, workspace.runtime.clock.now(), random_id()
    room: dict[str, Any] = {"_id": random_id(), "t": "p", "name": name, "fname": name}
    room |= {"ts": now, "msgs": 0, "usersCount": len(members), "_updatedAt": now}
    database["rocketchat_room"].insert_one(dict(room))
    for person in members:
        user = {"_id": person.id, "username": person.username, "name": person.username.title()}
        database["rocketchat_subscription"].insert_one(subscription_of(room, user, now))
    return str(room["_id"])


def say(person: Person, rid: str, text: str = "hi") -> Frame:
    """Send over REST; the message as stored."""
    message: Frame = {"message": {"rid": rid, "msg": text}}
    return dict(person.ok("POST", "v1/chat.sendMessage", message)["message"])
