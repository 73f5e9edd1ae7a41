"""Rooms whose files are asked for, by id or by name."""

from __future__ import annotations

from typing import ClassVar

from contrail.domain.access import Standing, access_room
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Listed

UNNAMED = ("error-roomid-param-not-provided", 'The parameter "roomId" or "roomName" is required')
UNNAMED_GROUP = ("error-room-param-not-provided", UNNAMED[1])
UNNAMED_DIRECT = (
    "error-room-param-not-provided",
    'Query param "roomId" or "username" is required',
)


class OfRoom(Listed):
    """`typeGroup` and `name` narrow a list of files down."""

    roomId: str = ""
    roomName: str = ""
    typeGroup: str = ""
    name: str = ""
    unnamed: ClassVar[tuple[str, str]] = UNNAMED


class OfGroup(OfRoom):
    unnamed = UNNAMED_GROUP


class OfDirect(OfRoom):
    """A direct room by its id, or by who else is in it."""

    username: str = ""
    unnamed = UNNAMED_DIRECT


def access(at: Instance, caller: Caller, which: OfRoom, kind: str) -> Standing:
    """Raises alike for a room that is closed to the caller, of another kind or missing."""
    refuse = _not_found(kind)
    if not which.roomId and not which.roomName and not _partner(which):
        raise ChatError(*which.unnamed)
    rid = which.roomId or _rid(at, caller, which)
    standing = access_room(at, caller, rid, refuse=refuse)
    if standing.room["t"] != kind:
        raise refuse
    return standing


def _partner(which: OfRoom) -> str:
    return (which.username or which.roomName) if isinstance(which, OfDirect) else ""


def _rid(at: Instance, caller: Caller, which: OfRoom) -> str:
    """Empty where nothing has the name."""
    partner = _partner(which)
    if not partner:
        room = at.store.rooms.by_name(which.roomName, {"_id": 1})
        return str(room["_id"]) if room else ""
    other = at.store.users.by_username(partner, {"_id": 1})
    uids = sorted({caller.uid, other["_id"]}) if other else []
    room = at.store.room_lists.direct_of(uids) if uids else None
    return str(room["_id"]) if room else ""


def _not_found(kind: str) -> ChatError:
    if kind == "d":
        return ChatError("invalid-channel")
    word = "channel" if kind == "c" else "group"
    reason = f'The required "roomId" or "roomName" param provided does not match any {word}'
    return ChatError("error-room-not-found", reason)
