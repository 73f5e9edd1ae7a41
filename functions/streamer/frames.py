"""Frames of one connection, one after the other."""

from __future__ import annotations

import base64
from typing import Any

from contrail.ddp import ejson, frames
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.connections import Connection
from contrail.shapes.ids import random_id
from contrail.shapes.inputs import Input, NoInput
from functions.streamer import methods, subs
from functions.streamer.routes import FRAMES

VERSIONS = ("1", "pre2", "pre1")


class Item(Input):
    """`attributes.event` is CONNECT, MESSAGE or DISCONNECT; a MESSAGE's body is base64."""

    body: str
    group: str
    attributes: dict[str, str]


def opening(caller: Caller, _: NoInput, at: Instance) -> None:
    """`$connect`: nothing can be sent before this has returned, so the greeting is queued."""
    connection = Connection(
        id=caller.connection_id,
        opened_at=int(at.now().timestamp() * 1000),
        address=caller.address,
        user_agent=caller.user_agent,
    )
    at.connections.open(connection)
    at.bus.enqueue(
        FRAMES,
        "opened",
        group=connection.id,
        dedup=f"{connection.id}:opened",
        attributes={"event": "CONNECT", "correlation_id": caller.correlation_id},
    )


def handle(caller: Caller, item: Item, at: Instance) -> None:
    """One queued event of a connection."""
    event = item.attributes.get("event")
    if event == "CONNECT":
        at.sockets.post(item.group, frames.GREETING)
    elif event == "DISCONNECT":
        at.connections.close(item.group)
    else:
        connection = at.connections.get(item.group)
        if connection is None:
            # Its user lost it, or it was given up: a client that still talks should come back.
            at.sockets.close(item.group)
        else:
            _dispatch(caller, connection, base64.b64decode(item.body), at)


def _dispatch(caller: Caller, connection: Connection, text: bytes, at: Instance) -> None:
    try:
        frame = ejson.loads(text)
    except ejson.EJSONError:
        at.sockets.post(connection.id, frames.bad_frame("Parse error"))
        return
    if not isinstance(frame, dict) or not isinstance(frame.get("msg"), str):
        at.sockets.post(connection.id, frames.bad_frame("Bad request", frame))
    elif frame["msg"] == "connect":
        _connect(connection, frame, at)
    elif not connection.session:
        at.sockets.post(connection.id, frames.bad_frame("Must connect first", frame))
    else:
        _run(caller, connection, frame, at)


def _connect(connection: Connection, frame: dict[str, Any], at: Instance) -> None:
    if connection.session:
        at.sockets.post(connection.id, frames.bad_frame("Already connected", frame))
        return
    support = frame.get("support")
    offered = [frame.get("version"), *(support if isinstance(support, list) else ())]
    if not any(version in VERSIONS for version in offered if isinstance(version, str)):
        at.sockets.post(connection.id, frames.failed())
        at.connections.close(connection.id)
        at.sockets.close(connection.id)
        return
    session = random_id()
    if at.connections.save(connection.model_copy(update={"session": session})):
        at.sockets.post(connection.id, frames.connected(session))


def _run(caller: Caller, connection: Connection, frame: dict[str, Any], at: Instance) -> None:
    session = _session(caller, connection)
    kind = frame["msg"]
    if kind == "method":
        methods.run(session, connection, frame, at)
    elif kind == "sub":
        subs.subscribe(session, connection, frame, at)
    elif kind == "unsub":
        subs.unsubscribe(session, connection, frame, at)
    elif kind == "ping":
        at.sockets.post(connection.id, frames.PONG)
    elif kind != "pong":
        at.sockets.post(connection.id, frames.bad_frame("Bad request", frame))


def _session(caller: Caller, connection: Connection) -> Caller:
    """What the connection's record says of its user; the owner of a method checks it."""
    return caller.model_copy(
        update={
            "uid": connection.uid,
            "token_hash": connection.token_hash,
            "connection_id": connection.id,
            "address": connection.address,
            "user_agent": connection.user_agent,
        }
    )
