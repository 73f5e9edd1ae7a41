"""Lists of people."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import orjson

from contrail.api.paging import allowed
from contrail.domain import customfields
from contrail.domain.instance import Instance
from contrail.domain.searching import searched
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, Forbidden, InvalidInput
from contrail.shapes.inputs import AS_LIST, Input, Listed
from contrail.shapes.rows import Document, Listing
from contrail.store.directory import any_of
from contrail.store.patterns import looking_for

DEFAULTS = ("name", "username", "status", "active", "avatarETag", "type")
PRIVILEGED: tuple[str, ...] = (
    "emails",
    "roles",
    "lastLogin",
    "createdAt",
    "statusConnection",
    "statusDefault",
)
PRIVILEGED += ("_updatedAt", "requirePasswordChange", "reason", "importIds", "phone")
FULL, CUSTOM = "view-full-other-user-info", "customFields"
HIDDEN = InvalidInput("error-invalid-query", "Invalid query parameter provided")
DEFAULTS_PRIVILEGED = (*DEFAULTS, "emails", "roles", "lastLogin")
BY_STATUS = (*DEFAULTS_PRIVILEGED, "reason", "freeSwitchExtension", "federated")
SORTED_BY = {"status": "active", "name": "nameInsensitive"}
"""What clients sort by, and the field that has its order."""
TERMS = ("", "$in", "$nin", "$ne", "$exists", "$regex", "$options")
CONDITIONS = Listing(
    query={
        **dict.fromkeys(("_id", "username", "name", "nickname", "bio"), TERMS),
        **dict.fromkeys(("status", "statusText", "type", "active"), TERMS),
        **dict.fromkeys(("extension", "statusLivechat", "customFields.*"), TERMS),
    },
    logic=("$or", "$and"),
)
FOUND = {"name": 1, "username": 1, "nickname": 1, "status": 1, "avatarETag": 1}
MOST_FOUND = 10
Reason = Literal["deactivated", "pending_approval", "idle_too_long"]


class People(Listed):
    """All is in the paging parameters."""


class ByStatus(Listed):
    status: Literal["active", "deactivated"] | None = None
    hasLoggedIn: bool | None = None
    type: str | None = None
    roles: Annotated[list[str], AS_LIST] | None = None
    searchTerm: str | None = None
    inactiveReason: Annotated[list[Reason], AS_LIST] | None = None


class Selected(Input):
    """`selector` is JSON: `{term?, conditions?, exceptions?}`."""

    selector: str


def list_people(caller: Caller, page: People, at: Instance) -> dict[str, Any]:
    _refuse_outsiders(at, caller)
    if not at.allows(caller, "view-d-room"):
        raise Forbidden
    full = at.allows(caller, FULL)
    if not full and any(_hidden(at, name) for name in _names(page.query)):
        raise HIDDEN
    return _page(at, page, looking_for(page.query), _fields(page.fields, full), full)


def list_by_status(caller: Caller, page: ByStatus, at: Instance) -> dict[str, Any]:
    _refuse_outsiders(at, caller)
    full = at.allows(caller, FULL)
    if not full and (page.roles or page.inactiveReason or page.hasLoggedIn is not None):
        raise HIDDEN
    match: Document = {}
    if page.status:
        match["active"] = page.status == "active"
    if page.hasLoggedIn is not None:
        match["lastLogin"] = {"$exists": page.hasLoggedIn}
    if page.type:
        match["type"] = page.type
    if page.roles and "all" not in page.roles:
        match["roles"] = {"$in": page.roles}
    if page.inactiveReason:
        match["inactiveReason"] = {"$in": page.inactiveReason}
    fields = ("username", "name", *(("emails.address",) if full else ()))
    match |= any_of(fields, page.searchTerm or "")
    shown = BY_STATUS if full else DEFAULTS
    return _page(at, page, match, dict.fromkeys(shown, 1), full)


def autocomplete(caller: Caller, given: Selected, at: Instance) -> dict[str, Any]:
    """Up to ten active people; without view-outside-room those one shares a room with."""
    term, conditions, exceptions = _selector(given.selector)
    if any(_hidden(at, name) for name in _names(conditions)) and not at.allows(caller, FULL):
        raise ChatError(None, "error-invalid-query")
    within = None
    if not at.allows(caller, "view-outside-room"):
        rids = [row["rid"] for row in at.store.subscriptions.of_user(caller.uid)]
        within = [uid for uid in at.store.directory.companions(rids) if uid != caller.uid]
    people = at.store.directory.found(
        term,
        searched(at),
        looking_for(conditions),
        exceptions,
        within,
        FOUND,
        MOST_FOUND,
    )
    return {"items": people}


def _selector(text: str) -> tuple[str, Document, list[str]]:
    try:
        given = orjson.loads(text)
    except orjson.JSONDecodeError:
        given = None
    if not isinstance(given, dict):
        raise InvalidInput("invalid-params", "selector must be valid JSON")
    conditions, term = given.get("conditions") or {}, given.get("term") or ""
    exceptions = given.get("exceptions") or []
    if not allowed(CONDITIONS, conditions):
        raise ChatError(None, "error-invalid-query")
    names = isinstance(exceptions, list) and all(isinstance(one, str) for one in exceptions)
    if not names or not isinstance(term, str) or len(exceptions) > 1000:
        raise InvalidInput("invalid-params", "selector must be valid")
    return term, conditions, exceptions


def _refuse_outsiders(at: Instance, caller: Caller) -> None:
    asked = at.setting("API_Apply_permission_view-outside-room_on_users-list")
    if asked and not at.allows(caller, "view-outside-room"):
        raise Forbidden


def _hidden(at: Instance, name: str) -> bool:
    """Whether only who may see people whole may ask about a field, by a condition or an order."""
    top, _, rest = name.partition(".")
    return top in PRIVILEGED or (
        top == CUSTOM and rest not in customfields.visible(at, everything=False)
    )


def _names(query: Any) -> set[str]:
    """The fields that a query names, at any depth."""
    if isinstance(query, list):
        return {name for part in query for name in _names(part)}
    if not isinstance(query, dict):
        return set()
    found = {name for name in query if not name.startswith("$")}
    return found.union(*(_names(part) for name, part in query.items() if name.startswith("$")))


def _fields(asked: dict[str, int], full: bool) -> Document:
    """The usual fields with those asked for, or without; none that the caller may not see."""
    usual = DEFAULTS_PRIVILEGED if full else DEFAULTS
    wanted = {**dict.fromkeys(usual, 1), **asked}
    return {
        name: 1
        for name, on in wanted.items()
        if on and (full or name.split(".")[0] not in PRIVILEGED)
    }


def _page(
    at: Instance, page: Listed, match: Document, fields: Document, full: bool
) -> dict[str, Any]:
    # Sorted by what one may not see, an order would tell of it.
    may = [(name, order) for name, order in page.sort if full or not _hidden(at, name)]
    sort = [(SORTED_BY.get(name, name), order) for name, order in may or [("username", 1)]]
    if all(name != "_id" for name, _ in sort):
        sort.append(("_id", 1))
    rows, total = at.store.directory.page(match, fields, sort, page.offset, page.count)
    if not full and CUSTOM in fields:
        rows = [
            {**row, CUSTOM: customfields.shown(at, row.get(CUSTOM), everything=False)}
            for row in rows
        ]
    return {"users": rows, "count": len(rows), "offset": page.offset, "total": total}
