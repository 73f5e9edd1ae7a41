"""Messages of a channel, by page and by time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
from pydantic import Field, field_validator

from contrail.domain.access import Standing, access_room
from contrail.domain.history import BEGINNING, END, hidden_types, newest, read
from contrail.domain.instance import Instance
from contrail.domain.messages import shown_to
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input, Listed, When
from functions.rooms.finding import NOT_NAMED, ROOM_ID_MISSING, WhichChannel, access_channel

TICK = timedelta(milliseconds=1)
NO_THREADS = {"$or": [{"tmid": {"$exists": False}}, {"tshow": True}]}
MOST = 100
INVALID_DATE = ("error-invalid-date", "Invalid date")


class Page(WhichChannel, Listed):
    documented = {"": ROOM_ID_MISSING}
    mentionIds: list[str] = []
    starredIds: list[str] = []
    pinned: bool | None = None

    @field_validator("mentionIds", "starredIds", mode="before")
    @classmethod
    def _ids(cls, value: object) -> object:
        """As `["a","b"]` in one parameter, as `a,b`, or repeated with `[]`."""
        if not isinstance(value, str):
            return value
        try:
            parsed = orjson.loads(value)
        except orjson.JSONDecodeError:
            parsed = None
        return parsed if isinstance(parsed, list) else [part for part in value.split(",") if part]


class Between(WhichChannel, Listed):
    documented = {"": NOT_NAMED, "latest": INVALID_DATE, "oldest": INVALID_DATE}
    latest: When | None = None
    oldest: When | None = None
    inclusive: bool = False
    unreads: bool = False
    showThreadMessages: bool = False


class BetweenOptions(Input):
    rid: str
    latest: When | None = None
    oldest: When | None = None
    inclusive: bool = False
    offset: int = Field(0, ge=0)
    count: int = Field(20, ge=1)
    unreads: bool = False
    showThreadMessages: bool = True


class HistoryMethod(Input):
    options: BetweenOptions


def messages(caller: Caller, page: Page, at: Instance) -> dict[str, Any]:
    """`{messages, count, offset, total}`; without filters `total` is the room's own count."""
    room = access_channel(at, caller, page).room
    more = _filters(page)
    order = page.sort[0][1] if page.sort else -1
    rows = read(
        at.store.messages, room, order=order, offset=page.offset, count=page.count, more=more
    )
    total = at.store.messages.count_in(room["_id"], more) if more else int(room.get("msgs") or 0)
    shown = [_only(page.fields, shown_to(row, caller)) for row in rows]
    return {"messages": shown, "count": len(rows), "offset": page.offset, "total": total}


def _filters(page: Page) -> dict[str, Any]:
    more = dict(page.query)
    if page.mentionIds:
        more["mentions._id"] = {"$in": page.mentionIds}
    if page.starredIds:
        more["starred._id"] = {"$in": page.starredIds}
    if page.pinned is not None:
        more["pinned"] = True if page.pinned else {"$ne": True}
    return more


def _only(fields: dict[str, int], row: dict[str, Any]) -> dict[str, Any]:
    """`fields` as MongoDB's projections: what is listed, or all but what is listed; `_id` apart."""
    only = any(on for key, on in fields.items() if key != "_id") or fields == {"_id": 1}
    usual = {key: not only or key == "_id" for key in row}
    return {key: value for key, value in row.items() if fields.get(key, usual[key])}


def channel_history(caller: Caller, wanted: Between, at: Instance) -> dict[str, Any]:
    """`{messages, firstUnread?, unreadNotLoaded?}`, newest first unless `sort` says otherwise."""
    order = wanted.sort[0][1] if wanted.sort else -1
    return _history(caller, access_channel(at, caller, wanted), wanted, at, order)


def history_method(caller: Caller, given: HistoryMethod, at: Instance) -> dict[str, Any] | bool:
    """DDP getChannelHistory: false for a room one may not see."""
    try:
        standing = access_room(at, caller, given.options.rid)
    except ChatError:
        return False
    return _history(caller, standing, given.options, at)


def _history(
    caller: Caller,
    standing: Standing,
    wanted: Between | BetweenOptions,
    at: Instance,
    order: int = -1,
) -> dict[str, Any]:
    room = standing.room
    low, high = BEGINNING, newest(room, at.now())
    if wanted.oldest is not None:
        low = min(wanted.oldest, END) + TICK * (not wanted.inclusive)
    if wanted.latest is not None:
        high = min(wanted.latest, END) + TICK * wanted.inclusive
    more: dict[str, Any] = {} if wanted.showThreadMessages else dict(NO_THREADS)
    hidden = hidden_types(at, room)
    if hidden:
        more["t"] = {"$nin": hidden}
    rows = read(
        at.store.messages,
        room,
        low=low,
        high=high,
        order=order,
        offset=wanted.offset,
        count=min(wanted.count, MOST),
        more=more,
    )
    answer: dict[str, Any] = {"messages": [shown_to(row, caller) for row in rows]}
    if wanted.unreads and rows:
        oldest = min(row["ts"] for row in rows)
        before = at.store.messages.count_between(room["_id"], low, oldest, more)
        first = read(at.store.messages, room, low=low, high=high, order=1, count=1, more=more)
        answer["unreadNotLoaded"] = before
        answer["firstUnread"] = shown_to(first[0], caller) if before else None
    return {key: value for key, value in answer.items() if value is not None}
