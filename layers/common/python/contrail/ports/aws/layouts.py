"""How an audience is split into shards, and which of its shards may have listeners.

One item per audience, `layout#<audience>`:

    m<shard>            until when (seconds) the shard may have listeners
    width, width_until  new connections go to shards [width / 2, width), or 0 at width 1

A mark is set before a row is, outlives it, and is never taken back: whoever has seen a mark may
rely on it. So the item of a busy audience is written once in two hours for each shard, not with
every connection that comes and goes, which no single item could take. The price is that a shard
whose last listener has left costs an empty read per fact until its mark runs out.

A shard that is found full doubles the width, and new connections leave the full ones alone; a
width lapses with its time, and an audience that is still large grows again. Only one connection
in 64 counts its shard, so a shard has about `FULL` rows, seldom a quarter more.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from contrail.ports.aws.table import EXPIRES, Item, Table, key, number

FULL = 2000
WIDEST = 64
KNOWN_FOR = 5
"""Seconds that an instance relies on what it read of an audience's width."""
REMEMBERED = 4096
COUNTING = 64
MARK = 4 * 3600
"""Seconds that a mark holds: nearly twice as long as a row, so that it is seldom renewed."""


@dataclass(frozen=True, slots=True)
class Layout:
    read_at: float
    width: int = 1
    marks: dict[int, int] = field(default_factory=dict)

    def shard(self, connection_id: str) -> int:
        half = self.width // 2
        return half + _hash(connection_id) % half if half else 0


class Layouts:
    """`now` in seconds; `row_life` is how long a row may live, in seconds."""

    def __init__(self, table: Table, now: Callable[[], float], row_life: int) -> None:
        self._table = table
        self._now = now
        self._row_life = row_life
        self._known: dict[str, Layout] = {}
        self._lock = threading.Lock()

    def occupied(self, audience: str) -> list[int]:
        item = self._table.get(_pk(audience))
        marks = _layout(item or {}, self._now()).marks
        return sorted(shard for shard, until in marks.items() if until > self._now())

    def read(self, audiences: Iterable[str]) -> dict[str, Layout]:
        """From memory while it is fresh, else one read per 100 audiences."""
        now = self._now()
        found = {one: self._known.get(one) for one in audiences}
        stale = [
            one for one, known in found.items() if not known or now - known.read_at > KNOWN_FOR
        ]
        items = self._table.get_many([(_pk(one), "-") for one in stale]) if stale else {}
        fresh = {one: _layout(items.get((_pk(one), "-"), {}), now) for one in stale}
        self._remember(fresh)
        return {**{one: known for one, known in found.items() if known}, **fresh}

    def marks(self, layouts: dict[str, Layout], shards: dict[str, int]) -> dict[str, Item]:
        """By audience, the writes that make its shard found for as long as a row may live."""
        now = int(self._now())
        return {
            audience: {
                "Update": {
                    "Key": key(_pk(audience)),
                    "UpdateExpression": f"SET m{shard} = :until, {EXPIRES} = :until",
                    "ExpressionAttributeValues": {":until": number(now + MARK)},
                }
            }
            for audience, shard in shards.items()
            if layouts[audience].marks.get(shard, 0) < now + self._row_life
        }

    def remember(
        self, layouts: dict[str, Layout], shards: dict[str, int], written: Iterable[str]
    ) -> None:
        """These audiences' marks were written."""
        until = int(self._now()) + MARK
        marks = {one: {**layouts[one].marks, shards[one]: until} for one in written}
        self._remember({one: replace(layouts[one], marks=new) for one, new in marks.items()})

    def grow(
        self, connection_id: str, audience: str, layout: Layout, shard: int, rows: str
    ) -> None:
        """Widen the audience if its shard, the partition `rows`, is full."""
        counts = (_hash(connection_id) >> 16) % COUNTING == 0
        wider = 2 << shard.bit_length()
        if not counts or not layout.width < wider <= WIDEST or not self._table.holds(rows, FULL):
            return
        now = int(self._now())
        self._table.update(
            _pk(audience),
            f"SET width = :width, width_until = :until, {EXPIRES} = :until",
            {":width": number(wider), ":until": number(now + MARK), ":now": number(now)},
            only_if="attribute_not_exists(width) OR width < :width OR width_until < :now",
        )

    def _remember(self, layouts: dict[str, Layout]) -> None:
        with self._lock:
            if len(self._known) + len(layouts) > REMEMBERED:
                self._known.clear()
            self._known.update(layouts)


def _layout(item: Item, now: float) -> Layout:
    marks = {int(name[1:]): int(value["N"]) for name, value in item.items() if name[1:].isdigit()}
    lasts = int(item.get("width_until", {"N": 0})["N"]) > now
    return Layout(now, int(item["width"]["N"]) if lasts else 1, marks)


def _pk(audience: str) -> str:
    return f"layout#{audience}"


def _hash(connection_id: str) -> int:
    return zlib.crc32(connection_id.encode())
