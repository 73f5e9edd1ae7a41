"""Lists of rooms: all there are, and one's own."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from contrail.domain.instance import Instance
from contrail.domain.wire import public_room
from contrail.shapes.caller import Caller
from contrail.shapes.errors import Forbidden
from contrail.shapes.inputs import Input, Listed
from contrail.shapes.rows import Document
from functions.rooms.showing import narrowed

LISTABLE = 500
BY_NAME = [("name", 1)]


class Channels(Listed):
    id: str = Field("", alias="_id")


class Mine(Listed):
    """All is in the paging parameters."""


class Every(Listed):
    """All is in the paging parameters."""


class ListMethod(Input):
    filter: str = ""
    channelType: str = ""
    limit: int = Field(LISTABLE, ge=1, le=LISTABLE)
    sort: str = "name"


def channels(caller: Caller, page: Channels, at: Instance) -> dict[str, Any]:
    """All public channels with view-c-room, else those one has joined."""
    more = {"$and": [page.query, {"_id": page.id}]} if page.id else page.query
    if not at.allows(caller, "view-c-room"):
        if not at.allows(caller, "view-joined-room"):
            raise Forbidden
        return _joined(at, caller, page, "c", "channels", more)
    mine = at.store.room_lists.rids_of(caller.uid)
    match = {"$and": [more, at.store.rooms.channels(mine, everything=True)]}
    return _page(at, caller, page, match, "channels")


def channels_joined(caller: Caller, page: Mine, at: Instance) -> dict[str, Any]:
    return _joined(at, caller, page, "c", "channels", page.query)


def groups(caller: Caller, page: Mine, at: Instance) -> dict[str, Any]:
    return _joined(at, caller, page, "p", "groups", page.query)


def groups_all(caller: Caller, page: Every, at: Instance) -> dict[str, Any]:
    """Every private group of the workspace, for its administrators."""
    if not at.allows(caller, "view-room-administration"):
        raise Forbidden
    return _page(at, caller, page, {"$and": [page.query, {"t": "p"}]}, "groups")


def directs(caller: Caller, page: Mine, at: Instance) -> dict[str, Any]:
    return _joined(at, caller, page, "d", "ims", page.query)


def directs_all(caller: Caller, page: Every, at: Instance) -> dict[str, Any]:
    """Every direct room of the workspace, for its administrators."""
    if not at.allows(caller, "view-room-administration"):
        raise Forbidden
    return _page(at, caller, page, {"$and": [page.query, {"t": "d"}]}, "ims")


def _page(at: Instance, caller: Caller, page: Listed, match: Document, key: str) -> dict[str, Any]:
    sort = page.sort or BY_NAME
    rows, total = at.store.room_lists.page(match, sort, page.offset, page.count)
    return _answer(caller, page, key, rows, total)


def _joined(
    at: Instance, caller: Caller, page: Listed, kind: str, key: str, more: Document
) -> dict[str, Any]:
    rows, total = at.store.room_lists.joined(
        caller.uid, (kind,), more, page.sort or BY_NAME, page.offset, page.count
    )
    return _answer(caller, page, key, rows, total)


def _answer(
    caller: Caller, page: Listed, key: str, rows: list[Document], total: int
) -> dict[str, Any]:
    shown = [narrowed(public_room(row, caller.uid), page.fields) for row in rows]
    return {key: shown, "count": len(rows), "offset": page.offset, "total": total}


def list_method(caller: Caller, wanted: ListMethod, at: Instance) -> dict[str, Any]:
    """DDP channelsList: `{channels: [{_id, name, t}]}`."""
    mine = at.store.room_lists.rids_of(caller.uid)
    kinds = {"": ("c", "p"), "public": ("c",), "private": ("p",)}.get(wanted.channelType, ())
    everything = at.allows(caller, "view-c-room")
    sort = [("msgs", -1)] if wanted.sort == "msgs" else [("name", 1)]
    rows = at.store.rooms.named(
        wanted.filter, kinds, mine, everything=everything, sort=sort, limit=wanted.limit
    )
    return {"channels": rows}
