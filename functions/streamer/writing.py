"""Writes of clients to streams: typing and activity. Refused ones answer like accepted ones."""

from __future__ import annotations

from typing import Any

from contrail.domain.access import access_room
from contrail.domain.instance import Instance
from contrail.domain.sessions import authenticate_session
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.facts import StreamWritten
from contrail.shapes.ids import random_id

NOTIFY_ROOM = "stream-notify-room"


def write(caller: Caller, stream: str, params: list[Any], at: Instance) -> None:
    """Hand an accepted write on to every other listener of the event."""
    if stream != NOTIFY_ROOM or not params or not isinstance(params[0], str):
        return
    rid, _, event = params[0].partition("/")
    args = params[1:]
    if event not in ("user-activity", "typing") or not caller.logged_in or not args:
        return
    try:
        writer = authenticate_session(at, caller)
        access_room(at, writer, rid)
    except ChatError:
        return
    known_as = writer.name if at.setting("UI_Use_Real_Name") else writer.username
    if args[0] != known_as:
        return
    at.publish(*(_written(writer, rid, name, sent) for name, sent in _both(event, args)))


def _both(event: str, args: list[Any]) -> list[tuple[str, list[Any]]]:
    """Old clients speak of typing, new ones of activity: each hears the other."""
    if event == "typing":
        typing = len(args) > 1 and args[1] is True
        return [(event, args), ("user-activity", [args[0], ["user-typing"] if typing else []])]
    activities = args[1] if len(args) > 1 and isinstance(args[1], list) else []
    return [(event, args), ("typing", [args[0], "user-typing" in activities])]


def _written(writer: Caller, rid: str, event: str, args: list[Any]) -> StreamWritten:
    return StreamWritten(
        audience=f"room:{rid}",
        stream=NOTIFY_ROOM,
        event=f"{rid}/{event}",
        args=args,
        origin=writer.connection_id,
        nonce=random_id(),
        correlation_id=writer.correlation_id,
    )
