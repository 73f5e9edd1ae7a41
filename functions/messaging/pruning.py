"""Deleting a room's history between two moments."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pydantic import Field

from contrail.domain import deleting_messages, uploads
from contrail.domain.access import access_room
from contrail.domain.history import END, newest, read
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input, When
from contrail.shapes.rows import Document

BATCH = 100
TICK = timedelta(milliseconds=1)
REFUSED = {"method": "cleanRoomHistory"}
NO_ROOM = 'The required "roomId" param provided does not match any group.'


class Window(Input):
    roomId: str
    latest: When
    oldest: When
    limit: int | None = Field(None, ge=0)
    excludePinned: bool = False
    filesOnly: bool = False
    ignoreThreads: bool = False


class Clean(Window):
    documented = {
        "latest": (None, 'Body parameter "latest" is required.'),
        "oldest": (None, 'Body parameter "oldest" is required.'),
    }
    inclusive: bool = False
    ignoreDiscussion: bool = False
    users: list[str] = []


class CleanOptions(Window):
    inclusive: bool = True
    ignoreDiscussion: bool = True
    fromUsers: list[str] = []


class CleanMethod(Input):
    options: CleanOptions


def clean(caller: Caller, given: Clean, at: Instance) -> dict[str, Any]:
    """`{_id, count}`: the room, and how many messages went."""
    fields = given.model_dump(exclude={"users"})
    wanted = CleanOptions(**fields, fromUsers=given.users)
    return {"_id": given.roomId, "count": _clean(at, caller, wanted)}


def clean_method(caller: Caller, given: CleanMethod, at: Instance) -> int:
    return _clean(at, caller, given.options)


def _clean(at: Instance, caller: Caller, wanted: CleanOptions) -> int:
    refused = ChatError("error-not-allowed", "Not allowed", REFUSED)
    standing = access_room(at, caller, wanted.roomId, refuse=refused)
    if not at.allows(caller, "clean-channel-history", standing.roles):
        raise refused
    return prune(at, caller, standing.room, wanted)


def prune(at: Instance, caller: Caller, room: Document, wanted: CleanOptions) -> int:
    """Delete a room's messages in a window; how many went."""
    low, high = wanted.oldest, min(wanted.latest, newest(room, at.now()))
    if wanted.inclusive:
        high += TICK
    else:
        low = min(low, END) + TICK
    left, cleaned = wanted.limit or 0, 0
    while True:
        # What one batch leaves standing lies behind it: the next one starts at its newest message.
        size = min(BATCH, left - cleaned) if left else BATCH
        rows = _batch(at, room, wanted, low, high, size)
        if rows:
            _remove(at, caller, rows, wanted)
            cleaned += len(rows)
            low = rows[-1]["ts"]
            if wanted.filesOnly:
                low += TICK
        if len(rows) < size or (left and cleaned >= left):
            return cleaned


def _batch(
    at: Instance,
    room: Document,
    wanted: CleanOptions,
    low: datetime,
    high: datetime,
    size: int,
) -> list[Document]:
    """The oldest first. What is shown as deleted already is none of it."""
    more: dict[str, Any] = {"t": {"$ne": deleting_messages.REMOVED}}
    if wanted.excludePinned:
        more["pinned"] = {"$ne": True}
    if wanted.ignoreThreads:
        more |= {"tmid": {"$exists": False}, "tcount": {"$exists": False}}
    if wanted.ignoreDiscussion:
        more["drid"] = {"$exists": False}
    if wanted.filesOnly:
        more["file._id"] = {"$exists": True}
    if wanted.fromUsers:
        more["u.username"] = {"$in": wanted.fromUsers}
    return read(at.store.messages, room, low=low, high=high, order=1, count=size, more=more)


def _remove(at: Instance, caller: Caller, rows: list[Document], wanted: CleanOptions) -> None:
    if wanted.filesOnly:
        uploads.forget(at, rows)
        at.store.message_changes.remove_files([row["_id"] for row in rows], at.now())
        return
    pruned = {
        "excludePinned": wanted.excludePinned,
        "ignoreDiscussion": wanted.ignoreDiscussion,
        "ts": {"$gte" if wanted.inclusive else "$gt": wanted.oldest},
        "users": wanted.fromUsers,
    }
    deleting_messages.remove(at, caller, rows, pruned=pruned)
