"""History as DDP clients load it, and single messages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from contrail.domain.access import access_room
from contrail.domain.history import END, NO_THREADS, hidden_types, newest, read
from contrail.domain.instance import Instance
from contrail.domain.messages import shown_to
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input, When
from contrail.shapes.rows import Document

MOST = 100
MOST_MISSED = 1_000
"""What loadMissedMessages answers with at most: clients that were away for longer load history."""
TICK = timedelta(milliseconds=1)


class LoadHistory(Input):
    rid: str
    end: When | None = None
    limit: int = Field(20, ge=1)
    ls: When | None = None
    showThreadMessages: bool = True


class LoadMissed(Input):
    rid: str
    start: When


class LoadNext(Input):
    rid: str
    end: When | None = None
    limit: int = Field(20, ge=1)
    showThreadMessages: bool = True


class Around(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)
    id: str = Field(alias="_id")


class LoadSurrounding(Input):
    message: Around
    limit: int = Field(50, ge=1)
    showThreadMessages: bool = True


class WhichMessages(Input):
    messages: list[str] = Field(max_length=1000)


class WhichMessage(Input):
    mid: str


def load_history(caller: Caller, wanted: LoadHistory, at: Instance) -> dict[str, Any] | bool:
    """`{messages, firstUnread?, unreadNotLoaded}` before `end`, newest first; false without access.

    `ls` is when the client last read: what lies between it and the page is counted.
    """
    try:
        room = access_room(at, caller, wanted.rid).room
    except ChatError:
        return False
    more = _not_hidden(at, room)
    if not wanted.showThreadMessages:
        more.update(NO_THREADS)
    high = wanted.end or newest(room, at.now())
    store = at.store.messages
    rows = read(store, room, high=high, count=min(wanted.limit, MOST), more=more)
    answer: dict[str, Any] = {
        "messages": [shown_to(at, row, caller) for row in rows],
        "unreadNotLoaded": 0,
    }
    if wanted.ls is not None and rows and rows[-1]["ts"] > wanted.ls:
        first = rows[-1]["ts"]
        unread = store.count_between(room["_id"], wanted.ls + TICK, first, more)
        answer["unreadNotLoaded"] = unread
        oldest = read(store, room, low=wanted.ls + TICK, high=high, order=1, count=1, more=more)
        answer["firstUnread"] = shown_to(at, oldest[0], caller)
    return answer


def load_missed(caller: Caller, wanted: LoadMissed, at: Instance) -> list[Document] | bool:
    """What came after `start`, the newest first; false without access."""
    if not wanted.rid:
        raise ChatError("error-invalid-room", "Invalid room", {"method": "loadMissedMessages"})
    try:
        room = access_room(at, caller, wanted.rid).room
    except ChatError:
        return False
    low, high = min(wanted.start, END) + TICK, newest(room, at.now())
    rows = read(
        at.store.messages, room, low=low, high=high, count=MOST_MISSED, more=_not_hidden(at, room)
    )
    return [shown_to(at, row, caller) for row in rows]


def load_next(caller: Caller, wanted: LoadNext, at: Instance) -> dict[str, Any]:
    """`{messages}` after `end`, the oldest first; without `end` the newest ones."""
    refused = ChatError("error-not-allowed", "Not allowed", {"method": "loadNextMessages"})
    room = access_room(at, caller, wanted.rid, refuse=refused).room
    more, high = _not_hidden(at, room), newest(room, at.now())
    if not wanted.showThreadMessages:
        more.update(NO_THREADS)
    count = min(wanted.limit, MOST)
    if wanted.end is None:
        rows = read(at.store.messages, room, high=high, count=count, more=more)[::-1]
    else:
        low = min(wanted.end, END) + TICK
        rows = read(at.store.messages, room, low=low, high=high, order=1, count=count, more=more)
    return {"messages": [shown_to(at, row, caller) for row in rows]}


def load_surrounding(
    caller: Caller, wanted: LoadSurrounding, at: Instance
) -> dict[str, Any] | bool:
    """`{messages, moreBefore, moreAfter}`; false for a message that is not there.

    Older ones, the newest of those first; the message; newer ones, the oldest of those first.
    """
    message = at.store.messages.by_id(wanted.message.id)
    if message is None or message.get("_hidden"):
        return False
    try:
        room = access_room(at, caller, message["rid"]).room
    except ChatError:
        return False
    more, half = _not_hidden(at, room), max(min(wanted.limit, MOST) - 1, 0) // 2
    if not wanted.showThreadMessages:
        more.update(NO_THREADS)
    store, ts = at.store.messages, message["ts"]
    older = read(store, room, high=ts, count=half + 1, more=more)
    high = newest(room, at.now())
    newer = read(store, room, low=ts + TICK, high=high, order=1, count=half + 1, more=more)
    rows = [*older[:half], message, *newer[:half]]
    return {
        "messages": [shown_to(at, row, caller) for row in rows],
        "moreBefore": len(older) > half,
        "moreAfter": len(newer) > half,
    }


def by_ids(caller: Caller, which: WhichMessages, at: Instance) -> list[Document]:
    """Raises when any of them is in a room that is closed to the caller. A command a room."""
    rows = at.store.message_lists.by_ids(which.messages)
    refused = ChatError("error-not-allowed", "Not allowed", {"method": "getMessages"})
    for rid in {row["rid"] for row in rows}:
        access_room(at, caller, rid, refuse=refused)
    return [shown_to(at, row, caller) for row in rows]


def single(caller: Caller, which: WhichMessage, at: Instance) -> Document | None:
    message = at.store.messages.by_id(which.mid)
    if message is None or message.get("_hidden"):
        return None
    refused = ChatError("error-not-allowed", "Not allowed", {"method": "getSingleMessage"})
    access_room(at, caller, message["rid"], refuse=refused)
    return shown_to(at, message, caller)


def _not_hidden(at: Instance, room: Document) -> Document:
    hidden = hidden_types(at, room)
    return {"t": {"$nin": hidden}} if hidden else {}
