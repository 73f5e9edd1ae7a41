"""The directory: channels, teams and people of the workspace, by page."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from contrail.api.paging import page as paged
from contrail.domain.instance import Instance
from contrail.domain.searching import SEARCHED
from contrail.domain.wire import public_room
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document, Listing
from contrail.store.directory import any_of

SORTS = ("name", "createdAt", "usersCount", "username", "email", "bio", "usernames")
ASKED = Listing(sort=SORTS, query={"text": ("",), "type": ("",), "workspace": ("",)})
FIELDS: dict[str, dict[str, str]] = {
    "channels": {
        "name": "name",
        "createdAt": "ts",
        "usersCount": "usersCount",
        "usernames": "name",
    },
    "teams": {"name": "name", "createdAt": "ts", "usersCount": "usersCount"},
    "users": {"name": "name", "createdAt": "createdAt", "username": "username", "bio": "bio"},
}
"""Type -> what it may be sorted by, and the field that has its order."""
PERSON = ("username", "name", "nickname", "bio", "createdAt", "avatarETag")
USUAL = 10


class Asked(Input):
    """Over REST: `query` may hold what the other parameters say."""

    text: str | None = None
    type: str | None = None
    workspace: str | None = None
    query: str | None = None
    sort: str | None = None
    offset: str | None = None
    count: str | None = None


class Options(Input):
    text: str = ""
    workspace: str = ""
    type: str = "channels"
    sortBy: str = "name"
    sortDirection: Literal["asc", "desc"] = "asc"
    page: int | None = Field(None, ge=0, le=2**31 - 1)
    offset: int | None = Field(None, ge=0, le=2**31 - 1)
    limit: int = 10


class Method(Input):
    options: Options


def directory(caller: Caller, asked: Asked, at: Instance) -> dict[str, Any]:
    """`{result, count, offset, total}`. What is no list is refused without saying why."""
    paging = paged(at, ASKED, asked.model_dump())
    given = {**paging["query"], **asked.model_dump(include={"text", "type"}, exclude_none=True)}
    if len(paging["sort"]) > 1:
        raise ChatError(None, 'This method support only one "sort" parameter')
    by, order = paging["sort"][0] if paging["sort"] else ("name", 1)
    text, kind = given.get("text") or "", given.get("type") or "channels"
    found = None
    if isinstance(text, str) and isinstance(kind, str):
        found = _browse(at, caller, kind, text, (by, order), paging["offset"], paging["count"])
    if found is None:
        raise ChatError(None, "Please verify the parameters")
    rows, total = found
    return {"result": rows, "count": len(rows), "offset": paging["offset"], "total": total}


def browse_method(caller: Caller, given: Method, at: Instance) -> dict[str, Any] | None:
    """DDP: void for what cannot be listed."""
    options = given.options
    if options.page is None and options.offset is None:
        return None
    limit = min(options.limit, 100) if options.limit > 0 else USUAL
    offset = options.offset or (options.page or 0) * limit
    order = 1 if options.sortDirection == "asc" else -1
    by = (options.sortBy, order)
    found = _browse(at, caller, options.type, options.text, by, min(offset, 2**31 - 1), limit)
    return None if found is None else {"total": found[1], "results": found[0]}


def _browse(
    at: Instance,
    caller: Caller,
    kind: str,
    text: str,
    by: tuple[str, int],
    offset: int,
    count: int,
) -> tuple[list[Document], int] | None:
    name, order = by
    field = FIELDS.get(kind, {}).get(name)
    if kind == "users" and name == "email" and at.allows(caller, "view-full-other-user-info"):
        field = "emails.address"
    if field is None:
        return None
    sort = [(field, order)]
    if kind == "users":
        return _people(at, caller, text.strip(), sort, offset, count)
    return _rooms(at, caller, kind, text.strip(), sort, offset, count)


def _rooms(
    at: Instance,
    caller: Caller,
    kind: str,
    text: str,
    sort: list[tuple[str, int]],
    offset: int,
    count: int,
) -> tuple[list[Document], int] | None:
    if not caller.logged_in and not at.setting("Accounts_AllowAnonymousRead"):
        return None
    if not at.allows(caller, "view-c-room"):
        return None
    mine = at.store.room_lists.rids_of(caller.uid)
    own = [row["teamId"] for row in at.store.teams.of_user(caller.uid)]
    teams = sorted({*at.store.teams.public_ids(), *own})
    rows, total = at.store.room_directory.page(
        text,
        teams=teams,
        mine=mine,
        main=kind == "teams",
        sort=sort,
        offset=offset,
        count=count,
    )
    team_ids = sorted({row["teamId"] for row in rows if row.get("teamId")})
    if kind == "teams":
        rooms = at.store.teams.count_rooms(team_ids) if team_ids else {}
        more = [{"roomsCount": rooms.get(row["teamId"], 0)} for row in rows]
    else:
        known = at.store.teams.by_ids(team_ids) if team_ids else []
        names = {team["_id"]: team["name"] for team in known}
        more = [
            {"belongsTo": names[row["teamId"]]} if row.get("teamId") in names else {}
            for row in rows
        ]
    return [
        {**public_room(row, caller.uid), **one} for row, one in zip(rows, more, strict=True)
    ], total


def _people(
    at: Instance,
    caller: Caller,
    text: str,
    sort: list[tuple[str, int]],
    offset: int,
    count: int,
) -> tuple[list[Document], int] | None:
    needed = ("view-outside-room", "view-d-room")
    if not caller.logged_in or not all(at.allows(caller, one) for one in needed):
        return None
    full = at.allows(caller, "view-full-other-user-info")
    among = (*SEARCHED, *(("emails.address",) if full else ()))
    match: Document = {"active": True, "username": {"$exists": True}, **any_of(among, text)}
    fields = dict.fromkeys((*PERSON, *(("emails",) if full else ())), 1)
    rows, total = at.store.directory.page(match, fields, [*sort, ("_id", 1)], offset, count)
    return [{key: row[key] for key in row if key != "nameInsensitive"} for row in rows], total
