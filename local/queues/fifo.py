"""The threads of a queue: workers that call the consumer, and one that watches the clock."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from local.queues.groups import Groups, Lease, QueueSpec, Settled
from local.queues.records import Message, Recent, failed_ids, record

log = logging.getLogger("contrail.local")

Records = list[dict[str, Any]]


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
        self._tick = threading.Condition(self._lock)
        self._drained = threading.Condition(self._lock)
        self._groups = Groups(spec)
        self._recent = Recent(clock)
        self._dead: deque[Message] = deque(maxlen=1000)
        self._threads: list[threading.Thread] = []
        self._hired = 0
        self._sleeps_until = 0.0
        self._closed = False
        self._stopped = False

    @property
    def dead(self) -> Records:
        """The latest 1,000 dead-lettered records, oldest first, as last received."""
        with self._lock:
            return [record(message, self._arn) for message in self._dead]

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
            now = time.monotonic()
            visible_at = now + self.spec.delay
            message = Message(message_id, sequence, body, group, dedup, copied, sent, visible_at)
            if self._groups.add(message, now):
                self._work.notify()
            self._heed()

    def waiting(self, group: str) -> int:
        """How many of a group's messages nobody is working on yet."""
        with self._lock:
            return self._groups.waiting(group)

    def start(self) -> None:
        """Start the workers; what was sent before is delivered now. RuntimeError if repeated."""
        with self._lock:
            if self._threads or self._closed:
                raise RuntimeError(f"queue {self.spec.name} was started or stopped before")
            self._hire("clock", self._watch)
            for _ in range(self.spec.workers):
                self._hire("worker", self._run)

    def stop(self, timeout: float) -> None:
        """Refuse new messages, deliver those queued for up to `timeout` seconds, then stop.

        Meanwhile handlers can't send to this queue either. One still running at the deadline is
        left to end by itself.
        """
        deadline = time.monotonic() + timeout
        with self._lock:
            self._closed = True
            threads = list(self._threads)
        if threads:
            self.wait_idle(timeout)
        with self._lock:
            self._stopped = True
            self._work.notify_all()
            self._tick.notify_all()
            left = self._groups.messages
        if left:
            log.warning("queue %s stopped with %d messages undelivered", self.spec.name, left)
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def idle(self) -> bool:
        """True if nothing is queued, in flight or waiting for a retry."""
        return not self._groups

    def wait_idle(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds until `idle`; False if it wasn't reached."""
        with self._lock:
            return self._drained.wait_for(self.idle, timeout)

    def _hire(self, role: str, work: Callable[[], None]) -> None:
        self._hired += 1
        name = f"{self.spec.name}-{role}-{self._hired}"
        thread = threading.Thread(target=work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _heed(self) -> None:
        """Wake the clock, and who waits for the end, if it is time; called with the lock held."""
        if self._groups.wakes < self._sleeps_until:
            self._tick.notify()
        if not self._groups:
            self._drained.notify_all()

    def _watch(self) -> None:
        """Wake groups whose wait is over, and take batches from workers that keep them too long."""
        with self._lock:
            while not self._stopped:
                now = time.monotonic()
                woken = self._groups.wake(now)
                for lease, settled in self._groups.expire(now):
                    name, group = self.spec.name, lease.group
                    log.warning("received again unanswered: queue=%s group=%s", name, group)
                    self._bury(settled)
                    # Its worker may never come back.
                    self._hire("worker", self._run)
                    self._heed()
                if woken:
                    self._work.notify(woken)
                # Whatever is received meanwhile is over later than that.
                self._sleeps_until = min(self._groups.due, now + self.spec.visibility)
                self._tick.wait(self._sleeps_until - time.monotonic())

    def _run(self) -> None:
        """Work until stopped, or until a batch took so long that another worker got it."""
        received = self._receive()
        while received is not None:
            lease, records = received
            failed = self._deliver(lease, records)
            with self._lock:
                settled = self._groups.settle(lease, failed, time.monotonic())
                if settled is None:
                    break
                self._bury(settled)
                self._heed()
            if settled.skipped:
                name, group = self.spec.name, lease.group
                log.warning("unreported behind a failed record: queue=%s group=%s", name, group)
            received = self._receive()
        with self._lock:
            self._threads.remove(threading.current_thread())

    def _receive(self) -> tuple[Lease, Records] | None:
        """Wait for a group's next messages, None when stopped."""
        with self._lock:
            while not self._stopped:
                lease = self._groups.take(time.monotonic())
                if lease is not None:
                    now = int(time.time() * 1000)
                    for message in lease.batch:
                        message.first_received = message.first_received or now
                    return lease, [record(message, self._arn) for message in lease.batch]
                self._work.wait()
        return None

    def _deliver(self, lease: Lease, records: Records) -> set[str]:
        """Call the consumer; the ids of the messages that failed."""
        try:
            return failed_ids(self._consume({"Records": records}), lease.batch)
        except BaseException:  # whatever leaves a handler, SystemExit too, fails its batch
            log.warning("batch failed: queue=%s", self.spec.name, exc_info=True)
            return {message.id for message in lease.batch}

    def _bury(self, settled: Settled) -> None:
        """Keep what was given up; called with the lock held."""
        for message in settled.dead:
            self._dead.append(message)
            fields = {"queue": self.spec.name, "group": message.group, "dedup": message.dedup}
            fields |= {"message_id": message.id, "receives": str(message.receives)}
            log.error("dead letter: %s", fields, extra=fields)
