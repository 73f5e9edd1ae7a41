"""How much there is in a room, and how much of it someone has not read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from contrail.domain.access import access_room
from contrail.domain.history import BEGINNING
from contrail.domain.instance import Instance
from contrail.domain.unread import shown
from contrail.shapes.caller import Caller
from contrail.shapes.errors import Forbidden
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document
from functions.rooms.finding import (
    DIRECT_ID,
    WhichChannel,
    WhichGroup,
    access_channel,
    access_group,
    no_direct,
)

TICK = timedelta(milliseconds=1)


class Whose(Input):
    """`userId` is someone else, for administrators."""

    userId: str = ""


class ChannelCounters(WhichChannel, Whose): ...


class GroupCounters(WhichGroup, Whose): ...


class DirectCounters(Whose):
    documented = {"roomId": DIRECT_ID}
    roomId: str


def of_channel(caller: Caller, which: ChannelCounters, at: Instance) -> dict[str, Any]:
    uid = _whose(caller, which, at)
    return _counters(caller, access_channel(at, caller, which).room, uid, at)


def of_group(caller: Caller, which: GroupCounters, at: Instance) -> dict[str, Any]:
    uid = _whose(caller, which, at)
    return _counters(caller, access_group(at, caller, which).room, uid, at)


def of_direct(caller: Caller, which: DirectCounters, at: Instance) -> dict[str, Any]:
    """A direct room counts each message for who has not read it: that is what is unread."""
    uid = _whose(caller, which, at)
    if uid == caller.uid:
        standing = access_room(at, caller, which.roomId, refuse=Forbidden())
        room, row = standing.room, standing.subscription
    else:
        found = at.store.rooms.by_id(which.roomId)
        row = at.store.subscriptions.one(uid, which.roomId)
        if found is None or row is None:
            raise Forbidden
        room = found
    if room["t"] != "d":
        raise no_direct()
    answer = _facts(at, caller, room, joined=row is not None)
    if row is not None:
        answer |= {"unreads": row.get("unread"), "userMentions": row.get("userMentions")}
        answer["unreadsFrom"] = row.get("ls") if room.get("msgs") else None
    return answer


def _whose(caller: Caller, which: Whose, at: Instance) -> str:
    if not which.userId or which.userId == caller.uid:
        return caller.uid
    if not at.allows(caller, "view-room-administration"):
        raise Forbidden
    return which.userId


def _counters(caller: Caller, room: Document, uid: str, at: Instance) -> dict[str, Any]:
    stored = at.store.subscriptions.one(uid, room["_id"])
    row = shown(stored, room) if stored else {}
    answer = _facts(at, caller, room, joined=bool(row.get("open")))
    if answer["joined"]:
        since, last = row.get("ls") or row.get("ts") or BEGINNING, answer["latest"]
        # Both ends count, as upstream has it.
        unread = at.store.messages.count_between(room["_id"], since, last + TICK, {})
        answer |= {"unreads": unread, "unreadsFrom": since}
        answer["userMentions"] = row.get("userMentions")
    return answer


def _facts(at: Instance, caller: Caller, room: Document, *, joined: bool) -> dict[str, Any]:
    """All keys are there; what the caller may not know is null."""
    answer: dict[str, Any] = {"joined": joined, "members": None, "msgs": None, "latest": None}
    answer |= {"unreads": None, "unreadsFrom": None, "userMentions": None}
    if joined or at.allows(caller, "view-room-administration"):
        answer |= {"members": room.get("usersCount"), "msgs": room.get("msgs")}
        answer["latest"] = room.get("lm") or room.get("_updatedAt")
    return answer
