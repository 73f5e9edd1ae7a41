"""Writes of clients to streams: typing and activity. Refused ones answer like accepted ones."""

from __future__ import annotations

from typing import Any

from contrail.api.limits import of_method
from contrail.domain.access import access_room
from contrail.domain.instance import Instance
from contrail.domain.sessions import authenticate_session
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, TooManyRequests
from contrail.shapes.facts import StreamWritten
from contrail.shapes.ids import random_id
from contrail.shapes.rows import Document

NOTIFY_ROOM = "stream-notify-room"
TYPING = "user-typing"
OFTEN = 4
"""Times as many writes as calls of a method, in as much more time."""


def write(caller: Caller, stream: str, params: list[Any], at: Instance) -> None:
    """Hand an accepted write on to every other listener of the event.

    Raises `TooManyRequests`.
    """
    if stream != NOTIFY_ROOM or not params or not isinstance(params[0], str):
        return
    rid, _, event = params[0].partition("/")
    if event not in ("user-activity", "typing") or not caller.logged_in:
        return
    sent = _both(event, params[1:])
    try:
        writer = authenticate_session(at, caller)
        of_method(at, writer, stream, None, times=OFTEN)
        room = access_room(at, writer, rid).room
    except TooManyRequests:
        raise
    except ChatError:
        return
    known_as = writer.name if at.setting("UI_Use_Real_Name") else writer.username
    if params[1:2] != [known_as]:
        return
    at.publish(*(_written(writer, room, name, args) for name, args in sent))


def _both(event: str, args: list[Any]) -> list[tuple[str, list[Any]]]:
    """Old clients speak of typing, new ones of activity: each hears the other.

    Only what these events are made of goes on: listeners get nothing else that a client wrote.
    """
    who, what, more = (*args[:3], None, None, None)[:3]
    if event == "typing":
        activities = [TYPING] if what is True else []
    else:
        given = what if isinstance(what, list) else []
        activities = [name for name in given if isinstance(name, str)]
    where: list[Any] = []
    if isinstance(more, dict):
        where = [{"tmid": more["tmid"]} if isinstance(more.get("tmid"), str) else {}]
    activity = ("user-activity", [who, activities, *where])
    typing = ("typing", [who, TYPING in activities])
    # What the client wrote comes first.
    return [typing, activity] if event == "typing" else [activity, typing]


def _written(writer: Caller, room: Document, event: str, args: list[Any]) -> StreamWritten:
    return StreamWritten(
        room={key: room[key] for key in ("_id", "t", "teamId") if key in room},
        stream=NOTIFY_ROOM,
        event=f"{room['_id']}/{event}",
        args=args,
        origin=writer.connection_id,
        nonce=random_id(),
        correlation_id=writer.correlation_id,
    )
