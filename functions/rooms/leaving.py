"""Leaving a room, and taking someone out of it."""

from __future__ import annotations

from contrail.domain import ownership
from contrail.domain.access import Standing, find_standing, may_enter
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document
from functions.rooms.finding import WhichRoom, access_any, not_found
from functions.rooms.kinds import Kind, Place
from functions.rooms.people import PlaceAndUser, find, named

LEAVE = {"c": "leave-c", "p": "leave-p"}
KICK_ANY = {"c": "kick-user-from-any-c-room", "p": "kick-user-from-any-p-room"}
LAST = "You are the last owner. Please set new owner before leaving the room."


class Rid(Input):
    rid: str


class RoomAndUsername(Input):
    rid: str
    username: str


class Kick(Input):
    data: RoomAndUsername


def leave(kind: Kind, caller: Caller, given: Place, at: Instance) -> Document:
    return kind.answer(caller, _leave(at, caller, kind.find(at, caller, given)))


def leave_any(caller: Caller, given: WhichRoom, at: Instance) -> None:
    _leave(at, caller, access_any(at, caller, given))


def leave_method(caller: Caller, given: Rid, at: Instance) -> None:
    standing = find_standing(at, caller, given.rid)
    if standing is None:
        raise ChatError("error-invalid-room", "Invalid room", {"method": "leaveRoom"})
    _leave(at, caller, standing)


def _leave(at: Instance, caller: Caller, standing: Standing) -> Document:
    """The room after it."""
    room, details = standing.room, {"method": "leaveRoom"}
    if room["t"] not in LEAVE or not at.allows(caller, LEAVE[room["t"]]):
        raise ChatError("error-not-allowed", "Not allowed", details)
    refuse = ChatError("error-user-not-in-room", "You are not in this room", details)
    if standing.subscription is None:
        raise refuse
    user = {**caller.short, "roles": list(caller.roles)}
    _take_out(at, caller, standing, user, "ul", refuse, "leaveRoom")
    return at.store.rooms.by_id(room["_id"]) or room


def kick(kind: Kind, caller: Caller, given: PlaceAndUser, at: Instance) -> Document:
    standing = find_standing(at, caller, kind.rid(at, given))
    if standing is None or standing.room["t"] != kind.t:
        raise kind.missing()
    _refuse_closed(at, caller, standing, kind.missing())
    kind.refuse_archived(standing.room)
    user = find(at, given)
    room = standing.room
    _kick(at, caller, standing, user)
    return kind.answer(caller, at.store.rooms.by_id(room["_id"]) or room)


def kick_method(caller: Caller, given: Kick, at: Instance) -> bool:
    standing = find_standing(at, caller, given.data.rid)
    if standing is None:
        raise _not_allowed()
    _refuse_kick(at, caller, standing)
    _refuse_closed(at, caller, standing, not_found("group"))
    _kick(at, caller, standing, named(at, given.data.username))
    return True


def _refuse_kick(at: Instance, caller: Caller, standing: Standing) -> None:
    if standing.room["t"] not in KICK_ANY or not at.allows(caller, "remove-user", standing.roles):
        raise _not_allowed()


def _refuse_closed(at: Instance, caller: Caller, standing: Standing, refuse: ChatError) -> None:
    kind = standing.room["t"]
    anywhere = kind in KICK_ANY and at.allows(caller, KICK_ANY[kind])
    if not anywhere and not may_enter(at, caller, standing):
        raise refuse


def _kick(at: Instance, caller: Caller, standing: Standing, user: Document | None) -> None:
    _refuse_kick(at, caller, standing)
    details = {"method": "removeUserFromRoom"}
    refuse = ChatError("error-user-not-in-room", "User is not in this room", details)
    if user is None:
        raise refuse
    _take_out(at, caller, standing, user, "ru", refuse, "removeUserFromRoom")


def _take_out(
    at: Instance,
    caller: Caller,
    standing: Standing,
    user: Document,
    said: str,
    refuse: ChatError,
    method: str,
) -> None:
    """Raises `refuse` for who is not in the room, and `error-you-are-last-owner`."""
    last = ChatError("error-you-are-last-owner", LAST, {"method": method})
    if not ownership.remove(at, caller, standing.room, user, said=said, last=last):
        raise refuse


def _not_allowed() -> ChatError:
    return ChatError("error-not-allowed", "Not allowed", {"method": "removeUserFromRoom"})
