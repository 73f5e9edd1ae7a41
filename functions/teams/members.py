"""Who is in a team: listing, adding, changing and removing."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import Field
from pymongo.client_session import ClientSession

from contrail.domain import members as rooms
from contrail.domain import ownership, roles
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, Forbidden
from contrail.shapes.inputs import AS_LIST, Input, Listed
from contrail.shapes.rows import Document
from contrail.store.patterns import containing
from functions.teams.converting import IN_ROOMS
from functions.teams.finding import (
    Place,
    SomeTeam,
    WhichTeam,
    access_team,
    main_room,
)

OWNER = "owner"
MOST = 1_000
"""People that one request may name."""
Role = Literal["member", "owner", "moderator", "leader"]


class MembersPage(SomeTeam, Listed):
    status: Annotated[list[str], AS_LIST] | None = None
    username: str | None = None
    name: str | None = None


class Member(Input):
    userId: str
    roles: list[Role] = Field([], max_length=len(get_args(Role)))

    @property
    def distinct(self) -> list[str]:
        """The roles, each once."""
        return [str(one) for one in dict.fromkeys(self.roles)]


class NewMembers(WhichTeam):
    members: list[Member] = Field(min_length=1, max_length=MOST)


class ChangedMember(WhichTeam):
    member: Member


class RemovedMember(WhichTeam):
    """`rooms` are rooms of the team that they are taken out of too."""

    userId: str
    rooms: list[str] | None = Field(None, min_length=1, max_length=MOST)


class Leaving(WhichTeam):
    rooms: list[str] | None = Field(None, min_length=1, max_length=MOST)


def members(caller: Caller, page: MembersPage, at: Instance) -> dict[str, Any]:
    """A page, by username unless asked otherwise; an empty one for who is no member."""
    place = access_team(at, caller, page)
    rows = {row["userId"]: row for row in at.store.teams.members_of(place.id)}
    if caller.uid not in rows and not at.allows(caller, "view-all-teams", place.roles):
        return {"members": [], "count": 0, "offset": page.offset, "total": 0}
    match: Document = {"active": {"$ne": False}}
    if page.status:
        match["status"] = {"$in": page.status}
    for field, text in (("username", page.username), ("name", page.name)):
        if text:
            match[field] = containing(text)
    sort = page.sort or [("username", 1)]
    people, total = at.store.teams.people(list(rows), match, sort, page.offset, page.count)
    found = [_shown(person, rows[person["_id"]]) for person in people]
    return {"members": found, "count": len(found), "offset": page.offset, "total": total}


def _shown(person: Document, row: Document) -> Document:
    return {
        "user": person,
        "roles": row.get("roles") or [],
        "createdBy": row.get("createdBy"),
        "createdAt": row.get("createdAt"),
    }


def add_members(caller: Caller, given: NewMembers, at: Instance) -> None:
    place = access_team(at, caller, given, "add-team-member", "edit-team-member")
    _refuse_granting(at, caller, place, {role for one in given.members for role in one.roles})
    wanted = {one.userId: one.distinct for one in given.members}
    fields = {"username": 1, "name": 1, "roles": 1, "settings.preferences": 1}
    people = at.store.users.by_ids(wanted, fields)
    if len(people) != len(wanted):
        raise ChatError(None, "invalid-user")
    room = main_room(at, place)
    new = rooms.add(at, caller, room, people)
    given_roles = {uid: theirs for uid, theirs in wanted.items() if theirs}
    at.store.teams.set_roles(
        place.id, {one["_id"]: given_roles[one["_id"]] for one in new if one["_id"] in given_roles}
    )
    for person in new:
        for role in IN_ROOMS:
            if role in wanted[person["_id"]]:
                roles.give(at, caller, person, _scoped(role), place.rid)


def update_member(caller: Caller, given: ChangedMember, at: Instance) -> None:
    place = access_team(at, caller, given, "edit-team-member")
    uid, wanted = given.member.userId, given.member.distinct
    member = at.store.teams.member(place.id, uid)
    person = at.store.users.by_id(uid, {"username": 1, "name": 1, "roles": 1})
    if member is None or person is None:
        raise ChatError(None, "invalid-user")
    before = set(member.get("roles") or ())
    _refuse_granting(at, caller, place, before ^ set(wanted))
    if OWNER in before - set(wanted):
        _take_owner(at, caller, place, person)
    at.store.teams.set_roles(place.id, {uid: wanted})
    for role in IN_ROOMS:
        if role in wanted:
            roles.give(at, caller, person, _scoped(role), place.rid)
        elif role in before:
            roles.take(at, caller, person, _scoped(role), place.rid)


def remove_member(caller: Caller, given: RemovedMember, at: Instance) -> None:
    place = access_team(at, caller, given, "edit-team-member")
    fields = {"username": 1, "name": 1, "roles": 1, "active": 1}
    person = at.store.users.by_id(given.userId, fields)
    if person is None or person.get("active") is False:
        raise ChatError(None, "invalid-user")
    own = person["_id"] == caller.uid
    _remove(at, caller, place, person, given.rooms or [], said="ul" if own else "ru")


def leave(caller: Caller, given: Leaving, at: Instance) -> None:
    place = access_team(at, caller, given)
    person = {**caller.short, "roles": list(caller.roles)}
    _remove(at, caller, place, person, given.rooms or [], said="ul")


def _remove(
    at: Instance, caller: Caller, place: Place, person: Document, rids: list[str], *, said: str
) -> None:
    """Out of the main room and the team with it, then out of those of its rooms in `rids`."""
    uid = person["_id"]
    if at.store.teams.member(place.id, uid) is None:
        raise ChatError(None, "member-does-not-exist")
    inside = at.store.team_rooms.of(place.id) if rids else []
    others = [room for room in inside if room["_id"] in rids and room["_id"] != place.rid]
    main = main_room(at, place)
    ownership.remove(at, caller, main, person, said=said, last=_last_owner())
    at.store.teams.remove_member(place.id, uid)
    for room in others:
        rooms.remove(at, caller, room, person, said=said)


def _take_owner(at: Instance, caller: Caller, place: Place, person: Document) -> None:
    """Raises `last-owner-can-not-be-removed`."""

    def take(_: ClientSession) -> None:
        roles.take(at, caller, person, _scoped(OWNER), place.rid)

    ownership.keep_an_owner(at, person["_id"], place.rid, _last_owner(), take)


def _refuse_granting(at: Instance, caller: Caller, place: Place, changed: set[str]) -> None:
    """Who may not make someone the owner of a room makes nobody the owner of a team either."""
    for role in IN_ROOMS:
        if role in changed and not at.allows(caller, f"set-{role}", place.roles):
            raise Forbidden


def _scoped(role: str) -> Document:
    return {"_id": role, "scope": roles.IN_ROOMS}


def _last_owner() -> ChatError:
    return ChatError(None, "last-owner-can-not-be-removed")
