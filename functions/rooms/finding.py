"""From what a request names to a room that the caller may enter."""

from __future__ import annotations

from contrail.domain.access import Standing, access_room
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input


class WhichChannel(Input):
    """A channel by id or by name; one of them is needed."""

    roomId: str = ""
    roomName: str = ""


def access_channel(at: Instance, caller: Caller, which: WhichChannel) -> Standing:
    """Raises `error-room-not-found` alike for rooms that are closed, of another kind or missing."""
    if not which.roomId and not which.roomName:
        reason = 'The parameter "roomId" or "roomName" is required'
        raise ChatError("error-roomid-param-not-provided", reason)
    rid = which.roomId or _id_of(at, which.roomName)
    standing = access_room(at, caller, rid, refuse=not_found())
    if standing.room["t"] != "c":
        raise not_found()
    return standing


def _id_of(at: Instance, name: str) -> str:
    room = at.store.rooms.by_id_or_name(name, {"_id": 1})
    return room["_id"] if room else ""


def not_found() -> ChatError:
    reason = 'The required "roomId" or "roomName" param provided does not match any channel'
    return ChatError("error-room-not-found", reason)
