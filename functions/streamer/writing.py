"""Writes of clients to streams. Refused ones answer like accepted ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from contrail.api.limits import of_method
from contrail.domain.access import access_room, readable
from contrail.domain.instance import Instance
from contrail.domain.sessions import authenticate_session
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, TooManyRequests
from contrail.shapes.facts import StreamWritten
from contrail.shapes.ids import random_id
from contrail.shapes.rows import Document
from functions.streamer import signals
from functions.streamer.emission import NOTIFY_ROOM, NOTIFY_ROOM_USERS, NOTIFY_USER, WEBRTC

TYPING = "user-typing"
ACTIVITY, LEGACY = "user-activity", "typing"


def write(caller: Caller, stream: str, params: list[Any], at: Instance) -> None:
    """Hand an accepted write on to every other listener of the event.

    Raises `TooManyRequests`.
    """
    accept = ACCEPTS.get(stream)
    if accept is None or not caller.logged_in or not params or not isinstance(params[0], str):
        return
    try:
        writer = authenticate_session(at, caller)
        of_method(at, writer, stream, None)
        accept(at, writer, params[0], params[1:])
    except TooManyRequests:
        raise
    except ChatError:
        return


def _in_room(at: Instance, writer: Caller, event: str, args: list[Any]) -> None:
    rid, _, name = event.partition("/")
    if name not in (ACTIVITY, LEGACY, WEBRTC):
        return
    known_as = writer.name if at.setting("UI_Use_Real_Name") else writer.username
    if name == WEBRTC:
        sent = [(name, args)] if signals.shallow(args) else []
    else:
        sent = _both(name, args) if args[:1] == [known_as] else []
    if sent:
        room = access_room(at, writer, rid).room
        at.publish(*(_written(writer, room, one, its) for one, its in sent))


ACCEPTS: dict[str, Callable[[Instance, Caller, str, list[Any]], None]] = {
    NOTIFY_ROOM: _in_room,
    NOTIFY_USER: signals.to_person,
    NOTIFY_ROOM_USERS: signals.to_others,
}
"""By stream, what takes an event and its arguments; all others take no writes."""


def _both(event: str, args: list[Any]) -> list[tuple[str, list[Any]]]:
    """Old clients speak of typing, new ones of activity: each hears the other.

    Only what these events are made of goes on: listeners get nothing else that a client wrote.
    """
    who, what, more = (*args[:3], None, None, None)[:3]
    if event == LEGACY:
        activities = [TYPING] if what is True else []
    else:
        given = what if isinstance(what, list) else []
        activities = [name for name in given if isinstance(name, str)]
    where: list[Any] = []
    if isinstance(more, dict):
        where = [{"tmid": more["tmid"]} if isinstance(more.get("tmid"), str) else {}]
    activity = (ACTIVITY, [who, activities, *where])
    typing = (LEGACY, [who, TYPING in activities])
    # What the client wrote comes first.
    return [typing, activity] if event == LEGACY else [activity, typing]


def _written(writer: Caller, room: Document, event: str, args: list[Any]) -> StreamWritten:
    return StreamWritten(
        room=readable(room),
        stream=NOTIFY_ROOM,
        event=f"{room['_id']}/{event}",
        args=args,
        origin=writer.connection_id,
        nonce=random_id(),
        correlation_id=writer.correlation_id,
    )
