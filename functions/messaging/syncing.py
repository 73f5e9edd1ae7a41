"""What changed in a room's messages: since a moment, or page by page with cursors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from contrail.domain.access import access_room
from contrail.domain.history import BEGINNING, END, hidden_types, newest, read
from contrail.domain.instance import Instance
from contrail.domain.messages import shown_to
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input, When
from contrail.shapes.rows import Document

USUAL, MOST = 20, 100
MOST_CHANGED = 10_000
"""Messages that one answer to `lastUpdate` holds: who was away for longer pages with cursors."""
ALIKE = 200
"""More than are ever changed or deleted at one moment."""
METHOD = {"method": "messages/get"}
TICK = timedelta(milliseconds=1)
NO_ROOM = ("error-param-required", 'The required "roomId" query param is missing')
NO_WAY = ("error-param-required", 'The "type" or "lastUpdate" parameters must be provided')
INVALID = (
    "error-lastUpdate-param-invalid",
    'The "lastUpdate" query parameter must be a valid date',
)
Kind = Literal["UPDATED", "DELETED"]


class Sync(Input):
    documented = {"roomId": NO_ROOM, "lastUpdate": INVALID}
    roomId: str
    lastUpdate: When | None = None
    next: str = ""
    previous: str = ""
    count: int | None = None
    type: str = ""


class Options(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)
    lastUpdate: When | None = None
    latestDate: When | None = None
    oldestDate: When | None = None
    inclusive: bool = False
    count: int = Field(default=USUAL, ge=0)
    unreads: bool = False
    next: str = ""
    previous: str = ""
    type: str = ""


class SyncMethod(Input):
    rid: str
    options: Options = Options()


def sync(caller: Caller, wanted: Sync, at: Instance) -> dict[str, Any]:
    """`{result: {updated, deleted, cursor?}}`; a cursor has `next` and `previous`, ms as text."""
    if wanted.lastUpdate is None and not wanted.type:
        raise ChatError(*NO_WAY)
    room = _enter(at, caller, wanted.roomId)
    if wanted.lastUpdate is not None:
        _check(wanted.type, wanted.next, wanted.previous, dated=True)
        return {"result": _since(at, caller, room, wanted.lastUpdate)}
    _check(wanted.type, wanted.next, wanted.previous, dated=False)
    count = min(max(wanted.count or USUAL, 1), MOST)
    found = _paged(at, caller, room, wanted.type, wanted.next, wanted.previous, count)
    return {"result": {"updated": [], "deleted": [], **found}}


def sync_method(caller: Caller, given: SyncMethod, at: Instance) -> dict[str, Any]:
    """DDP messages/get: with `lastUpdate` or `type` what changed, else a stretch of history."""
    wanted = given.options
    room = _enter(at, caller, given.rid)
    _check(wanted.type, wanted.next, wanted.previous, dated=wanted.lastUpdate is not None)
    if wanted.lastUpdate is not None:
        return _since(at, caller, room, wanted.lastUpdate)
    if wanted.type:
        count = min(max(wanted.count, 1), MOST)
        return _paged(at, caller, room, wanted.type, wanted.next, wanted.previous, count)
    return _history(at, caller, room, wanted)


def _enter(at: Instance, caller: Caller, rid: str) -> Document:
    refused = ChatError("error-not-allowed", "Not allowed", METHOD)
    return access_room(at, caller, rid, refuse=refused).room


def _check(kind: str, following: str, previous: str, *, dated: bool) -> None:
    if kind not in ("", "UPDATED", "DELETED"):
        reason = 'The "type" parameter must be either "UPDATED" or "DELETED"'
        raise ChatError("error-type-param-not-supported", reason, METHOD)
    if not following and not previous:
        return
    if not kind:
        reason = 'The "type" parameter is required when using the "next" or "previous" parameters'
        raise ChatError("error-type-param-required", reason, METHOD)
    if following and previous:
        reason = 'You cannot provide both "next" and "previous" parameters'
        raise ChatError("error-cursor-conflict", reason, METHOD)
    if dated:
        reason = 'The attributes "next", "previous" and "lastUpdate" cannot be used together'
        raise ChatError("error-cursor-and-lastUpdate-conflict", reason, METHOD)


def _since(at: Instance, caller: Caller, room: Document, after: datetime) -> dict[str, Any]:
    rows = at.store.message_lists.updated(room["_id"], after, END, -1, MOST_CHANGED)
    rows.sort(key=lambda row: row["ts"], reverse=True)
    deleted = at.store.tombstones.of_room(room["_id"], after)
    return {"updated": [shown_to(at, row, caller) for row in rows], "deleted": deleted}


def _paged(
    at: Instance,
    caller: Caller,
    room: Document,
    kind: str,
    following: str,
    previous: str,
    count: int,
) -> dict[str, Any]:
    """One page of what was changed or deleted, in the order it was; and where the next one is."""
    after, until = _moment(following) or BEGINNING, _moment(previous) or END
    order, rid = (-1 if previous else 1), room["_id"]
    if kind == "UPDATED":
        rows = at.store.message_lists.updated(rid, after, until, order, count + ALIKE)
        field, key = "_updatedAt", "updated"
    else:
        rows = at.store.tombstones.window(rid, after, until, order, 0, count + ALIKE)
        field, key = "_deletedAt", "deleted"
    # A cursor is a moment: what happened at one moment is never parted.
    while count < len(rows) and rows[count - 1][field] == rows[count][field]:
        count += 1
    more, rows = len(rows) > count, rows[:count]
    if previous:
        rows.reverse()
    first = _cursor(rows[0][field]) if rows else None
    last = _cursor(rows[-1][field]) if rows else None
    cursor = {
        "next": last if more or previous else None,
        "previous": first if (more if previous else following) else None,
    }
    shown = [shown_to(at, row, caller) for row in rows] if kind == "UPDATED" else rows
    return {key: shown, "cursor": cursor}


def _cursor(moment: datetime) -> str:
    return str(round(moment.timestamp() * 1000))


def _moment(cursor: str) -> datetime | None:
    if not cursor:
        return None
    try:
        return datetime.fromtimestamp(int(cursor) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        reason = "The cursor is not valid"
        raise ChatError("error-invalid-cursor", reason, METHOD) from None


def _history(at: Instance, caller: Caller, room: Document, wanted: Options) -> dict[str, Any]:
    low, high = BEGINNING, newest(room, at.now())
    if wanted.oldestDate is not None:
        low = min(wanted.oldestDate, END) + TICK * (not wanted.inclusive)
    if wanted.latestDate is not None:
        high = min(wanted.latestDate, END) + TICK * wanted.inclusive
    hidden = hidden_types(at, room)
    more: Document = {"t": {"$nin": hidden}} if hidden else {}
    store, count = at.store.messages, min(wanted.count or USUAL, MOST)
    rows = read(store, room, low=low, high=high, count=count, more=more)
    answer: dict[str, Any] = {"messages": [shown_to(at, row, caller) for row in rows]}
    if wanted.unreads and rows:
        before = store.count_between(room["_id"], low, rows[-1]["ts"], more)
        answer["unreadNotLoaded"] = before
        if before:
            (first,) = read(store, room, low=low, high=high, order=1, count=1, more=more)
            answer["firstUnread"] = shown_to(at, first, caller)
    return answer
