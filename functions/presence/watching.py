"""Looking after connections: those that died without a word, those idle, and those too old.

Each person's are looked at every few minutes, and those on which nobody has logged in with them.
To a connection that is silent a ping is posted; if it is still silent at the next look, nobody is
there any more.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from contrail.domain import presence
from contrail.domain.instance import Instance
from contrail.domain.presence import QUIET
from contrail.shapes.caller import Caller
from contrail.shapes.inputs import Input
from functions.presence.broadcast import cut_off

AT_ONCE = 500
"""People whose connections are looked at in one go."""
ASKED_AT_ONCE = 16
"""Connections that the gateway is asked about at the same time."""
PATIENCE = 15.0
"""Seconds in which another go is begun: what is left then is due in the next minute."""
MOMENT = timedelta(milliseconds=1)
"""Whoever was looked at is not due again in the same go."""
PING = '{"msg":"ping"}'
OLDEST, SPREAD = 115 * 60, 30 * 60
"""Seconds: the gateway ends connections after two hours. They go before, and not all at once."""


class Look(Input):
    """`everyone`: also at those who were looked at a moment ago."""

    everyone: bool = False


@dataclass(frozen=True, slots=True)
class Open:
    """A connection that is thought to be open. `uid` is empty while nobody is logged in on it."""

    id: str
    uid: str
    since: datetime


def look(caller: Caller, wanted: Look, at: Instance) -> None:
    """Schedule."""
    began, now = time.monotonic(), at.now()
    again = now + QUIET + MOMENT
    _look_at(caller, list(_strangers(at, now)), at, now)
    while True:
        due = at.store.presence.due(now + QUIET * wanted.everyone, AT_ONCE)
        known = [
            Open(one["id"], sessions["_id"], one["_createdAt"])
            for sessions in due
            for one in sessions["connections"]
        ]
        left = {one.uid for one in _look_at(caller, known, at, now)}
        at.store.presence.looked(
            (sessions, again if sessions["_id"] in left else None) for sessions in due
        )
        if len(due) < AT_ONCE or time.monotonic() - began > PATIENCE:
            break
    cut_off(caller, at)


def _strangers(at: Instance, now: datetime) -> Iterator[Open]:
    """Connections on which nobody has logged in for a while."""
    audience, found = presence.STRANGERS, 0
    for shard in at.connections.occupied(audience):
        for listener in at.connections.listeners(audience, shard):
            connection = at.connections.get(listener.connection_id)
            if connection is None or connection.uid:
                continue
            since = datetime.fromtimestamp(connection.opened_at / 1000, UTC)
            if now - since > QUIET and found < AT_ONCE:
                found += 1
                yield Open(connection.id, "", since)


def _look_at(caller: Caller, known: Sequence[Open], at: Instance, now: datetime) -> list[Open]:
    """Those that are still there, or of which nothing can be said now."""
    left: list[Open] = []
    pings: list[tuple[str, str]] = []
    by_id = {one.id: one for one in known}
    for one, active, is_known in _asked(known, at):
        if not is_known:
            # Nothing is known of it now; it is looked at again.
            left.append(one)
        elif active is None or now - active > 2 * QUIET:
            at.sockets.close(one.id)
            _end(caller, one, at)
        else:
            left.append(one)
            if now - one.since > life(one.id):
                at.sockets.close(one.id)
            elif now - active > QUIET:
                pings.append((one.id, PING))
    for connection_id in at.sockets.post_all(pings):
        _end(caller, by_id[connection_id], at)
    return left


def _end(caller: Caller, one: Open, at: Instance) -> None:
    at.connections.close(one.id)
    if one.uid:
        presence.note(at, caller, one.uid, one.id, "gone")


def _asked(known: Iterable[Open], at: Instance) -> Iterator[tuple[Open, datetime | None, bool]]:
    """When each was last active, None for one that is gone; and whether that could be found out."""

    def ask(one: Open) -> tuple[Open, datetime | None, bool]:
        try:
            return one, at.sockets.last_active(one.id), True
        except OSError:
            return one, None, False

    with ThreadPoolExecutor(ASKED_AT_ONCE, thread_name_prefix="look") as pool:
        asked = [pool.submit(copy_context().run, ask, one) for one in known]
        for answer in asked:
            yield answer.result()


def life(connection_id: str) -> timedelta:
    """How long a connection lasts at most: the same for one, spread over all of them."""
    return timedelta(seconds=OLDEST - zlib.crc32(connection_id.encode()) % SPREAD)
