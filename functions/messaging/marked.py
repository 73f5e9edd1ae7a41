"""Lists of a room's messages that stand out: pinned, starred, mentioning, discussions, deleted."""

from __future__ import annotations

from typing import Any

from contrail.domain.access import access_room
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Listed, When
from contrail.shapes.rows import Document
from contrail.store.message_lists import DISCUSSIONS, PINNED, mentioning, starred
from contrail.store.patterns import containing
from functions.messaging.paging import page_of

NO_ROOM = ("error-invalid-params", 'The required "roomId" query param is missing.')
NEWEST = [("ts", -1)]
NO_SINCE = 'The required "since" query param is missing.'
INVALID_SINCE = 'The "since" query parameter must be a valid date.'


class OfRoom(Listed):
    documented = {"roomId": NO_ROOM}
    roomId: str


class Pinned(Listed):
    documented = {
        "roomId": (
            "error-roomId-param-not-provided",
            'The required "roomId" query param is missing.',
        )
    }
    roomId: str


class Discussions(OfRoom):
    text: str = ""


class Deleted(Listed):
    documented = {
        "roomId": (NO_ROOM[1], f"[{NO_ROOM[1]}]", True),
        "since": (INVALID_SINCE, f"[{INVALID_SINCE}]", True),
    }
    roomId: str
    since: When | None = None


def pinned(caller: Caller, wanted: Pinned, at: Instance) -> dict[str, Any]:
    refused = ChatError("error-not-allowed", "Not allowed")
    access_room(at, caller, wanted.roomId, refuse=refused)
    return _page(at, caller, wanted, PINNED, wanted.query)


def mentioned(caller: Caller, wanted: OfRoom, at: Instance) -> dict[str, Any]:
    access_room(at, caller, wanted.roomId)
    return _page(at, caller, wanted, mentioning(caller.username), wanted.query)


def own_stars(caller: Caller, wanted: OfRoom, at: Instance) -> dict[str, Any]:
    access_room(at, caller, wanted.roomId)
    return _page(at, caller, wanted, starred(caller.uid), wanted.query)


def discussions(caller: Caller, wanted: Discussions, at: Instance) -> dict[str, Any]:
    access_room(at, caller, wanted.roomId)
    more = {"msg": containing(wanted.text)} if wanted.text else {}
    return _page(at, caller, wanted, DISCUSSIONS, {**wanted.query, **more})


def deleted(caller: Caller, wanted: Deleted, at: Instance) -> dict[str, Any]:
    """`{messages: [{_id}], count, offset, total}`, the oldest first."""
    if wanted.since is None:
        raise ChatError(NO_SINCE)
    access_room(at, caller, wanted.roomId)
    store = at.store.tombstones
    rows = store.window(
        wanted.roomId, wanted.since, None, 1, wanted.offset, wanted.count, {"_id": 1}
    )
    total = store.count(wanted.roomId, wanted.since)
    return {"messages": rows, "count": len(rows), "offset": wanted.offset, "total": total}


def _page(
    at: Instance,
    caller: Caller,
    wanted: OfRoom | Pinned,
    found_by: Document,
    more: Document,
) -> dict[str, Any]:
    more = {**more, "rid": wanted.roomId}
    return page_of(at, caller, found_by, more, wanted, "messages", NEWEST)
