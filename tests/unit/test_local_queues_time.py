"""Delay and visibility: when a message can be received, and when once more."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from local.queues import FifoQueue, QueueSpec
from local.queues.groups import Groups, Lease, Settled
from local.queues.records import Message
from tests.support.queues import LONG, Event, Recorder, bodies, failures, running, send_all


def test_what_is_sent_becomes_visible_after_the_delay_in_order() -> None:
    received: list[tuple[str, float]] = []

    def consume(event: Event) -> None:
        received.extend((text, time.monotonic()) for text in bodies(event))

    queue = FifoQueue(QueueSpec("q", delay=0.2), consume)
    sent: dict[str, float] = {}
    with running(queue):
        for text in "abc":
            sent[text] = time.monotonic()
            queue.send(text, group="g", dedup=text)
            time.sleep(0.05)
        assert queue.wait_idle(LONG)
    assert [text for text, _ in received] == ["a", "b", "c"]
    for text, at in received:
        assert 0.2 <= at - sent[text] < LONG
    assert received[1][1] > received[0][1], "each has a delay of its own"


def test_a_batch_that_takes_too_long_is_received_again_and_its_answer_ignored(
    caplog: pytest.LogCaptureFixture,
) -> None:
    second, late = threading.Event(), threading.Event()
    counts: list[list[str]] = []

    def answer(event: Event) -> dict[str, Any] | None:
        counts.append([r["attributes"]["ApproximateReceiveCount"] for r in event["Records"]])
        if len(counts) == 1:
            assert second.wait(LONG)
            late.set()
            return failures(event, "a", "b")
        second.set()
        return None

    recorder = Recorder(answer)
    # One worker: the batch must not wait for it to come back.
    queue = FifoQueue(QueueSpec("q", workers=1, visibility=0.5, max_receives=3), recorder)
    send_all(queue, "ab")
    with running(queue):
        assert late.wait(LONG)
        assert queue.wait_idle(LONG)
        send_all(queue, "c")
        assert queue.wait_idle(LONG)
    assert recorder.batches == ["ab", "ab", "c"]
    assert counts == [["1", "1"], ["2", "2"], ["1"]]
    assert queue.dead == []
    assert "received again unanswered" in caplog.text


def test_a_batch_that_never_ends_is_given_up_and_the_group_goes_on() -> None:
    over = threading.Event()

    def answer(event: Event) -> Event | None:
        if bodies(event) == ["a"]:
            over.wait(LONG)
        return None

    recorder = Recorder(answer)
    spec = QueueSpec("q", batch_size=1, workers=1, visibility=0.4, max_receives=2)
    queue = FifoQueue(spec, recorder)
    send_all(queue, "ab")
    with running(queue):
        assert queue.wait_idle(LONG)
        over.set()
    assert recorder.batches == ["a", "a", "b"]
    assert [record["body"] for record in queue.dead] == ["a"]


def test_workers_that_come_back_late_leave_as_many_as_there_should_be() -> None:
    go_on = threading.Event()

    def consume(event: Event) -> None:
        go_on.wait(LONG)

    queue = FifoQueue(QueueSpec("q", workers=2, visibility=0.05), consume)
    for group in "abcd":
        send_all(queue, "x", group=group)
    with running(queue):
        before = time.monotonic()
        while len(queue._threads) < 6 and time.monotonic() - before < LONG:
            time.sleep(0.01)
        go_on.set()
        assert queue.wait_idle(LONG)
        while len(queue._threads) > 3 and time.monotonic() - before < LONG:
            time.sleep(0.01)
        assert len(queue._threads) == 3, "two workers and the clock"


def message(body: str, group: str = "g", visible_at: float = 0.0) -> Message:
    return Message(body, "1", body, group, body, {}, 0, visible_at)


def taken(groups: Groups, now: float) -> Lease:
    lease = groups.take(now)
    assert lease is not None
    return lease


def test_a_batch_ends_before_what_is_not_visible_yet() -> None:
    groups = Groups(QueueSpec("q"))
    assert not groups.add(message("a", visible_at=1.0), 0.0)
    groups.add(message("b", visible_at=1.5), 0.5)
    assert (groups.take(0.9), groups.wake(0.9), groups.due) == (None, 0, 1.0)
    assert groups.wake(1.0) == 1
    lease = taken(groups, 1.0)
    assert [one.body for one in lease.batch] == ["a"]
    assert groups.settle(lease, set(), 1.1) == Settled([], [])
    assert (groups.take(1.4), groups.due) == (None, 1.5)
    groups.wake(1.5)
    assert [one.body for one in taken(groups, 1.5).batch] == ["b"]


def test_a_group_is_with_one_worker_until_its_lease_is_over() -> None:
    groups = Groups(QueueSpec("q", visibility=30.0))
    for body in "ab":
        groups.add(message(body), 0.0)
    first = taken(groups, 0.0)
    groups.add(message("c"), 1.0)
    assert groups.take(29.9) is None
    assert groups.expire(29.9) == []
    [(lease, settled)] = groups.expire(30.0)
    assert lease is first
    assert [one.body for one in settled.retry] == ["a", "b"]
    second = taken(groups, 30.0)
    assert [(one.body, one.receives) for one in second.batch] == [("a", 2), ("b", 2), ("c", 1)]
    assert groups.settle(first, {"a"}, 31.0) is None
    assert groups.settle(second, set(), 31.0) == Settled([], [])
    assert len(groups) == 0
