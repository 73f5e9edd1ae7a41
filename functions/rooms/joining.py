"""Joining a channel."""

from __future__ import annotations

from contrail.domain.access import Standing, access_room
from contrail.domain.entering import enter
from contrail.domain.instance import Instance
from contrail.domain.wire import public_room
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document
from functions.rooms.finding import ROOM_ID_MISSING, WhichChannel, access_channel


class Join(WhichChannel):
    documented = {"": ROOM_ID_MISSING}
    joinCode: str | None = None


class JoinMethod(Input):
    roomId: str
    joinCode: str | None = None


def join(caller: Caller, wanted: Join, at: Instance) -> Document:
    standing = access_channel(at, caller, wanted)
    if standing.room.get("archived"):
        reason = f"The channel, {standing.room['name']}, is archived"
        raise ChatError("error-room-archived", reason)
    _join(caller, wanted, standing, at)
    room = at.store.rooms.by_id(standing.room["_id"]) or standing.room
    return public_room(room, caller.uid)


def join_method(caller: Caller, wanted: JoinMethod, at: Instance) -> bool | None:
    """True, or void for someone who is in the room already."""
    standing = access_room(
        at,
        caller,
        wanted.roomId,
        refuse=ChatError("error-not-allowed", "Not allowed", {"method": "joinRoom"}),
        missing=ChatError("error-invalid-room", "Invalid room", {"method": "joinRoom"}),
    )
    return _join(caller, wanted, standing, at) or None


def _join(caller: Caller, wanted: Join | JoinMethod, standing: Standing, at: Instance) -> bool:
    if standing.subscription is not None:
        return False
    room = standing.room
    if room["t"] not in ("c", "p"):  # of groups, discussions are what others than members may enter
        raise ChatError("error-not-allowed", "Not allowed", {"method": "joinRoom"})
    return enter(at, caller, room, wanted.joinCode)
