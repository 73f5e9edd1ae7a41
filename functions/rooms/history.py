"""Messages of a room, by page and by time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar

import orjson
from bson.raw_bson import RawBSONDocument
from pydantic import Field, field_validator

from contrail.domain.access import Standing, access_room
from contrail.domain.history import BEGINNING, END, NO_THREADS, hidden_types, newest, read
from contrail.domain.instance import Instance
from contrail.domain.kept import as_json
from contrail.domain.messages import shown_to
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, Forbidden
from contrail.shapes.inputs import Input, Listed, When
from contrail.shapes.rows import Document
from contrail.store.messages import Row, Windows, taken_apart
from functions.rooms.finding import (
    GROUP_NOT_NAMED,
    NOT_NAMED,
    ROOM_ID_MISSING,
    RoomId,
    WhichChannel,
    WhichDirect,
    WhichGroup,
    access_channel,
    access_direct,
    access_group,
)
from functions.rooms.showing import narrowed

TICK = timedelta(milliseconds=1)
MOST = 100
INVALID_DATE = ("error-invalid-date", "Invalid date")


class Page(Listed):
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


class ChannelPage(WhichChannel, Page):
    documented: ClassVar = {"": ROOM_ID_MISSING}


class GroupPage(WhichGroup, Page): ...


class DirectPage(WhichDirect, Page): ...


class OthersPage(Listed):
    documented: ClassVar = {
        "roomId": ("error-roomid-param-not-provided", 'The parameter "roomId" is required')
    }
    roomId: str


class Between(Listed):
    latest: When | None = None
    oldest: When | None = None
    inclusive: bool = False
    unreads: bool = False
    showThreadMessages: bool = False


class ChannelBetween(WhichChannel, Between):
    documented: ClassVar = {"": NOT_NAMED, "latest": INVALID_DATE, "oldest": INVALID_DATE}


class GroupBetween(WhichGroup, Between):
    documented: ClassVar = {"": GROUP_NOT_NAMED, "latest": INVALID_DATE, "oldest": INVALID_DATE}


class DirectBetween(RoomId, Between):
    documented: ClassVar = {"latest": INVALID_DATE, "oldest": INVALID_DATE}


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


class Mentions(RoomId, Listed): ...


class MentionOptions(Input):
    limit: int = Field(default=50, ge=1)
    skip: int = Field(default=0, ge=0)


class MentionsIn(Input):
    roomId: str
    options: MentionOptions = MentionOptions()


class MentionsMethod(Input):
    data: MentionsIn


def channel_messages(caller: Caller, page: ChannelPage, at: Instance) -> dict[str, Any]:
    return _messages(caller, page, access_channel(at, caller, page).room, at)


def group_messages(caller: Caller, page: GroupPage, at: Instance) -> dict[str, Any]:
    return _messages(caller, page, access_group(at, caller, page).room, at)


def direct_messages(caller: Caller, page: DirectPage, at: Instance) -> dict[str, Any]:
    return _messages(caller, page, access_direct(at, caller, page).room, at)


def others_messages(caller: Caller, page: OthersPage, at: Instance) -> dict[str, Any]:
    """Of any direct room, for administrators, where the workspace allows it."""
    if not at.allows(caller, "view-room-administration"):
        raise Forbidden
    if not at.setting("API_Enable_Direct_Message_History_EndPoint"):
        details = {"route": "/api/v1/im.messages.others"}
        raise ChatError("error-endpoint-disabled", "This endpoint is disabled", details)
    room = at.store.rooms.by_id(page.roomId)
    if room is None or room["t"] != "d":
        reason = f"No direct message room found by the id of: {page.roomId}"
        raise ChatError("error-room-not-found", reason)
    return _page(caller, page, room, at, {})


def anonymous_messages(caller: Caller, page: ChannelPage, at: Instance) -> dict[str, Any]:
    """Of a public channel, for whoever asks, where the workspace allows it."""
    if not at.setting("Accounts_AllowAnonymousRead"):
        details = {"method": "channels.anonymousread"}
        raise ChatError("error-not-allowed", 'Enable "Allow Anonymous Read"', details)
    return _messages(caller, page, access_channel(at, caller, page).room, at)


def _messages(caller: Caller, page: Page, room: Document, at: Instance) -> dict[str, Any]:
    """`{messages, count, offset, total}`; without filters `total` is the room's own count."""
    more = dict(page.query)
    if page.mentionIds:
        more["mentions._id"] = {"$in": page.mentionIds}
    if page.starredIds:
        more["starred._id"] = {"$in": page.starredIds}
    if page.pinned is not None:
        more["pinned"] = True if page.pinned else {"$ne": True}
    return _page(caller, page, room, at, more)


