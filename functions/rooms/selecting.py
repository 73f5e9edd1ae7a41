"""Rooms that fill in what someone types."""

from __future__ import annotations

from typing import Any, ClassVar

import orjson

from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import InvalidInput
from contrail.shapes.inputs import Input, Listed
from contrail.shapes.rows import Document
from contrail.store.patterns import starting
from functions.rooms.showing import only

SELECTOR = {"selector": (None, "The 'selector' param is required")}
FOUND = 10
FIELDS = ("_id", "fname", "name", "t", "avatarETag", "encrypted", "uids", "usernames")
TEAM_FIELDS = (*FIELDS[:5], "teamId", "teamMain", "u")
BY_NAME = [("name", 1)]


class Selected(Input):
    """`selector` is JSON: `{name}`."""

    documented: ClassVar = SELECTOR
    selector: str


class SelectedPage(Listed):
    documented: ClassVar = SELECTOR
    selector: str


class Named(Input):
    name: str = ""


def selected(selector: str) -> str:
    """The `name` in a selector."""
    try:
        given = orjson.loads(selector)
    except orjson.JSONDecodeError:
        given = None
    name = given.get("name", "") if isinstance(given, dict) else None
    if not isinstance(name, str):
        raise InvalidInput("invalid-params", "selector must be valid")
    return name.strip()


def own_rooms(caller: Caller, given: Selected, at: Instance) -> dict[str, Any]:
    """Up to ten channels and groups that the caller is in; discussions apart."""
    rows, _ = at.store.room_lists.joined(
        caller.uid, ("c", "p"), _called(selected(given.selector)), BY_NAME, 0, FOUND
    )
    return {"items": only(rows, FIELDS)}


def own_rooms_page(caller: Caller, page: SelectedPage, at: Instance) -> dict[str, Any]:
    """`{items, total}`."""
    match = _called(selected(page.selector))
    rows, total = at.store.room_lists.joined(
        caller.uid, ("c", "p"), match, page.sort or BY_NAME, page.offset, page.count
    )
    return {"items": only(rows, FIELDS), "total": total}


def for_teams(caller: Caller, given: Named, at: Instance) -> dict[str, Any]:
    """Up to ten rooms that the caller owns and that belong to no team yet."""
    match = {"$and": [_called(given.name.strip()), {"teamId": {"$exists": False}}]}
    rows, _ = at.store.room_lists.joined(
        caller.uid, ("c", "p"), match, BY_NAME, 0, FOUND, roles=("owner",)
    )
    return {"items": only(rows, TEAM_FIELDS)}


def _called(name: str) -> Document:
    """No discussion, and the name or the shown name starts with it."""
    plain: Document = {"prid": {"$exists": False}}
    if not name:
        return plain
    return {**plain, "$or": [{"name": starting(name)}, {"fname": starting(name)}]}
