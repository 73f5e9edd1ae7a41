"""History as DDP clients load it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pydantic import Field

from contrail.domain.access import access_room
from contrail.domain.history import hidden_types, newest, read
from contrail.domain.instance import Instance
from contrail.domain.messages import shown_to
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input, When

MOST = 100
TICK = timedelta(milliseconds=1)


class LoadHistory(Input):
    rid: str
    end: When | None = None
    limit: int = Field(20, ge=1)
    ls: When | None = None
    showThreadMessages: bool = True


def load_history(caller: Caller, wanted: LoadHistory, at: Instance) -> dict[str, Any] | bool:
    """`{messages, firstUnread?, unreadNotLoaded}` before `end`, newest first; false without access.

    `ls` is when the client last read: what lies between it and the page is counted.
    """
    try:
        room = access_room(at, caller, wanted.rid).room
    except ChatError:
        return False
    more: dict[str, Any] = {}
    if not wanted.showThreadMessages:
        more["$or"] = [{"tmid": {"$exists": False}}, {"tshow": True}]
    hidden = hidden_types(at, room)
    if hidden:
        more["t"] = {"$nin": hidden}
    high = wanted.end or newest(room, at.now())
    store = at.store.messages
    rows = read(store, room, high=high, count=min(wanted.limit, MOST), more=more)
    answer: dict[str, Any] = {
        "messages": [shown_to(row, caller) for row in rows],
        "unreadNotLoaded": 0,
    }
    if wanted.ls is not None and rows and rows[-1]["ts"] > wanted.ls:
        first = rows[-1]["ts"]
        unread = store.count_between(room["_id"], wanted.ls + TICK, first, more)
        answer["unreadNotLoaded"] = unread
        oldest = read(store, room, low=wanted.ls + TICK, high=high, order=1, count=1, more=more)
        answer["firstUnread"] = shown_to(oldest[0], caller)
    return answer
