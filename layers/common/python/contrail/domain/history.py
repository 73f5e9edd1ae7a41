"""Reading a room's messages page by page.

Messages are read in windows bounded on both sides, sized by the room's own rate and widened
until the page is full: a sort over an open range makes the embedded engine read the whole room.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from contrail.domain.instance import Instance
from contrail.shapes.rows import Document
from contrail.store.collections import OWN
from contrail.store.messages import Row, Windows

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
END = datetime(9999, 1, 1, tzinfo=UTC)
SHORTEST = timedelta(seconds=1)
LONGEST = timedelta(days=36_500)
WIDEN = 4


def _span(room: Document, wanted: int) -> timedelta:
    """How long the room takes, on average, to gather twice as many messages as wanted."""
    started, last = room.get("ts"), room.get("lm")
    if not isinstance(started, datetime) or not isinstance(last, datetime) or last <= started:
        return SHORTEST
    each = (last - started) / max(int(room.get("msgs") or 1), 1)
    return min(max(SHORTEST, each * wanted * 2), LONGEST)


def _cuts(
    room: Document, low: datetime, high: datetime, order: int, wanted: int
) -> Iterator[datetime]:
    """The windows' edges from the end that is read first to the other.

    Widening windows cover the stretch in which the room's rate holds. What an import may have
    brought along beyond it, and what moves no room, comes with the first of them at one end and in
    one of its own at the other.
    """
    started, last = room.get("ts"), room.get("lm")
    early = min(max(low, started), high) if isinstance(started, datetime) else low
    late = max(min(high, last + SHORTEST), early) if isinstance(last, datetime) else high
    edge, goal, rim, far = (late, early, high, low) if order < 0 else (early, late, low, high)
    yield rim
    span = _span(room, wanted)
    while abs(goal - edge) > span:
        edge += order * span
        span = min(span * WIDEN, LONGEST)
        yield edge
    yield goal
    yield far


def read(
    messages: Windows[Row],
    room: Document,
    *,
    low: datetime = BEGINNING,
    high: datetime = END,
    order: int = -1,
    offset: int = 0,
    count: int = 50,
    more: Document | None = None,
) -> list[Row]:
    """Messages with low <= ts < high, newest first for order -1, after skipping `offset`."""
    found: list[Row] = []
    if low >= high:
        return found
    skip, more = offset, more or {}
    for one, other in pairwise(_cuts(room, low, high, order, count)):
        start, stop = min(one, other), max(one, other)
        if start == stop:
            continue
        if skip:
            here = messages.count_between(room["_id"], start, stop, more)
            if here <= skip:
                skip -= here
                continue
        limit = count - len(found)
        found += messages.window(room["_id"], start, stop, more, order, skip, limit)
        skip = 0
        if len(found) >= count:
            break
    return found


NO_THREADS: Document = {"$or": [{"tmid": {"$exists": False}}, {"tshow": True}]}
"""No replies but those that their authors show in the room too."""


def hidden_types(at: Instance, room: Document) -> list[str]:
    """System message types that the workspace or the room hides from histories."""
    hidden = {str(kind) for kind in at.setting("Hide_System_Messages") or ()}
    own = room.get("sysMes")
    if isinstance(own, list):
        hidden |= {str(kind) for kind in own}
    return sorted(hidden)


def newest(room: Document, now: datetime) -> datetime:
    """Just past the room's newest message: its clock may run ahead of this machine's."""
    clock = room.get(OWN, {}).get("clock")
    return max(now, clock or now) + timedelta(milliseconds=1)
