"""Who may read which stream, and in which audience its listeners are found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from contrail.domain.access import Standing, access_room, is_visitor, may_enter
from contrail.domain.instance import Instance
from contrail.domain.listening import needed
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from functions.streamer.emission import (
    EVERYONE,
    MINE,
    MY_MESSAGES,
    NOBODY,
    NOTIFY_ALL,
    NOTIFY_LOGGED,
    NOTIFY_ROOM,
    NOTIFY_USER,
    PRESENCE,
    PRIVATE_SETTINGS,
    ROOM_MESSAGES,
    WEBRTC,
)


@dataclass(frozen=True, slots=True)
class Asking:
    """Who wants to listen. `standings` are theirs in rooms that were looked up beforehand."""

    at: Instance
    caller: Caller
    standings: Mapping[str, Standing] = field(default_factory=dict)


Rule = Callable[[Asking, str, list[Any]], str]


@dataclass(frozen=True, slots=True)
class Stream:
    """`read` gives the audience of an event name or raises `not-allowed`.

    `asks` says that the rule looks at roles, so the caller has to be looked up first: for every
    event, or for those that `asking` names.
    """

    read: Rule
    asks: bool = False
    asking: tuple[str, ...] = ()


def refuse() -> ChatError:
    return ChatError("not-allowed")


def _anyone(by: Asking, event: str, extra: list[Any]) -> str:
    return EVERYONE


def _nobody(by: Asking, event: str, extra: list[Any]) -> str:
    raise refuse()


def _logged(by: Asking, event: str, extra: list[Any]) -> str:
    if not by.caller.logged_in:
        raise refuse()
    return EVERYONE


def _watching(by: Asking, event: str, extra: list[Any]) -> str:
    """Its listeners are each watched person's own: see `watchers`."""
    _logged(by, event, extra)
    return NOBODY


def _needs(stream: str, switch: str = "") -> Rule:
    """One of the stream's permissions, while the setting `switch` is on."""

    def rule(by: Asking, event: str, extra: list[Any]) -> str:
        permissions = needed(stream, event)
        allows = (by.at.allows(by.caller, permission) for permission in permissions)
        if permissions and not any(allows):
            raise refuse()
        if switch and not by.at.setting(switch):
            raise refuse()
        return _logged(by, event, extra)

    return rule


def _own(by: Asking, event: str, extra: list[Any]) -> str:
    uid, _, name = event.partition("/")
    if by.caller.logged_in and uid == by.caller.uid:
        return f"user:{uid}"
    if name == WEBRTC:
        return NOBODY
    raise refuse()


def _room(by: Asking, event: str, extra: list[Any]) -> str:
    rid = event.split("/", maxsplit=1)[0]
    known = by.standings.get(rid)
    if known is None:
        access_room(by.at, by.caller, rid, refuse=refuse())
    elif not may_enter(by.at, by.caller, known):
        raise refuse()
    return f"room:{rid}"


def _in_room(by: Asking, event: str, extra: list[Any]) -> str:
    """Anyone may ask for a call's signals; they go to who may read the room."""
    try:
        return _room(by, event, extra)
    except ChatError:
        if event.partition("/")[2] == WEBRTC:
            return NOBODY
        raise


def _messages(by: Asking, event: str, extra: list[Any]) -> str:
    return MINE if event == MY_MESSAGES else _room(by, event, extra)


def _visitor(by: Asking, event: str, extra: list[Any]) -> str:
    """The visitor of a livechat room shows their token."""
    given = extra[0] if extra and isinstance(extra[0], dict) else {}
    if not is_visitor(by.at.store.rooms.by_id(event) or {}, given.get("visitorToken")):
        raise refuse()
    return f"livechat:{event}"


INQUIRIES, CANNED = "stream-livechat-inquiry-queue-observer", "stream-canned-responses"
HISTORY, STDOUT = "stream-integrationHistory", "stream-stdout"

OF_ROOMS = (ROOM_MESSAGES, NOTIFY_ROOM, "stream-room-data")
"""Streams whose events begin with a room's id."""
STREAMS = {
    ROOM_MESSAGES: Stream(_messages, asks=True),
    NOTIFY_ROOM: Stream(_in_room, asks=True),
    NOTIFY_USER: Stream(_own),
    NOTIFY_LOGGED: Stream(_needs(NOTIFY_LOGGED), asking=(PRIVATE_SETTINGS,)),
    NOTIFY_ALL: Stream(_anyone),
    "stream-roles": Stream(_logged),
    "stream-room-data": Stream(_room, asks=True),
    PRESENCE: Stream(_watching),
    "stream-notify-room-users": Stream(_nobody),
    "stream-livechat-room": Stream(_visitor),
    INQUIRIES: Stream(_needs(INQUIRIES), asks=True),
    CANNED: Stream(_needs(CANNED, "Canned_Responses_Enable"), asks=True),
    HISTORY: Stream(_needs(HISTORY), asks=True),
    "stream-importers": Stream(_anyone),
    STDOUT: Stream(_needs(STDOUT), asks=True),
    "stream-apps": Stream(_anyone),
    "stream-apps-engine": Stream(_nobody),
    "stream-local": Stream(_nobody),
}
