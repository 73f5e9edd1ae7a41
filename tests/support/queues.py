"""A queue under test: consumers that record what they are given, and ways to feed it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from local.queues import FifoQueue, QueueSpec

Event = dict[str, Any]
Consume = Callable[[Event], dict[str, Any] | None]
LONG = 10.0


def spec_of(batch_size: int = 10, max_receives: int = 3, workers: int = 4) -> QueueSpec:
    return QueueSpec("q", batch_size, max_receives, workers=workers, retry_delay=0.005)


@contextmanager
def running(queue: FifoQueue) -> Iterator[None]:
    queue.start()
    try:
        yield
    finally:
        queue.stop(0)


def drain(queue: FifoQueue) -> None:
    with running(queue):
        assert queue.wait_idle(LONG)


def bodies(event: Event) -> list[str]:
    return [record["body"] for record in event["Records"]]


def send_all(queue: FifoQueue, texts: str, group: str = "g") -> None:
    for text in texts:
        queue.send(text, group=group, dedup=text)


def failures(event: Event, *failed: str) -> dict[str, Any]:
    ids = [r["messageId"] for r in event["Records"] if r["body"] in failed]
    return {"batchItemFailures": [{"itemIdentifier": each} for each in ids]}


class Recorder:
    def __init__(self, answer: Consume | None = None) -> None:
        self.events: list[Event] = []
        self.answer = answer

    def __call__(self, event: Event) -> dict[str, Any] | None:
        self.events.append(event)
        return self.answer(event) if self.answer else None

    @property
    def batches(self) -> list[str]:
        return ["".join(bodies(event)) for event in self.events]


def deliver(answer: Consume, texts: str, spec: QueueSpec) -> tuple[Recorder, FifoQueue]:
    recorder = Recorder(answer)
    queue = FifoQueue(spec, recorder)
    send_all(queue, texts)
    drain(queue)
    return recorder, queue
