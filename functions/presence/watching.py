"""Looking after connections: those that died without a word, those idle, and those too old.

Each person's are looked at every few minutes. To a connection that is silent a ping is posted;
if it is still silent at the next look, nobody is there any more.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta

from contrail.domain import presence
from contrail.domain.instance import Instance
from contrail.domain.presence import QUIET
from contrail.shapes.caller import Caller
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document
from functions.presence.broadcast import cut_off

AT_ONCE = 500
"""People whose connections are looked at in one go."""
PING = '{"msg":"ping"}'
OLDEST, SPREAD = 115 * 60, 30 * 60
"""Seconds: the gateway ends connections after two hours. They go before, and not all at once."""


class Look(Input):
    """`everyone`: also at those who were looked at a moment ago."""

    everyone: bool = False


def look(caller: Caller, wanted: Look, at: Instance) -> None:
    """Schedule."""
    now = at.now()
    for sessions in at.store.presence.due(now + QUIET * wanted.everyone, AT_ONCE):
        left = list(_look_at(caller, sessions, at, now))
        again = now + QUIET if left else None
        at.store.presence.looked(sessions["_id"], sessions["_contrail"]["due"], again)
    cut_off(caller, at)


def _look_at(caller: Caller, sessions: Document, at: Instance, now: datetime) -> Iterator[str]:
    """The ids of the connections that are still there."""
    for one in sessions["connections"]:
        connection_id = one["id"]
        try:
            active = at.sockets.last_active(connection_id)
        except OSError:
            # Nothing is known of it now; it is looked at again.
            yield connection_id
            continue
        if active is None or now - active > 2 * QUIET:
            at.connections.close(connection_id)
            at.sockets.close(connection_id)
            presence.note(at, caller, sessions["_id"], connection_id, "gone")
            continue
        if now - one["_createdAt"] > life(connection_id):
            at.sockets.close(connection_id)
        elif now - active > QUIET:
            at.sockets.post(connection_id, PING)
        yield connection_id


def life(connection_id: str) -> timedelta:
    """How long a connection lasts at most: the same for one, spread over all of them."""
    return timedelta(seconds=OLDEST - zlib.crc32(connection_id.encode()) % SPREAD)
