"""The modelled cloud: ports whose calls take time on a clock of their own."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message
from heapq import heappop, heappush
from typing import Any, cast
from urllib.parse import unquote

from bench.simulate.model import MB, Model
from contrail.ports.aws.endpoint import Endpoint, Reply
from contrail.ports.aws.layouts import FULL, WIDEST, Layout
from contrail.ports.aws.sockets import AT_ONCE, GONE, THROTTLED, Crowd, ManagementSockets
from contrail.shapes.connections import Connection, Listener
from contrail.shapes.rows import Document

OVERHEAD = 40
"""Bytes of an item beside its own: names of attributes, `expires`."""
READ_UNIT = 4096
SLICE = 0.01
"""Seconds of a processor's time that are given out together."""


@dataclass
class Plane:
    """`time` is now, where the code that runs now is; `counts` what it has asked for."""

    model: Model
    numbers: random.Random
    time: float = 0.0
    share: float = 1.0
    busy: defaultdict[int, float] = field(default_factory=lambda: defaultdict(float))
    counts: Counter[str] = field(default_factory=Counter)
    arrivals: list[float] = field(default_factory=list)
    taken: Counter[int] = field(default_factory=Counter)
    gone: set[str] = field(default_factory=set)

    def begin(self, when: float, share: float) -> None:
        """An invocation with this share of a processor begins."""
        self.time, self.share = when, share
        self.busy.clear()

    def compute(self, seconds: float) -> None:
        """Of a whole processor. An invocation's threads share what it has, in slices."""
        wanted, slot = seconds / self.share, int(self.time / SLICE)
        while wanted > 0:
            taken = min(wanted, SLICE - self.busy[slot])
            self.busy[slot] += taken
            wanted -= taken
            if wanted > 0:
                slot += 1
        self.time = max(self.time + seconds / self.share, slot * SLICE + self.busy[slot])

    def admits(self) -> bool:
        """Whether the account's limit leaves room for a request now."""
        slot = int(self.time / self.model.slot)
        if self.taken[slot] >= self.model.posts * self.model.slot:
            return False
        self.taken[slot] += 1
        return True


class ModelledConnections:
    """The connections port. Listeners are spread over shards by the adapter's own rule."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._shards: defaultdict[str, defaultdict[int, list[Listener]]] = defaultdict(
            lambda: defaultdict(list)
        )
        self._widths: Counter[str] = Counter()

    def place(self, audience: str, listener: Listener) -> None:
        width = self._widths[audience] or 1
        shard = Layout(0.0, width).shard(listener.connection_id)
        rows = self._shards[audience][shard]
        rows.append(listener)
        if len(rows) >= FULL and width < WIDEST:
            self._widths[audience] = width * 2

    def occupied(self, audience: str) -> list[int]:
        self._count("read", READ_UNIT)
        self._plane.time += self._plane.model.read.draw(self._plane.numbers)
        return sorted(self._shards.get(audience, {}))

    def listeners(self, audience: str, shard: int) -> list[Listener]:
        rows = self._shards[audience][shard]
        size = sum(_size(audience, row) for row in rows)
        pages = max(1, -(-size // MB))
        for _ in range(pages):
            self._plane.time += self._plane.model.page.draw(self._plane.numbers)
        self._count("read", size, pages)
        return list(rows)

    def close(self, _connection_id: str) -> Connection | None:
        """The gone are found once; who they were is of no interest here."""
        self._plane.counts["closed"] += 1
        self._plane.time += 2 * self._plane.model.read.draw(self._plane.numbers)
        return None

    def _count(self, what: str, size: int, times: int = 1) -> None:
        self._plane.counts[f"{what}s"] += times
        self._plane.counts["read units"] += max(times, -(-size // READ_UNIT))


def _size(audience: str, row: Listener) -> int:
    return OVERHEAD + len(audience) + 2 * len(row.uid) + sum(map(len, row.events))


class Gateway:
    """Stands for the endpoint of the gateway's management API."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane

    def request(self, method: str, path: str, body: bytes = b"", *, timeout: float) -> Reply:
        plane, model = self._plane, self._plane.model
        plane.compute(model.post_cpu)
        if not plane.admits():
            plane.counts["throttled"] += 1
            plane.time += model.refused.draw(plane.numbers)
            return _reply(THROTTLED)
        plane.time += min(timeout, model.post.draw(plane.numbers))
        if method == "DELETE":
            plane.counts["ended"] += 1
            return _reply(204)
        if unquote(path.rsplit("/", 1)[-1]) in plane.gone:
            return _reply(GONE)
        plane.counts["posts"] += 1
        plane.counts["bytes"] += len(body)
        plane.arrivals.append(plane.time)
        return _reply(200)


def _reply(status: int) -> Reply:
    return Reply(status, Message(), b"")


class AllOfThem(Crowd):
    """The model refuses nobody alone: it is always the account's limit."""

    def holds(self, connection_id: str) -> bool:  # noqa: ARG002
        return True


class ModelledSockets(ManagementSockets):
    """The real adapter: its threads are played one after the other, each on its own time."""

    def __init__(self, plane: Plane) -> None:
        super().__init__(cast(Endpoint, Gateway(plane)), lambda _: 0.0, self._wait, AllOfThem())
        self._plane = plane

    def _wait(self, seconds: float) -> None:
        self._plane.time += seconds

    def post_all(self, posts: Sequence[tuple[str, str]]) -> set[str]:
        plane, frames = self._plane, dict[str, list[str]]()
        for connection_id, frame in posts:
            frames.setdefault(connection_id, []).append(frame)
        plane.compute(len(posts) * plane.model.frame_cpu)
        workers = [(plane.time, number) for number in range(AT_ONCE)]
        gone: set[str] = set()
        for connection_id, its in frames.items():
            plane.time, number = heappop(workers)
            if not self.post(connection_id, *its):
                gone.add(connection_id)
            heappush(workers, (plane.time, number))
        plane.time = max(when for when, _ in workers)
        return gone


class ModelledBus:
    """Keeps what was queued, with the time at which it was."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self.items: list[tuple[float, str]] = []

    def enqueue(self, _queue: str, body: str, **_: object) -> None:
        self._plane.counts["queued"] += 1
        self._plane.time += self._plane.model.read.draw(self._plane.numbers)
        self.items.append((self._plane.time, body))


class ModelledStore:
    """What the fan-out asks the database: each command takes its time and is counted."""

    def __init__(self, plane: Plane, members: Mapping[str, Document]) -> None:
        self._plane = plane
        self._members = members
        self.messages = self.subscriptions = self.users = self.versions = self

    def pending_before(self, *_: object) -> list[Document]:
        self._command(0)
        return []

    def clear_pending(self, *_: object) -> None:
        self._command(1)

    def of_members(self, _rid: str, uids: Iterable[str], *_: object) -> list[Document]:
        found = [self._members[uid] for uid in uids if uid in self._members]
        self._command(len(found))
        return found

    def read(self) -> dict[str, int]:
        self._command(2)
        return {}

    def load(self, _name: str) -> list[Document]:
        return []

    def _command(self, rows: int) -> None:
        plane = self._plane
        plane.counts["commands"] += 1
        plane.time += plane.model.command.draw(plane.numbers) + rows / plane.model.rows_a_second

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"the model knows no {name} of the store")
