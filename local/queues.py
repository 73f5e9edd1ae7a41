"""SQS FIFO queues within the process: the same events, order, retries and dead letters.

What differs from the service, on purpose: a batch holds records of one group (SQS may mix
groups, and handlers must cope with that); failed records come back after `retry_delay` instead
of the visibility timeout, and those behind them in the batch even if the handler didn't report
them (SQS would delete these); there is no `md5OfBody`; nothing survives the process.
Deduplication is scoped to the message group, as in high-throughput mode.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

log = logging.getLogger("contrail.local")

DEDUP_WINDOW = 300.0


@dataclass(frozen=True)
class QueueSpec:
    """One queue and its trigger; `visibility` and `retry_delay` are seconds.

    `visibility` is what the service waits before a failed message is received again; here
    `retry_delay` takes its place. `name` is without the `.fifo` suffix.
    """

    name: str
    batch_size: int = 10
    max_receives: int = 3
    visibility: float = 60.0
    workers: int = 4
    retry_delay: float = 0.05


@dataclass(slots=True)
class _Message:
    id: str
    sequence: str
    body: str
    group: str
    dedup: str
    attributes: dict[str, str]
    sent: int
    first_received: int = 0
    receives: int = 0


class _Recent:
    """The keys accepted within the deduplication window."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._accepted: dict[tuple[str, str], float] = {}
        self._oldest_first: deque[tuple[str, str]] = deque()

    def accept(self, key: tuple[str, str]) -> bool:
        """False if the key is in the window; otherwise it is from now on."""
        now = self._clock()
        accepted, oldest_first = self._accepted, self._oldest_first
        while oldest_first and accepted[oldest_first[0]] <= now - DEDUP_WINDOW:
            del accepted[oldest_first.popleft()]
        if key in accepted:
            return False
        accepted[key] = now
        oldest_first.append(key)
        return True


