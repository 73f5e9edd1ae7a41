"""Searching the messages of a room, or of all one's rooms where the workspace allows that."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field

from contrail.domain.access import access_room
from contrail.domain.history import BEGINNING, END, newest, read
from contrail.domain.instance import Instance
from contrail.domain.messages import shown_to
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input, NoInput
from contrail.shapes.rows import Document
from functions.messaging.patterns import TEXT
from functions.messaging.queries import Query, understood

MOST, PAGE_SIZE = 100, 10
PATIENCE = 5.0
"""Seconds that a search goes on for: it answers with what it found until then."""
FARTHEST = 10_000
"""Messages that a search goes past at most: they are all held meanwhile."""
STRIDE = 500
"""Messages that are read together where each has to be looked at."""
TICK = timedelta(milliseconds=1)
GLOBAL = "Search.defaultProvider.GlobalSearchEnabled"
NO_ROOM = (
    "error-roomId-param-not-provided",
    'The required "roomId" query param is missing.',
)
NO_TEXT = (
    "error-searchText-param-not-provided",
    'The required "searchText" query param is missing.',
)


class Search(Input):
    documented = {"roomId": NO_ROOM, "searchText": NO_TEXT}
    roomId: str
    searchText: str
    offset: int = Field(0, ge=0)
    count: int = Field(20, ge=0)


class SearchMethod(Input):
    text: str
    rid: str | None = None
    limit: int | None = Field(None, ge=0)
    offset: int | None = Field(None, ge=0)


class ProviderSearch(Input):
    text: str
    context: dict[str, Any] | None = None
    payload: dict[str, Any] | None = None


def search(caller: Caller, wanted: Search, at: Instance) -> dict[str, Any]:
    """`{messages}`, the newest first."""
    if not wanted.searchText:
        raise ChatError(*NO_TEXT)
    room = access_room(at, caller, wanted.roomId).room
    rows = _search(at, caller, [room], wanted.searchText, wanted.offset, wanted.count)
    return {"messages": rows}


def search_method(caller: Caller, wanted: SearchMethod, at: Instance) -> dict[str, Any] | bool:
    """`{message: {docs}}`; false without access to the room."""
    try:
        rooms = _rooms(at, caller, wanted.rid)
    except ChatError:
        return False
    limit = 20 if wanted.limit is None else wanted.limit
    docs = _search(at, caller, rooms, wanted.text, wanted.offset or 0, limit)
    return {"message": {"docs": docs}}


def provider_search(caller: Caller, wanted: ProviderSearch, at: Instance) -> dict[str, Any] | bool:
    """DDP rocketchatSearch.search: its payload has `limit` and `searchAll`."""
    payload, rid = wanted.payload or {}, (wanted.context or {}).get("rid")
    limit = payload.get("limit")
    given: Document = {
        "text": wanted.text,
        "rid": rid if isinstance(rid, str) and not payload.get("searchAll") else None,
        "limit": limit if isinstance(limit, int) and 0 < limit <= MOST else None,
    }
    return search_method(caller, SearchMethod(**given), at)


def provider(caller: Caller, _: NoInput, at: Instance) -> dict[str, Any]:
    """What the workspace searches with, for clients that draw a form for it."""
    return {
        "key": "defaultProvider",
        "description": "Default_provider",
        "icon": "search",
        "resultTemplate": "DefaultSearchResultTemplate",
        "supportsSuggestions": False,
        "suggestionItemTemplate": "DefaultSuggestionItemTemplate",
        "settings": {"PageSize": PAGE_SIZE, "GlobalSearchEnabled": bool(at.setting(GLOBAL))},
    }


def _rooms(at: Instance, caller: Caller, rid: str | None) -> list[Document]:
    if rid:
        return [access_room(at, caller, rid).room]
    if not at.setting(GLOBAL):
        return []
    return [row["room"] for row in at.store.subscriptions.with_rooms(caller.uid) if row["room"]]


def _search(
    at: Instance, caller: Caller, rooms: list[Document], text: str, offset: int, count: int
) -> list[Document]:
    query = understood(at, caller, text)
    if query is None or not count or offset > FARTHEST:
        return []
    deadline, wanted = time.monotonic() + PATIENCE, offset + min(count, MOST)
    found: list[Document] = []
    for room in rooms:
        for row in _matching(at, room, query, wanted, deadline):
            found.append(row)
            if len(rooms) == 1 and len(found) >= wanted:
                break
        if time.monotonic() > deadline:
            break
    found.sort(key=lambda row: row["ts"], reverse=query.order < 0)
    return [shown_to(at, row, caller) for row in found[offset:wanted]]


def _matching(
    at: Instance, room: Document, query: Query, wanted: int, deadline: float
) -> Iterator[Document]:
    """At most `wanted` of a room's messages, in the query's order."""
    low = max(query.low, BEGINNING)
    high = min(query.high, newest(room, at.now()), END)
    if query.pattern is None:
        yield from read(
            at.store.messages,
            room,
            low=low,
            high=high,
            order=query.order,
            count=wanted,
            more=query.more,
        )
        return
    found = 0
    for row in _strides(at, room, query, low, high, deadline):
        if _says(row, query.pattern):
            yield row
            found += 1
            if found >= wanted:
                return
        if time.monotonic() > deadline:
            return


def _strides(
    at: Instance,
    room: Document,
    query: Query,
    low: datetime,
    high: datetime,
    deadline: float,
) -> Iterator[Document]:
    """All that may match. What a person wrote as a pattern is never run by the database."""
    while low < high and time.monotonic() < deadline:
        rows = read(
            at.store.messages,
            room,
            low=low,
            high=high,
            order=query.order,
            count=STRIDE,
            more=query.more,
        )
        yield from rows
        if len(rows) < STRIDE:
            return
        if query.order < 0:
            high = rows[-1]["ts"]
        else:
            low = rows[-1]["ts"] + TICK


def _says(row: Document, pattern: re.Pattern[str]) -> bool:
    texts = [row.get("msg"), *(_described(one) for one in row.get("attachments") or ())]
    return any(isinstance(text, str) and pattern.search(text[:TEXT]) for text in texts)


def _described(attachment: object) -> object:
    return attachment.get("description") if isinstance(attachment, dict) else None