def _page(
    caller: Caller, page: Listed, room: Document, at: Instance, more: Document
) -> dict[str, Any]:
    order = page.sort[0][1] if page.sort else -1
    rows = read(
        at.store.messages.raw, room, order=order, offset=page.offset, count=page.count, more=more
    )
    total = at.store.messages.count_in(room["_id"], more) if more else int(room.get("msgs") or 0)

    def shown(row: RawBSONDocument) -> Any:
        if not page.fields:
            return as_json(at, row, caller)
        return narrowed(shown_to(at, taken_apart(bytes(row.raw)), caller), page.fields)

    answer = {"count": len(rows), "offset": page.offset, "total": total}
    return {"messages": [shown(row) for row in rows], **answer}


def channel_mentions(caller: Caller, page: Mentions, at: Instance) -> dict[str, Any]:
    """`{mentions, count, offset, total}`: messages that mention the caller, oldest first."""
    room = access_room(at, caller, page.roomId, refuse=_invalid_room()).room
    more, order = {"mentions._id": caller.uid}, page.sort[0][1] if page.sort else 1
    rows = read(
        at.store.messages, room, order=order, offset=page.offset, count=page.count, more=more
    )
    total = at.store.messages.count_in(room["_id"], more)
    mentions = [shown_to(at, row, caller) for row in rows]
    return {"mentions": mentions, "count": len(rows), "offset": page.offset, "total": total}


def mentions_method(caller: Caller, wanted: MentionsMethod, at: Instance) -> list[Document]:
    room = access_room(at, caller, wanted.data.roomId, refuse=_invalid_room()).room
    limit, skip = min(wanted.data.options.limit, MOST), wanted.data.options.skip
    more = {"mentions._id": caller.uid}
    rows = read(at.store.messages, room, offset=skip, count=limit, more=more)
    return [shown_to(at, row, caller) for row in rows]


def _invalid_room() -> ChatError:
    return ChatError("error-invalid-room", "Invalid room", {"method": "getUserMentionsByChannel"})


def channel_history(caller: Caller, wanted: ChannelBetween, at: Instance) -> dict[str, Any]:
    return _ordered(caller, access_channel(at, caller, wanted), wanted, at)


def group_history(caller: Caller, wanted: GroupBetween, at: Instance) -> dict[str, Any]:
    return _ordered(caller, access_group(at, caller, wanted), wanted, at)


def direct_history(caller: Caller, wanted: DirectBetween, at: Instance) -> dict[str, Any]:
    standing = access_direct(at, caller, WhichDirect(roomId=wanted.roomId))
    return _ordered(caller, standing, wanted, at)


def _ordered(caller: Caller, standing: Standing, wanted: Between, at: Instance) -> dict[str, Any]:
    """`{messages, firstUnread?, unreadNotLoaded?}`, newest first unless `sort` says otherwise."""
    order = wanted.sort[0][1] if wanted.sort else -1
    return _history(caller, standing, wanted, at, at.store.messages.raw, as_json, order)


def history_method(caller: Caller, given: HistoryMethod, at: Instance) -> dict[str, Any] | bool:
    """DDP getChannelHistory: false for a room one may not see."""
    try:
        standing = access_room(at, caller, given.options.rid)
    except ChatError:
        return False
    return _history(caller, standing, given.options, at, at.store.messages, shown_to)


def _history(
    caller: Caller,
    standing: Standing,
    wanted: Between | BetweenOptions,
    at: Instance,
    messages: Windows[Row],
    show: Callable[[Instance, Row, Caller], Any],
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
        messages,
        room,
        low=low,
        high=high,
        order=order,
        offset=wanted.offset,
        count=min(wanted.count, MOST),
        more=more,
    )
    answer: dict[str, Any] = {"messages": [show(at, row, caller) for row in rows]}
    if wanted.unreads and rows:
        oldest = min(row["ts"] for row in rows)
        before = messages.count_between(room["_id"], low, oldest, more)
        first = read(messages, room, low=low, high=high, order=1, count=1, more=more)
        answer["unreadNotLoaded"] = before
        answer["firstUnread"] = show(at, first[0], caller) if before else None
    return {key: value for key, value in answer.items() if value is not None}
