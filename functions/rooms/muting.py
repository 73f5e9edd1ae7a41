"""Muting members of a room, and blocking the other one in a direct room."""

from __future__ import annotations

from typing import ClassVar

from pydantic import model_validator

from contrail.domain.access import access_room, find_standing
from contrail.domain.instance import Instance
from contrail.domain.members import tell
from contrail.domain.roomchanges import tell_changed
from contrail.domain.system_messages import Saying, say
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document
from functions.rooms.people import PlaceAndUser, find, named

MUTE, UNMUTE = "muteUserInRoom", "unmuteUserInRoom"


class RoomAndUser(Input):
    documented: ClassVar = {
        "": (
            "invalid-params",
            "must have required property 'userId'\n must have required property 'username'\n"
            " must match exactly one schema in oneOf",
        )
    }
    roomId: str = ""
    userId: str = ""
    username: str = ""

    @model_validator(mode="after")
    def names_both(self) -> RoomAndUser:
        if not self.roomId or bool(self.userId) == bool(self.username):
            raise ValueError("a room and one user must be named")
        return self


class RidAndUsername(Input):
    rid: str
    username: str


class Muting(Input):
    data: RidAndUsername


class RidAndBlocked(Input):
    rid: str
    blocked: str


class Blocking(Input):
    data: RidAndBlocked


def mute(caller: Caller, given: RoomAndUser, at: Instance) -> None:
    _rest(at, caller, given, MUTE)


def unmute(caller: Caller, given: RoomAndUser, at: Instance) -> None:
    _rest(at, caller, given, UNMUTE)


def mute_method(caller: Caller, given: Muting, at: Instance) -> bool:
    _set(at, caller, given.data.rid, named(at, given.data.username), MUTE)
    return True


def unmute_method(caller: Caller, given: Muting, at: Instance) -> bool:
    _set(at, caller, given.data.rid, named(at, given.data.username), UNMUTE)
    return True


def _rest(at: Instance, caller: Caller, given: RoomAndUser, method: str) -> None:
    user = find(at, PlaceAndUser(userId=given.userId, username=given.username))
    _set(at, caller, given.roomId, user, method)


def _set(at: Instance, caller: Caller, rid: str, user: Document | None, method: str) -> None:
    details, standing = {"method": method}, find_standing(at, caller, rid)
    roles = standing.roles if standing else ()
    if not at.allows(caller, "mute-user", roles):
        raise ChatError("error-not-allowed", "Not allowed", details)
    if standing is None:
        raise ChatError("error-invalid-room", "Invalid room", details)
    room = standing.room
    if room["t"] not in ("c", "p"):
        reason = f"{room['t']} is not a valid room type"
        raise ChatError("error-invalid-room-type", reason, {**details, "type": room["t"]})
    if user is None or at.store.subscriptions.one(user["_id"], rid) is None:
        raise ChatError("error-user-not-in-room", "User is not in this room", details)
    after = at.store.rooms.set_muted(
        rid, user["username"], at.now(), muted=method == MUTE, read_only=bool(room.get("ro"))
    )
    if after is None:
        raise ChatError("error-invalid-room", "Invalid room", details)
    tell_changed(at, caller, after)
    said = Saying(
        "user-muted" if method == MUTE else "user-unmuted", user["username"], caller.short
    )
    say(at, rid, [said], correlation_id=caller.correlation_id)


def block(caller: Caller, given: Blocking, at: Instance) -> bool:
    return _block(at, caller, given.data, "blockUser", blocked=True)


def unblock(caller: Caller, given: Blocking, at: Instance) -> bool:
    return _block(at, caller, given.data, "unblockUser", blocked=False)


def _block(
    at: Instance, caller: Caller, given: RidAndBlocked, method: str, *, blocked: bool
) -> bool:
    refuse = ChatError("error-invalid-room", "Invalid room", {"method": method})
    room = access_room(at, caller, given.rid, refuse=refuse).room
    others = set(room.get("uids") or ()) - {caller.uid}
    if room["t"] != "d" or others != {given.blocked}:
        raise refuse
    if at.store.subscriptions.one(given.blocked, room["_id"]) is None:
        raise refuse
    for row in at.store.memberships.block(
        room["_id"], given.blocked, caller.uid, at.now(), blocked=blocked
    ):
        tell(at, caller, "updated", row, room)
    return True
