"""The devices that people are logged in on. A feature of the enterprise edition."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from contrail.domain import logouts, sessions
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, Forbidden
from contrail.shapes.inputs import Input, Listed
from contrail.shapes.rows import Document

LISTED = ("_id", "sessionId", "userId", "device", "host", "ip", "loginAt")
WHOLE = (
    *LISTED,
    *("type", "instanceId", "roles", "mostImportantRole", "day", "month", "year", "searchTerm"),
    *("createdAt", "_updatedAt", "closedAt", "lastActivityAt", "logoutAt", "logoutBy"),
)
OWNER = ("_id", "username", "name", "avatarETag", "active")


class Page(Listed):
    """`filter` is looked for in device, system and ids."""

    filter: str = ""


class WhichSession(Input):
    sessionId: str = Field(min_length=1)


def listed(caller: Caller, page: Page, at: Instance) -> dict[str, Any]:
    """The caller's own; `current` is the one that asks."""
    rows, total = _page(page, at, caller.uid)
    shown = [
        {**_shown(row, LISTED), "current": row["loginToken"] == caller.token_hash} for row in rows
    ]
    return {"sessions": shown, "count": len(shown), "offset": page.offset, "total": total}


def listed_all(caller: Caller, page: Page, at: Instance) -> dict[str, Any]:
    """Everyone's, with `_user`."""
    rows, total = _page(page, at, None)
    fields = dict.fromkeys(OWNER, 1)
    owners = {
        user["_id"]: user for user in at.store.users.by_ids({r["userId"] for r in rows}, fields)
    }
    shown = [{**_shown(row, LISTED), "_user": owners.get(row["userId"], {})} for row in rows]
    return {"sessions": shown, "count": len(shown), "offset": page.offset, "total": total}


def info(caller: Caller, which: WhichSession, at: Instance) -> Document:
    """One of the caller's own."""
    return _shown(_find(which, at, caller.uid), WHOLE)


def info_any(caller: Caller, which: WhichSession, at: Instance) -> Document:
    return _shown(_find(which, at, None), WHOLE)


def log_out_own(caller: Caller, which: WhichSession, at: Instance) -> dict[str, str]:
    _end(caller, _find(which, at, caller.uid), at)
    return {"sessionId": which.sessionId}


def log_out_any(caller: Caller, which: WhichSession, at: Instance) -> dict[str, str]:
    _end(caller, _find(which, at, None), at)
    return {"sessionId": which.sessionId}


def _page(page: Page, at: Instance, uid: str | None) -> tuple[list[Document], int]:
    _need_edition(at)
    since = at.now() - sessions.lifetime(at)
    sort = page.sort or [("loginAt", -1)]
    return at.store.sessions.page(since, uid, page.filter, sort, page.offset, page.count)


def _find(which: WhichSession, at: Instance, uid: str | None) -> Document:
    _need_edition(at)
    found = at.store.sessions.by_session_id(which.sessionId, uid)
    if found is None or not found.get("loginToken"):
        raise ChatError(None, "Session not found")
    return found


def _end(caller: Caller, session: Document, at: Instance) -> None:
    logouts.end(at, caller, session["userId"], session["loginToken"], told=True)


def _need_edition(at: Instance) -> None:
    if at.environment.edition != "enterprise":
        raise Forbidden


def _shown(session: Document, fields: tuple[str, ...]) -> Document:
    """Never the token's hash."""
    shown = {key: session[key] for key in fields if key in session}
    return {**shown, "_id": session["sessionId"]} if "_id" in shown else shown
