"""Showing, listing and changing teams."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field
from pymongo.errors import DuplicateKeyError

from contrail.domain.access import find_standing, may_enter
from contrail.domain.instance import Instance
from contrail.domain.roomchanges import change_room
from contrail.domain.roomnames import refuse_taken, slug
from contrail.domain.teams import PUBLIC, changing
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, Forbidden
from contrail.shapes.inputs import Input, Listed
from contrail.shapes.rows import Document
from contrail.store.patterns import looking_for
from functions.teams.finding import (
    SomeTeam,
    WhichTeam,
    access_team,
    find,
    main_room,
)


class Page(Listed):
    """All is in the paging parameters."""


class Autocomplete(Input):
    name: str


class OfUser(Input):
    userId: str = Field(min_length=1)


class Change(Input):
    name: str | None = Field(None, min_length=1, max_length=256)
    type: Literal[0, 1] | None = None


class Changed(WhichTeam):
    data: Change


def info(caller: Caller, which: SomeTeam, at: Instance) -> Document:
    """Raises `Team not found`, and `unauthorized` where the main room is closed to the caller."""
    team = find(at, which)
    if team is None:
        raise ChatError(None, "Team not found")
    standing = find_standing(at, caller, team["roomId"])
    if standing is None or not may_enter(at, caller, standing):
        roles = standing.roles if standing else ()
        if not at.allows(caller, "view-all-teams", roles):
            raise Forbidden
    return team


def list_own(caller: Caller, page: Page, at: Instance) -> dict[str, Any]:
    """The teams that the caller is in, whatever the query."""
    mine = [row["teamId"] for row in at.store.teams.of_user(caller.uid)]
    return _page(at, page, {"$and": [{"_id": {"$in": mine}}, looking_for(page.query)]})


def list_all(caller: Caller, page: Page, at: Instance) -> dict[str, Any]:
    if not at.allows(caller, "view-all-teams"):
        raise Forbidden
    return _page(at, page, looking_for(page.query))


def _page(at: Instance, page: Page, match: Document) -> dict[str, Any]:
    sort = page.sort or [("name", 1)]
    teams, total = at.store.teams.page(match, sort, page.offset, page.count)
    team_ids = [team["_id"] for team in teams]
    rooms, people = at.store.teams.count_rooms(team_ids), at.store.teams.count_members(team_ids)
    shown = [
        {
            **team,
            "rooms": rooms.get(team["_id"], 0),
            "numberOfUsers": people.get(team["_id"], 0),
        }
        for team in teams
    ]
    return {"teams": shown, "count": len(shown), "offset": page.offset, "total": total}


def autocomplete(caller: Caller, given: Autocomplete, at: Instance) -> list[Document]:
    """Main rooms of teams that the caller may find."""
    mine = at.store.room_lists.rids_of(caller.uid)
    return at.store.team_rooms.main(given.name.strip(), mine)


def list_of_user(caller: Caller, which: OfUser, at: Instance) -> list[Document]:
    """Someone's teams: public ones, and those the caller is in; all of them with view-all-teams."""
    rows = {row["teamId"]: row for row in at.store.teams.of_user(which.userId)}
    teams = at.store.teams.by_ids(rows)
    if which.userId != caller.uid and not at.allows(caller, "view-all-teams"):
        mine = {row["teamId"] for row in at.store.teams.of_user(caller.uid)}
        teams = [team for team in teams if team["type"] == PUBLIC or team["_id"] in mine]
    return [
        {**team, "isOwner": "owner" in (rows[team["_id"]].get("roles") or ())} for team in teams
    ]


def update(caller: Caller, given: Changed, at: Instance) -> None:
    """The team and its main room. Raises `team-name-already-exists` and what a room's name may."""
    place = access_team(at, caller, given, "edit-team")
    room, data = main_room(at, place), given.data
    fields: Document = {}
    name = data.name.strip() if data.name is not None else place.team["name"]
    if name != place.team["name"]:
        refuse_taken(at, slug(at, name), name, room["_id"])
        fields["name"] = name
    if data.type is not None:
        fields["type"] = int(data.type)
    if not fields:
        return
    with changing(at, room, fields):
        if "name" in fields:
            room = _rename(at, caller, room, name)
        kind = "c" if fields.get("type", place.team["type"]) == PUBLIC else "p"
        if kind != room["t"]:
            said = ("room_changed_privacy", "channel" if kind == "c" else "group")
            change_room(at, caller, room, {"t": kind}, said=said, subscriptions={"t": kind})


def _rename(at: Instance, caller: Caller, room: Document, name: str) -> Document:
    """Raises `error-duplicate-channel-name` for who came second to a name."""
    fields = {"name": slug(at, name), "fname": name}
    said = ("r", name)
    try:
        return change_room(at, caller, room, fields, said=said, subscriptions=fields)
    except DuplicateKeyError:
        refuse_taken(at, name, name, room["_id"])
        raise