class FifoQueue:
    """A FIFO queue and the pool of threads that feeds its consumer.

    `consume` gets the Lambda event of an SQS FIFO trigger. It may return
    `{"batchItemFailures": [{"itemIdentifier": messageId}]}`; raising fails the whole batch, and
    so does naming a message that isn't in it. `clock` (seconds) drives the deduplication window.
    """

    def __init__(
        self,
        spec: QueueSpec,
        consume: Callable[[dict[str, Any]], dict[str, Any] | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.spec = spec
        self._consume = consume
        self._arn = f"arn:aws:sqs:local:000000000000:{spec.name}.fifo"
        self._id_prefix = str(uuid.uuid4())[:24]
        # 20 digits, and above those of an earlier process
        self._first_sequence = 10**19 + time.time_ns()
        self._count = 0
        self._lock = threading.Lock()
        self._work = threading.Condition(self._lock)
        self._drained = threading.Condition(self._lock)
        # A group is here while it has messages waiting or in flight, and then it is in exactly
        # one place: ready, delayed, or with a worker.
        self._groups: dict[str, deque[_Message]] = {}
        self._ready: deque[str] = deque()
        self._delayed: deque[tuple[float, str]] = deque()
        self._recent = _Recent(clock)
        self._dead: deque[_Message] = deque(maxlen=1000)
        self._threads: list[threading.Thread] = []
        self._closed = False
        self._stopped = False

    @property
    def dead(self) -> list[dict[str, Any]]:
        """The latest 1,000 dead-lettered records, oldest first, as last received."""
        with self._lock:
            dead = list(self._dead)
        return [_record(message, self._arn) for message in dead]

    def send(
        self, body: str, *, group: str, dedup: str, attributes: Mapping[str, str] | None = None
    ) -> None:
        """Queue a message; a `dedup` the group accepted within 5 minutes is silently dropped.

        Raises RuntimeError once `stop` was called.
        """
        sent = int(time.time() * 1000)
        copied = dict(attributes) if attributes else {}
        with self._lock:
            if self._closed:
                raise RuntimeError(f"queue {self.spec.name} is stopped")
            if not self._recent.accept((group, dedup)):
                return
            self._count += 1
            message_id = f"{self._id_prefix}{self._count:012x}"
            sequence = str(self._first_sequence + self._count)
            message = _Message(message_id, sequence, body, group, dedup, copied, sent)
            waiting = self._groups.get(group)
            if waiting is not None:
                waiting.append(message)
                return
            self._groups[group] = deque((message,))
            self._ready.append(group)
            self._work.notify()

    def start(self) -> None:
        """Start the workers; what was sent before is delivered now. RuntimeError if repeated."""
        if self._threads or self._closed:
            raise RuntimeError(f"queue {self.spec.name} was started or stopped before")
        for i in range(self.spec.workers):
            thread = threading.Thread(target=self._run, name=f"{self.spec.name}-{i}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self, timeout: float) -> None:
        """Refuse new messages, deliver those queued for up to `timeout` seconds, then stop.

        Meanwhile handlers can't send to this queue either. One still running at the deadline is
        left to end by itself.
        """
        deadline = time.monotonic() + timeout
        with self._lock:
            self._closed = True
        if self._threads:
            self.wait_idle(timeout)
        with self._lock:
            self._stopped = True
            self._work.notify_all()
            left = sum(map(len, self._groups.values()))
        if left:
            log.warning("queue %s stopped with %d messages undelivered", self.spec.name, left)
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def idle(self) -> bool:
        """True if nothing is queued, in flight or waiting for a retry."""
        return not self._groups

    def wait_idle(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds until `idle`; False if it wasn't reached."""
        with self._lock:
            return self._drained.wait_for(self.idle, timeout)

    def _run(self) -> None:
        batch: list[_Message] = []
        retry: list[_Message] = []
        dead: list[_Message] = []
        while True:
            with self._lock:
                if batch:
                    self._settle(batch[0].group, retry, dead)
                batch = self._next_batch()
            if not batch:
                return
            retry, dead = self._deliver(batch)

    def _settle(self, group: str, retry: list[_Message], dead: list[_Message]) -> None:
        """Give a group back after a batch of it; called with the lock held."""
        self._dead.extend(dead)
        waiting = self._groups[group]
        if retry:
            waiting.extendleft(reversed(retry))
            self._delayed.append((time.monotonic() + self.spec.retry_delay, group))
            if len(self._delayed) == 1:
                # the idle workers sleep without a deadline: let each of them set one
                self._work.notify_all()
        elif waiting:
            self._ready.append(group)
        else:
            del self._groups[group]
            if not self._groups:
                self._drained.notify_all()

    def _next_batch(self) -> list[_Message]:
        """Wait for a group's next messages, [] when stopped; called with the lock held."""
        while not self._stopped:
            wait = self._release_delayed() if self._delayed else None
            if self._ready:
                waiting = self._groups[self._ready.popleft()]
                size = min(len(waiting), self.spec.batch_size)
                return [waiting.popleft() for _ in range(size)]
            self._work.wait(wait)
        return []

    def _release_delayed(self) -> float | None:
        """Make the groups whose delay is over ready; seconds until the next one's is."""
        while self._delayed:
            wait = self._delayed[0][0] - time.monotonic()
            if wait > 0:
                return wait
            self._ready.append(self._delayed.popleft()[1])
            self._work.notify()
        return None

    def _deliver(self, batch: list[_Message]) -> tuple[list[_Message], list[_Message]]:
        """Call the consumer; (messages to receive again, messages given up), both in order."""
        now = int(time.time() * 1000)
        for message in batch:
            message.receives += 1
            message.first_received = message.first_received or now
        try:
            response = self._consume({"Records": [_record(m, self._arn) for m in batch]})
            failed = _failed_ids(response, batch) if response else None
        except BaseException:  # whatever leaves a handler, SystemExit too, fails its batch
            log.warning("batch failed: queue=%s", self.spec.name, exc_info=True)
            failed = {message.id for message in batch}
        return self._sort_failures(batch, failed) if failed else ([], [])

    def _sort_failures(
        self, batch: list[_Message], failed: set[str]
    ) -> tuple[list[_Message], list[_Message]]:
        first = next(i for i, message in enumerate(batch) if message.id in failed)
        retry: list[_Message] = []
        dead: list[_Message] = []
        for message in batch[first:]:
            given_up = message.id in failed and message.receives >= self.spec.max_receives
            (dead if given_up else retry).append(message)
        name, group = self.spec.name, batch[0].group
        if len(failed) < len(batch) - first:
            log.warning("unreported behind a failed record: queue=%s group=%s", name, group)
        for message in dead:
            fields = {"queue": name, "group": group, "dedup": message.dedup}
            fields |= {"message_id": message.id, "receives": str(message.receives)}
            log.error("dead letter: %s", fields, extra=fields)
        return retry, dead


def _failed_ids(response: dict[str, Any], batch: list[_Message]) -> set[str]:
    """The message ids a partial batch response names; ValueError if one isn't in the batch."""
    failed = {failure["itemIdentifier"] for failure in response.get("batchItemFailures") or ()}
    if not failed <= {message.id for message in batch}:
        raise ValueError("batchItemFailures names a message that isn't in the batch")
    return failed


def _record(message: _Message, arn: str) -> dict[str, Any]:
    return {
        "messageId": message.id,
        "receiptHandle": f"{message.id}-{message.receives}",
        "body": message.body,
        "attributes": {
            "ApproximateReceiveCount": str(message.receives),
            "SentTimestamp": str(message.sent),
            "SequenceNumber": message.sequence,
            "MessageGroupId": message.group,
            "MessageDeduplicationId": message.dedup,
            "SenderId": "local",
            "ApproximateFirstReceiveTimestamp": str(message.first_received),
        },
        "messageAttributes": {
            name: {
                "stringValue": value,
                "dataType": "String",
                "stringListValues": [],
                "binaryListValues": [],
            }
            for name, value in message.attributes.items()
        },
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": "local",
    }
