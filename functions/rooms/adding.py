"""Bringing people into a room."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from contrail.domain import members
from contrail.domain.access import Standing, access_room, find_standing
from contrail.domain.instance import Instance
from contrail.domain.notices import notify
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document
from functions.rooms.kinds import GROUP, Kind, Place
from functions.rooms.people import FIELDS, PlaceAndUsers, find_all

METHOD = "addUsersToRoom"
ANY = {"c": "add-user-to-any-c-room", "p": "add-user-to-any-p-room"}


class PlaceAndAll(Place):
    activeUsersOnly: bool | str = False


class RoomAndUsers(Input):
    rid: str
    users: list[str] | None = Field(None, max_length=10_000)


class Users(Input):
    data: RoomAndUsers


class RoomAndUser(Input):
    rid: str
    username: str


class User(Input):
    data: RoomAndUser


class All(Input):
    rid: str
    activeUsersOnly: bool = False


def invite(kind: Kind, caller: Caller, given: PlaceAndUsers, at: Instance) -> Document:
    if at.allows(caller, ANY[kind.t]):
        standing = find_standing(at, caller, kind.rid(at, given))
        if standing is None or standing.room["t"] != kind.t:
            raise kind.missing()
        kind.refuse_archived(standing.room)
    else:
        standing = kind.find(at, caller, given)
    users = find_all(at, given)
    if not users and kind is GROUP:
        reason = "Cannot invite if no valid users are provided"
        raise ChatError("error-empty-invite-list", reason)
    if not users:
        code = "Cannot invite if no users are provided"
        raise ChatError(code, "invalid-user-invite-list", bare=True)
    _add(at, caller, standing, users)
    return kind.answer(caller, at.store.rooms.by_id(standing.room["_id"]) or standing.room)


def users_method(caller: Caller, given: Users, at: Instance) -> bool:
    if given.data.users is None:
        raise ChatError("error-invalid-arguments", "Invalid arguments", {"method": METHOD})
    _by_method(at, caller, given.data.rid, given.data.users)
    return True


def user_method(caller: Caller, given: User, at: Instance) -> None:
    _by_method(at, caller, given.data.rid, [given.data.username])


def _by_method(at: Instance, caller: Caller, rid: str, usernames: Sequence[str]) -> None:
    standing = find_standing(at, caller, rid)
    if standing is None:
        raise ChatError("error-invalid-room", "Invalid room", {"method": METHOD})
    _refuse(at, caller, standing)
    wanted = list(dict.fromkeys(name.removeprefix("@") for name in usernames))
    users = at.store.users.by_names(wanted, FIELDS)
    if len(users) < len({name.lower() for name in wanted}):
        raise ChatError("error-invalid-username", "Invalid username", {"method": METHOD})
    _add(at, caller, standing, users)


def _refuse(at: Instance, caller: Caller, standing: Standing) -> None:
    """A member needs the permission here, anyone else that for all rooms of the kind."""
    room = standing.room
    if room["t"] == "d":
        reason = "Can't invite user to direct rooms"
        raise ChatError("error-cant-invite-for-direct-room", reason, {"method": METHOD})
    inside = standing.subscription is not None
    may = inside and at.allows(caller, "add-user-to-joined-room", standing.roles)
    if not may and not (room["t"] in ANY and at.allows(caller, ANY[room["t"]])):
        raise ChatError("error-not-allowed", "Not allowed", {"method": METHOD})


def _add(at: Instance, caller: Caller, standing: Standing, users: Sequence[Document]) -> None:
    """Who is in the room already is named to the caller, in a notice of their own."""
    _refuse(at, caller, standing)
    room = standing.room
    new = {one["_id"] for one in members.add(at, caller, room, users)}
    inside = [one for one in users if one["_id"] not in new]
    notify(
        at,
        caller,
        room["_id"],
        *(f"`@{one.get('username')}` is already in here." for one in inside),
    )


def add_all(kind: Kind, caller: Caller, given: PlaceAndAll, at: Instance) -> Document:
    room = kind.find(at, caller, given).room
    only = str(given.activeUsersOnly).lower() in ("true", "1")
    _add_all(at, caller, room, active_only=only)
    return kind.answer(caller, at.store.rooms.by_id(room["_id"]) or room)


def all_method(caller: Caller, given: All, at: Instance) -> bool:
    _refuse_all(at, caller)
    refuse = ChatError("error-invalid-room", "Invalid room", {"method": "addAllToRoom"})
    room = access_room(at, caller, given.rid, refuse=refuse).room
    _add_all(at, caller, room, active_only=given.activeUsersOnly)
    return True


def _refuse_all(at: Instance, caller: Caller) -> None:
    if not at.allows(caller, "add-all-to-room"):
        raise ChatError(403, "Access to Method Forbidden", {"method": "addAllToRoom"})


def _add_all(at: Instance, caller: Caller, room: Document, *, active_only: bool) -> None:
    _refuse_all(at, caller)
    if room["t"] not in ANY:
        raise ChatError("error-invalid-room", "Invalid room", {"method": "addAllToRoom"})
    limit = at.number("API_User_Limit", 500)
    users = at.store.users.everyone(FIELDS, active_only=active_only, limit=limit + 1)
    if len(users) > limit:
        details = {"method": "addAllToRoom"}
        raise ChatError("error-user-limit-exceeded", "User Limit Exceeded", details)
    members.add(at, caller, room, users, said="uj")
