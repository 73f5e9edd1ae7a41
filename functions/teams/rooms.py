"""The rooms of a team: putting in, taking out, joining by default, listing."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from contrail.domain import members
from contrail.domain.access import Standing, find_standing, may_enter
from contrail.domain.instance import Instance
from contrail.domain.roomchanges import tell_changed
from contrail.domain.system_messages import Saying, say
from contrail.domain.teams import PRIVATE
from contrail.domain.wire import public_room
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input, Listed
from contrail.shapes.rows import Document
from functions.teams.finding import (
    Place,
    SomeTeam,
    WhichTeam,
    access_team,
    no_team,
    permit,
    place_of,
)

MOST = 100
"""Rooms that one request may put into a team."""
KINDS = ("c", "p")


class NewRooms(SomeTeam):
    rooms: list[str] = Field(min_length=1, max_length=MOST)


class RemovedRoom(WhichTeam):
    roomId: str


class ChangedRoom(Input):
    roomId: str
    isDefault: bool


class RoomsPage(SomeTeam, Listed):
    filter: str | None = None
    type: Literal["", "all", "autoJoin"] | None = None


class RoomsOfUser(SomeTeam, Listed):
    userId: str
    canUserDelete: bool = False


def add(caller: Caller, given: NewRooms, at: Instance) -> dict[str, Any]:
    """All of the rooms or none. Raises `error-no-permission-team-channel`, `invalid-room`,
    `room-already-on-team` and `error-no-owner-channel`.
    """
    place = access_team(at, caller, given)
    if not at.allows(caller, "add-team-channel", place.roles):
        raise ChatError(None, "error-no-permission-team-channel", status=403)
    rids, now = list(dict.fromkeys(given.rooms)), at.now()
    rooms = _own_rooms(at, caller, rids)
    moved = at.store.team_rooms.add(place.id, rids, now)
    if moved is None:
        raise ChatError(None, "room-already-on-team")
    if not at.store.teams.is_free(place.id):
        # It ended meanwhile: whoever ends it may have been ahead of this.
        at.store.team_rooms.take_back(place.id, rids, moved)
        raise no_team()
    added = [{**room, "teamId": place.id, "_updatedAt": now} for room in rooms]
    for room in added:
        tell_changed(at, caller, room)
    said = [_said(caller, "user-added-room-to-team", one) for one in added if one["t"] == "c"]
    say(at, place.rid, said, correlation_id=caller.correlation_id)
    return {"rooms": [public_room(room, caller.uid) for room in added]}


def _own_rooms(at: Instance, caller: Caller, rids: list[str]) -> list[Document]:
    """The rooms, in this order: each one that the caller may enter, free, and their own."""
    found = {room["_id"]: room for room in at.store.rooms.by_ids(rids, {})}
    mine = {row["rid"]: row for row in at.store.subscriptions.among(caller.uid, rids)}
    rooms = []
    for rid in rids:
        room, row = found.get(rid), mine.get(rid)
        if room is None or room["t"] not in KINDS:
            raise ChatError(None, "invalid-room")
        if not may_enter(at, caller, Standing(room, row)):
            raise ChatError(None, "invalid-room")
        if room.get("teamId"):
            raise ChatError(None, "room-already-on-team")
        if row is None or "owner" not in (row.get("roles") or ()):
            raise ChatError(None, "error-no-owner-channel")
        rooms.append(room)
    return rooms


def remove(caller: Caller, given: RemovedRoom, at: Instance) -> dict[str, Any]:
    """Raises `invalid-room` and `room-not-on-that-team`."""
    place = access_team(at, caller, given, "remove-team-channel")
    room = _access(at, caller, place, find_standing(at, caller, given.roomId))
    if room.get("teamId") != place.id or room.get("teamMain"):
        raise ChatError(None, "room-not-on-that-team")
    left = at.store.team_rooms.leave(place.id, given.roomId, at.now())
    if left is None:
        raise ChatError(None, "room-not-on-that-team")
    tell_changed(at, caller, left)
    said = _said(caller, "user-removed-room-from-team", left)
    say(at, place.rid, [said], correlation_id=caller.correlation_id)
    return {"room": public_room(left, caller.uid)}


def update(caller: Caller, given: ChangedRoom, at: Instance) -> dict[str, Any]:
    """Raises `invalid-room` and `room-not-on-team`."""
    standing = find_standing(at, caller, given.roomId)
    team_id = standing.room.get("teamId") if standing else None
    if standing is None or not team_id:
        entered = standing is not None and may_enter(at, caller, standing)
        raise ChatError(None, "room-not-on-team" if entered else "invalid-room")
    place = place_of(at, caller, at.store.teams.by_id(team_id))
    room = _access(at, caller, place, standing)
    permit(at, caller, place, "edit-team-channel")
    if room.get("teamMain"):
        raise ChatError(None, "room-not-on-team")
    changed = at.store.team_rooms.set_default(place.id, room["_id"], given.isDefault, at.now())
    if changed is None:
        raise ChatError(None, "room-not-on-team")
    tell_changed(at, caller, changed)
    if given.isDefault:
        _bring_in(at, caller, place, changed)
        changed = at.store.rooms.by_id(room["_id"]) or changed
    return {"room": public_room(changed, caller.uid)}


def _access(at: Instance, caller: Caller, place: Place, standing: Standing | None) -> Document:
    """The room, if the caller may enter it or all rooms of the team. Raises `invalid-room`."""
    if standing is None:
        raise ChatError(None, "invalid-room")
    everything = standing.room.get("teamId") == place.id and at.allows(
        caller, "view-all-team-channels", place.roles
    )
    if not everything and not may_enter(at, caller, standing):
        raise ChatError(None, "invalid-room")
    return standing.room


def _bring_in(at: Instance, caller: Caller, place: Place, room: Document) -> None:
    """Members of the team become members of the room: at most as many as API_User_Limit says."""
    maker = (room.get("u") or {}).get("_id")
    uids = [row["userId"] for row in at.store.teams.members_of(place.id) if row["userId"] != maker]
    limit = max(at.number("API_User_Limit", 500), 0)
    fields = {"username": 1, "name": 1, "active": 1, "settings.preferences": 1}
    people = at.store.users.by_ids(uids[:limit], fields)
    active = [one for one in people if one.get("active") is not False]
    members.add(at, caller, room, active)


def list_rooms(caller: Caller, page: RoomsPage, at: Instance) -> dict[str, Any]:
    """Public rooms, and private ones the caller is in; all of them with view-all-team-channels.

    Raises `user-not-on-private-team`.
    """
    place = access_team(at, caller, page)
    _refuse_outsiders(at, caller, place)
    within = None
    if not at.allows(caller, "view-all-team-channels", place.roles):
        within = at.store.room_lists.rids_of(caller.uid)
    rooms, total = at.store.team_rooms.page(
        place.id,
        within=within,
        name=page.filter or "",
        default=page.type == "autoJoin",
        sort=page.sort or [("name", 1)],
        offset=page.offset,
        count=page.count,
    )
    shown = [public_room(room, caller.uid) for room in rooms]
    return {"rooms": shown, "count": len(shown), "offset": page.offset, "total": total}


def list_rooms_of_user(caller: Caller, page: RoomsOfUser, at: Instance) -> dict[str, Any]:
    """The team's rooms that someone is in, each with `isLastOwner`; for `canUserDelete` those
    that they may delete.
    """
    place = access_team(at, caller, page)
    if page.userId != caller.uid:
        permit(at, caller, place, "view-all-team-channels")
    _refuse_outsiders(at, caller, place)
    rooms = {room["_id"]: room for room in at.store.team_rooms.of(place.id)}
    rids = [rid for rid, room in rooms.items() if not room.get("teamMain")]
    rows = at.store.subscriptions.among(page.userId, rids)
    if page.canUserDelete:
        rows = _deletable(at, page.userId, rows)
    for name, order in reversed(page.sort or [("name", 1)]):
        rows.sort(key=lambda row: str(row.get(name)), reverse=order < 0)
    shown = rows[page.offset : page.offset + page.count]
    owners = at.store.team_rooms.owners([row["rid"] for row in shown])
    found = [
        {
            **public_room(rooms[row["rid"]], caller.uid),
            "isLastOwner": owners.get(row["rid"]) == {page.userId},
        }
        for row in shown
    ]
    return {"rooms": found, "count": len(found), "offset": page.offset, "total": len(rows)}


def _deletable(at: Instance, uid: str, rows: list[Document]) -> list[Document]:
    user = at.store.users.by_id(uid, {"roles": 1}) or {}
    them = Caller(uid=uid, roles=tuple(user.get("roles") or ()))
    return [row for row in rows if at.allows(them, f"delete-{row['t']}", row.get("roles") or ())]


def _refuse_outsiders(at: Instance, caller: Caller, place: Place) -> None:
    """Raises `user-not-on-private-team`."""
    if place.team.get("type") != PRIVATE or at.allows(caller, "view-all-teams", place.roles):
        return
    if at.store.teams.member(place.id, caller.uid) is None:
        raise ChatError(None, "user-not-on-private-team")


def _said(caller: Caller, kind: str, room: Document) -> Saying:
    return Saying(kind, str(room.get("name") or ""), caller.short)
