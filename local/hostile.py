"""The hostile switch: what the cloud may do to messages and connections, done on purpose.

Each part is there because AWS promises no better: frames may be queued in another order than they
came, batches delivered again when their answer got lost, posts throttled or their answers lost,
`$disconnect` left out. What AWS does promise holds here too: a group's items keep their order,
and an item is given up only after so many receives.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

Event = dict[str, Any]
Consume = Callable[[Event], Event | None]
IN_A_ROW = 3
"""Times that one connection's post is throttled before it passes: its sender's patience ends."""


@dataclass(frozen=True)
class Rates:
    """How often each thing happens, from 0 to 1, and for how many seconds at most.

    A frame is `displaced` when it is queued later than those behind it; a batch is `held` before
    it is handed on, with what stands behind it in its group. The answer to a batch is lost
    (`unanswered`) wholly or in part; a worker dies (`crashed`) having done a part. `opening` is
    how much later than its record and its queued greeting `$connect` returns. `$disconnect` is
    `dropped`, or `hurried` ahead of displaced frames. A post is `throttled`, or its answer
    `reset` after the frame was sent.
    """

    displaced: float = 0.0
    displaced_for: float = 0.3
    held: float = 0.0
    held_for: float = 0.2
    unanswered: float = 0.0
    crashed: float = 0.0
    opening: float = 0.0
    opening_for: float = 0.3
    dropped: float = 0.0
    hurried: float = 0.0
    throttled: float = 0.0
    reset: float = 0.0


EVERYTHING = Rates(
    displaced=0.3,
    held=0.05,
    unanswered=0.15,
    crashed=0.1,
    opening=0.3,
    dropped=0.1,
    hurried=0.3,
    throttled=0.1,
    reset=0.02,
)


class Dice:
    """One stream of random numbers per concern, all from one seed. Safe for threads.

    A connection may bring a seed of its own: then its numbers don't depend on how many others
    there are and what they do.
    """

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._seeds: dict[str, str] = {}
        self._streams: dict[tuple[str, str], Random] = {}
        self._lock = threading.Lock()

    def adopt(self, connection_id: str, seed: str) -> None:
        with self._lock:
            self._seeds[connection_id] = seed

    def forget(self, connection_id: str) -> None:
        with self._lock:
            if self._seeds.pop(connection_id, None) is not None:
                for place in [one for one in self._streams if one[0] == connection_id]:
                    del self._streams[place]

    def happens(self, concern: str, rate: float, key: str) -> bool:
        return self._draw(concern, key) < rate

    def seconds(self, concern: str, most: float, key: str) -> float:
        """Short times are the more likely."""
        return most * self._draw(concern, key) ** 2

    def place(self, concern: str, count: int, key: str) -> int:
        """One of the first `count` numbers from 0."""
        return int(self._draw(concern, key) * count)

    def _draw(self, concern: str, key: str) -> float:
        with self._lock:
            owner = key if key in self._seeds else ""
            stream = self._streams.get((owner, concern))
            if stream is None:
                seed = f"{self._seeds.get(owner, self._seed)}:{concern}"
                stream = self._streams[owner, concern] = Random(seed)
            return stream.random()


class Hostile:
    """The decisions. `key` is a connection's id or a message group."""

    def __init__(self, seed: int, rates: Rates = EVERYTHING) -> None:
        self.seed = seed
        self.rates = rates
        self.dice = Dice(str(seed))
        self._throttled: Counter[str] = Counter()

    def displaces(self, connection_id: str) -> float:
        """Seconds by which a frame is queued late."""
        return self._seconds(
            "displaced", self.rates.displaced, self.rates.displaced_for, connection_id
        )

    def drops(self, connection_id: str) -> bool:
        return self.dice.happens("dropped", self.rates.dropped, connection_id)

    def hurries(self, connection_id: str) -> bool:
        return self.dice.happens("hurried", self.rates.hurried, connection_id)

    def throttles(self, connection_id: str) -> bool:
        if self._throttled[connection_id] < IN_A_ROW and self.dice.happens(
            "throttled", self.rates.throttled, connection_id
        ):
            self._throttled[connection_id] += 1
            return True
        del self._throttled[connection_id]
        return False

    def resets(self, connection_id: str) -> bool:
        return self.dice.happens("reset", self.rates.reset, connection_id)

    def connecting(self, connect: Callable[[Event], Event]) -> Callable[[Event], Event]:
        """`$connect` that may return late. `?seed=7` gives the connection a seed of its own."""

        def slowly(event: Event) -> Event:
            connection_id = event["requestContext"]["connectionId"]
            seed = (event.get("queryStringParameters") or {}).get("seed")
            if seed:
                self.dice.adopt(connection_id, seed)
            answer = connect(event)
            time.sleep(
                self._seconds("opening", self.rates.opening, self.rates.opening_for, connection_id)
            )
            return answer

        return slowly

    def consumer(self, consume: Consume, max_receives: int) -> Consume:
        """A consumer some of whose batches are received again, though they were handled."""

        def handle(event: Event) -> Event | None:
            records = event["Records"]
            group = records[0]["attributes"]["MessageGroupId"]
            time.sleep(self._seconds("held", self.rates.held, self.rates.held_for, group))
            receives = max(int(one["attributes"]["ApproximateReceiveCount"]) for one in records)
            if receives >= max_receives:
                # What fails now is given up, which the consumer would not be to blame for.
                return consume(event)
            if len(records) > 1 and self.dice.happens("crashed", self.rates.crashed, group):
                done = 1 + self.dice.place("crashed at", len(records) - 1, group)
                consume({"Records": records[:done]})
                return _failed(records)
            answer = consume(event)
            if (answer or {}).get("batchItemFailures"):
                return answer
            if self.dice.happens("unanswered", self.rates.unanswered, group):
                return _failed(records[self.dice.place("unanswered from", len(records), group) :])
            return answer

        return handle

    def _seconds(self, concern: str, rate: float, most: float, key: str) -> float:
        if not self.dice.happens(concern, rate, key):
            return 0.0
        return self.dice.seconds(f"{concern} for", most, key)


def _failed(records: list[Event]) -> Event:
    return {"batchItemFailures": [{"itemIdentifier": one["messageId"]} for one in records]}
