"""What is queued, by group: who is next, who has to wait, who is being worked on.

Neither threads nor a clock: the queue calls this with its lock held and says what time it is, in
monotonic seconds.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from dataclasses import dataclass

from local.queues.records import Message


@dataclass(frozen=True)
class QueueSpec:
    """One queue and its trigger; times in seconds, `name` without the `.fifo` suffix.

    A message can be received `delay` after it was sent. A batch not answered `visibility` after
    it was received is received again; one whose handling failed is after `retry_delay`, where the
    service would wait for the visibility timeout too. A message received `max_receives` times is
    given up.
    """

    name: str
    batch_size: int = 10
    max_receives: int = 3
    visibility: float = 60.0
    workers: int = 4
    retry_delay: float = 0.05
    delay: float = 0.0


@dataclass(eq=False, slots=True)
class Lease:
    """A batch that a worker has until `until`."""

    group: str
    batch: list[Message]
    until: float


@dataclass(slots=True)
class Settled:
    """What came of a batch. `skipped` were not reported, but stand behind one that failed."""

    retry: list[Message]
    dead: list[Message]
    skipped: int = 0


class Groups:
    """A group has messages waiting or leased, and is in one place: ready, asleep or leased."""

    def __init__(self, spec: QueueSpec) -> None:
        self._spec = spec
        self._waiting: dict[str, deque[Message]] = {}
        self._ready: deque[str] = deque()
        self._asleep: list[tuple[float, int, str]] = []
        # All leases last equally long: the first to have begun is the first to end.
        self._leases: dict[Lease, None] = {}
        self._naps = 0

    def __len__(self) -> int:
        """How many groups there are."""
        return len(self._waiting)

    @property
    def wakes(self) -> float:
        """When `wake` has something to do."""
        return self._asleep[0][0] if self._asleep else math.inf

    @property
    def due(self) -> float:
        """When `wake` or `expire` has something to do, as things stand."""
        first = next(iter(self._leases), None)
        return min(self.wakes, first.until if first else math.inf)

    @property
    def messages(self) -> int:
        """Those waiting and not those leased."""
        return sum(map(len, self._waiting.values()))

    def waiting(self, group: str) -> int:
        """How many of a group's messages wait."""
        return len(self._waiting.get(group, ()))

    def add(self, message: Message, now: float) -> bool:
        """Whether it makes its group ready."""
        waiting = self._waiting.get(message.group)
        if waiting is not None:
            waiting.append(message)
            return False
        self._waiting[message.group] = deque((message,))
        return self._place(message.group, now)

    def take(self, now: float) -> Lease | None:
        """The next messages of the group that has been ready longest."""
        if not self._ready:
            return None
        group = self._ready.popleft()
        waiting, batch = self._waiting[group], list[Message]()
        while waiting and len(batch) < self._spec.batch_size and waiting[0].visible_at <= now:
            batch.append(waiting.popleft())
            batch[-1].receives += 1
        lease = Lease(group, batch, now + self._spec.visibility)
        self._leases[lease] = None
        return lease

    def settle(self, lease: Lease, failed: set[str], now: float) -> Settled | None:
        """Take a worker's answer: the ids that failed. None when it comes too late to count."""
        if lease not in self._leases:
            return None
        return self._give_back(lease, failed, now, self._spec.retry_delay)

    def expire(self, now: float) -> list[tuple[Lease, Settled]]:
        """The leases that are over. Their messages can be received again at once."""
        over: list[tuple[Lease, Settled]] = []
        while self._leases:
            lease = next(iter(self._leases))
            if lease.until > now:
                break
            everything = {message.id for message in lease.batch}
            over.append((lease, self._give_back(lease, everything, now, 0.0)))
        return over

    def wake(self, now: float) -> int:
        """Make the groups ready whose wait is over; how many."""
        woken = 0
        while self._asleep and self._asleep[0][0] <= now:
            self._ready.append(heapq.heappop(self._asleep)[2])
            woken += 1
        return woken

    def _place(self, group: str, now: float) -> bool:
        """Whether the group is ready now."""
        waiting = self._waiting[group]
        if not waiting:
            del self._waiting[group]
        elif waiting[0].visible_at <= now:
            self._ready.append(group)
            return True
        else:
            self._naps += 1
            heapq.heappush(self._asleep, (waiting[0].visible_at, self._naps, group))
        return False

    def _give_back(self, lease: Lease, failed: set[str], now: float, wait: float) -> Settled:
        del self._leases[lease]
        settled = self._sort(lease.batch, failed)
        for message in settled.retry:
            message.visible_at = now + wait
        self._waiting[lease.group].extendleft(reversed(settled.retry))
        self._place(lease.group, now)
        return settled

    def _sort(self, batch: list[Message], failed: set[str]) -> Settled:
        """Everything from the first failure on comes back, in order, or is given up."""
        first = next((i for i, message in enumerate(batch) if message.id in failed), len(batch))
        settled = Settled([], [], len(batch) - first - len(failed))
        for message in batch[first:]:
            given_up = message.id in failed and message.receives >= self._spec.max_receives
            (settled.dead if given_up else settled.retry).append(message)
        return settled
