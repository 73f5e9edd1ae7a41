"""Rooms as those who administer a workspace list them, whoever is in them."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import AS_LIST, Input, Listed
from contrail.shapes.rows import Document
from contrail.store.patterns import containing, starting
from functions.rooms.selecting import SELECTOR, selected

FIELDS: Document = dict.fromkeys(
    (
        *("prid", "fname", "name", "t", "cl", "u", "usernames", "ts", "usersCount", "muted"),
        *("unmuted", "ro", "default", "favorite", "featured", "reactWhenReadOnly", "topic"),
        *("msgs", "archived", "tokenpass", "teamId", "teamMain", "uids", "announcement"),
        *("description", "broadcast", "avatarETag", "joinCodeRequired", "encrypted", "lm"),
        *("sysMes", "customFields", "retention", "teamDefault"),
    ),
    1,
)
KINDS = ("c", "p", "d", "l")
FOUND = 10
Kind = Literal["c", "p", "d", "l", "discussions", "teams"]


class Rooms(Listed):
    filter: str = ""
    types: Annotated[list[Kind], AS_LIST] = []


class Selected(Input):
    documented: ClassVar = SELECTOR
    selector: str


class Rid(Input):
    rid: str = ""


def list_rooms(caller: Caller, page: Rooms, at: Instance) -> dict[str, Any]:
    _refuse(at, caller)
    match = {"$and": [_of_types(page.types), _called(page.filter), page.query]}
    sort = page.sort or [("default", -1), ("name", 1)]
    rows, total = at.store.room_lists.page(match, sort, page.offset, page.count, FIELDS)
    return {"rooms": rows, "count": len(rows), "offset": page.offset, "total": total}


def room(caller: Caller, which: Rid, at: Instance) -> Document:
    """The room itself; empty where there is none."""
    _refuse(at, caller)
    return at.store.rooms.by_id(which.rid, FIELDS) or {}


def autocomplete(caller: Caller, given: Selected, at: Instance) -> dict[str, Any]:
    """Up to ten rooms of any kind whose name starts with the selector's `name`."""
    if not at.allows(caller, "can-audit"):
        _refuse(at, caller)
    name = selected(given.selector)
    match = {"$or": [{"name": starting(name)}, {"fname": starting(name)}]} if name else {}
    rows, _ = at.store.room_lists.page(match, [("name", 1)], 0, FOUND, FIELDS)
    return {"items": rows}


def _refuse(at: Instance, caller: Caller) -> None:
    if not at.allows(caller, "view-room-administration"):
        raise ChatError(None, "error-not-authorized")


def _of_types(types: list[Kind]) -> Document:
    """Any of these; discussions and teams are kinds of their own here."""
    if not types:
        return {}
    kinds = [kind for kind in types if kind in KINDS]
    wanted: list[Document] = []
    if kinds:
        plain = {"prid": {"$exists": False}, "teamMain": {"$exists": False}}
        wanted.append({"t": {"$in": kinds}, **plain})
    if "discussions" in types:
        wanted.append({"prid": {"$exists": True}})
    if "teams" in types:
        wanted.append({"teamMain": {"$exists": True}})
    return {"$or": wanted}


def _called(text: str) -> Document:
    """By name, shown name or, for a direct room, by who is in it."""
    if not text.strip():
        return {}
    part = containing(text.strip())
    return {"$or": [{"name": part}, {"fname": part}, {"t": "d", "usernames": part}]}
