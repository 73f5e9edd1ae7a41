"""From what a request names to a room that the caller may enter."""

from __future__ import annotations

from pydantic import model_validator

from contrail.domain.access import Standing, access_room
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input

NOT_NAMED = (
    "error-roomid-param-not-provided",
    'The parameter "roomId" or "roomName" is required',
)

ROOM_ID_MISSING = ("invalid-params", "must have required property 'roomId'")


class WhichChannel(Input):
    """A channel by id or by name; one of them is needed."""

    documented = {"": NOT_NAMED}
    roomId: str = ""
    roomName: str = ""

    @model_validator(mode="after")
    def names_one(self) -> WhichChannel:
        if not self.roomId and not self.roomName:
            raise ValueError("no channel is named")
        return self


def access_channel(at: Instance, caller: Caller, which: WhichChannel) -> Standing:
    """Raises `error-room-not-found` alike for rooms that are closed, of another kind or missing."""
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
