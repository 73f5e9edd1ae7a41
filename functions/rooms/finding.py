"""From what a request names to a room that the caller may enter."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, model_validator

from contrail.domain.access import Standing, access_room, find_standing, may_enter
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input

NOT_NAMED = (
    "error-roomid-param-not-provided",
    'The parameter "roomId" or "roomName" is required',
)
GROUP_NOT_NAMED = (
    "error-room-param-not-provided",
    'The parameter "roomId" or "roomName" is required',
)
DIRECT_NOT_NAMED = (
    "error-room-param-not-provided",
    'Query param "roomId" or "username" is required',
)
ROOM_ID_MISSING = ("invalid-params", "must have required property 'roomId'")
DIRECT_ID = ("error-room-param-not-provided", 'Query param "roomId" is required')
BODY_ROOM_ID = ("error-room-param-not-provided", 'Body param "roomId" is required')


class WhichRoom(Input):
    """A room of any kind by id or by name; one of them is needed."""

    documented: ClassVar = {"": NOT_NAMED}
    roomId: str = ""
    roomName: str = ""

    @model_validator(mode="after")
    def names_one(self) -> WhichRoom:
        if not self.roomId and not self.roomName:
            raise ValueError("no room is named")
        return self


class WhichChannel(WhichRoom):
    """A public channel."""


class WhichGroup(WhichRoom):
    documented: ClassVar = {"": GROUP_NOT_NAMED}


class WhichDirect(Input):
    """A direct room by its id, or by who else is in it."""

    documented: ClassVar = {"": DIRECT_NOT_NAMED}
    roomId: str = ""
    username: str = ""

    @model_validator(mode="after")
    def names_one(self) -> WhichDirect:
        if not self.roomId and not self.username:
            raise ValueError("no room is named")
        return self


class RoomId(Input):
    """A room by its id alone."""

    roomId: str = Field(min_length=1)


class DirectId(Input):
    documented: ClassVar = {"roomId": BODY_ROOM_ID}
    roomId: str = Field(min_length=1)


def access_channel(at: Instance, caller: Caller, which: WhichRoom) -> Standing:
    """Raises `error-room-not-found` alike for rooms that are closed, of another kind or missing."""
    return _access(at, caller, which, "c", not_found("channel"))


def access_group(at: Instance, caller: Caller, which: WhichRoom) -> Standing:
    """Private groups; raises like `access_channel`."""
    return _access(at, caller, which, "p", not_found("group"))


def _access(
    at: Instance, caller: Caller, which: WhichRoom, kind: str, refuse: ChatError
) -> Standing:
    standing = access_room(at, caller, id_of(at, which), refuse=refuse)
    if standing.room["t"] != kind:
        raise refuse
    return standing


def access_direct(at: Instance, caller: Caller, which: WhichDirect) -> Standing:
    """Raises `invalid-channel` alike for rooms that one is not in, of another kind or missing."""
    rid = which.roomId or direct_with(at, caller, which.username)
    standing = access_room(at, caller, rid, refuse=no_direct())
    if standing.room["t"] != "d":
        raise no_direct()
    return standing


def direct_with(at: Instance, caller: Caller, username: str) -> str:
    """The id of the direct room with someone, empty when there is none."""
    other = at.store.users.by_username(username, {"_id": 1})
    uids = sorted({caller.uid, other["_id"]}) if other else []
    room = at.store.room_lists.direct_of(uids) if uids else None
    return str(room["_id"]) if room else ""


def access_any(
    at: Instance,
    caller: Caller,
    which: WhichRoom,
    *,
    refuse: ChatError | None = None,
    missing: ChatError | None = None,
) -> Standing:
    """A room of any kind; `error-room-not-found` unless others are given."""
    refuse = refuse or not_found("channel")
    return access_room(at, caller, id_of(at, which), refuse=refuse, missing=missing)


def seen_by(at: Instance, caller: Caller, rid: str) -> Standing | None:
    """The caller's standing in a room that is open to them."""
    standing = find_standing(at, caller, rid)
    return standing if standing is not None and may_enter(at, caller, standing) else None


def id_of(at: Instance, which: WhichRoom) -> str:
    """Empty where nothing has the name."""
    if which.roomId:
        return which.roomId
    room = at.store.rooms.by_name(which.roomName, {"_id": 1})
    return str(room["_id"]) if room else ""


def no_direct() -> ChatError:
    return ChatError("invalid-channel")


def not_found(kind: str) -> ChatError:
    reason = f'The required "roomId" or "roomName" param provided does not match any {kind}'
    return ChatError("error-room-not-found", reason)
