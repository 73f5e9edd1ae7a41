"""Deleting rooms."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from contrail.domain import ownership, teams
from contrail.domain.access import Standing, find_standing
from contrail.domain.instance import Instance
from contrail.domain.system_messages import Saying, say
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input
from functions.rooms.kinds import Kind, Place

PERMISSIONS = {"c": "delete-c", "p": "delete-p", "d": "delete-d"}
DETAILS = {"method": "eraseRoom"}


class RoomId(Input):
    documented: ClassVar = {"roomId": (None, "The 'roomId' param is required")}
    roomId: str = Field(min_length=1)


class Rid(Input):
    rid: str


def delete(kind: Kind, caller: Caller, given: Place, at: Instance) -> None:
    _erase(at, caller, kind.find(at, caller, given, archived=True))


def delete_any(caller: Caller, given: RoomId, at: Instance) -> None:
    _by_id(at, caller, given.roomId)


def erase_method(caller: Caller, given: Rid, at: Instance) -> bool:
    _by_id(at, caller, given.rid)
    return True


def _by_id(at: Instance, caller: Caller, rid: str) -> None:
    """Who has the permission need not be in the room."""
    standing = find_standing(at, caller, rid)
    if standing is None:
        raise ChatError("error-invalid-room", "Invalid room", DETAILS)
    _erase(at, caller, standing)


def _erase(at: Instance, caller: Caller, standing: Standing) -> None:
    room = standing.room
    permission = PERMISSIONS.get(room["t"])
    if permission is None or not at.allows(caller, permission, standing.roles):
        raise ChatError("error-not-allowed", "Not allowed", DETAILS)
    if room.get("teamMain"):
        reason = "Cannot delete a team channel"
        raise ChatError("error-cannot-delete-team-channel", reason, DETAILS)
    ownership.end(at, caller, room["_id"])
    main = teams.main_room(at, room["teamId"]) if room.get("teamId") else None
    if main is not None:
        name = str(room.get("name") or "")
        saying = Saying("user-deleted-room-from-team", name, caller.short)
        say(at, main["_id"], [saying], correlation_id=caller.correlation_id)
