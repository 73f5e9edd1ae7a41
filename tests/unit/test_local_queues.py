from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from local.queues import FifoQueue, QueueSpec
from tests.support.queues import (
    LONG,
    Event,
    Recorder,
    bodies,
    deliver,
    drain,
    failures,
    running,
    send_all,
    spec_of,
)


def test_the_event_is_that_of_a_fifo_trigger() -> None:
    recorder = Recorder()
    queue = FifoQueue(QueueSpec("frames"), recorder)
    before = int(time.time() * 1000)
    queue.send("hello", group="g", dedup="d", attributes={"kind": "MESSAGE"})
    queue.send("again", group="g", dedup="e")
    drain(queue)
    first, second = recorder.events[0]["Records"]
    text = {"dataType": "String", "stringListValues": [], "binaryListValues": []}
    assert first == {
        "messageId": first["messageId"],
        "receiptHandle": first["receiptHandle"],
        "body": "hello",
        "attributes": first["attributes"],
        "messageAttributes": {"kind": {"stringValue": "MESSAGE", **text}},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:local:000000000000:frames.fifo",
        "awsRegion": "local",
    }
    assert first["messageId"] != second["messageId"]
    assert second["messageAttributes"] == {}
    attributes = dict(first["attributes"])
    times = [attributes.pop(f"{name}Timestamp") for name in ("Sent", "ApproximateFirstReceive")]
    assert before <= int(times[0]) <= int(times[1]) <= time.time() * 1000
    sequence = attributes.pop("SequenceNumber")
    assert len(sequence) == 20
    assert sequence < second["attributes"]["SequenceNumber"]
    assert attributes == {
        "ApproximateReceiveCount": "1",
        "MessageGroupId": "g",
        "MessageDeduplicationId": "d",
        "SenderId": "local",
    }


def test_order_within_a_group_under_many_producers() -> None:
    seen: dict[str, list[tuple[str, int]]] = {group: [] for group in "vwxyz"}
    busy: set[str] = set()

    def consume(event: Event) -> None:
        assert len(event["Records"]) <= 7
        (group,) = {record["attributes"]["MessageGroupId"] for record in event["Records"]}
        assert group not in busy
        busy.add(group)
        time.sleep(0)
        seen[group] += [(text[0], int(text[1:])) for text in bodies(event)]
        busy.remove(group)

    def produce(producer: str) -> None:
        for i in range(50):
            for group in "vwxyz":
                queue.send(f"{producer}{i}", group=group, dedup=f"{producer}{i}")

    queue = FifoQueue(spec_of(batch_size=7, max_receives=1), consume)
    with running(queue):
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(produce, "abcdefgh"))
        assert queue.wait_idle(LONG)
    assert queue.dead == []
    everything = [(producer, i) for producer in "abcdefgh" for i in range(50)]
    for received in seen.values():
        assert sorted(received, key=lambda item: item[0]) == everything


def test_groups_run_side_by_side_on_the_pool() -> None:
    barrier = threading.Barrier(3)

    def consume(event: Event) -> None:
        barrier.wait(LONG)

    queue = FifoQueue(spec_of(workers=3, max_receives=1), consume)
    for group in "abc":
        queue.send("x", group=group, dedup="x")
    drain(queue)
    assert queue.dead == []


def test_a_busy_group_takes_turns_with_the_others() -> None:
    recorder = Recorder()
    queue = FifoQueue(QueueSpec("q", workers=1, batch_size=2), recorder)
    send_all(queue, "abcdef", group="busy")
    send_all(queue, "xy", group="other")
    drain(queue)
    assert recorder.batches == ["ab", "xy", "cd", "ef"]


def test_a_partial_failure_comes_back_in_order_before_newer_messages() -> None:
    counts: list[list[str]] = []

    def answer(event: Event) -> dict[str, Any] | None:
        counts.append([r["attributes"]["ApproximateReceiveCount"] for r in event["Records"]])
        response = None
        if len(counts) == 1:
            send_all(queue, "e")
            response = failures(event, "b", "c")
        for record in event["Records"]:
            record["attributes"]["ApproximateReceiveCount"] = "changed by the handler"
        return response

    recorder = Recorder(answer)
    queue = FifoQueue(spec_of(batch_size=3), recorder)
    send_all(queue, "abcd")
    drain(queue)
    assert recorder.batches == ["abc", "bcd", "e"]
    assert counts == [["1", "1", "1"], ["2", "2", "1"], ["1"]]
    first, second = recorder.events[0]["Records"][1], recorder.events[1]["Records"][0]
    assert first["messageId"] == second["messageId"]


def test_unreported_records_behind_a_failure_come_back(caplog: pytest.LogCaptureFixture) -> None:
    recorder, queue = deliver(lambda event: failures(event, "b"), "abc", spec_of())
    assert recorder.batches == ["abc", "bc", "bc", "c"]
    assert [record["body"] for record in queue.dead] == ["b"]
    assert "unreported behind a failed record" in caplog.text


def test_a_group_goes_on_after_a_dead_letter(caplog: pytest.LogCaptureFixture) -> None:
    recorder, queue = deliver(lambda event: failures(event, "a"), "ab", spec_of(batch_size=1))
    assert recorder.batches == ["a", "a", "a", "b"]
    (dead,) = queue.dead
    assert dead["body"] == "a"
    assert dead["attributes"]["ApproximateReceiveCount"] == "3"
    (line,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert line.name == "contrail.local"
    assert line.__dict__["message_id"] == dead["messageId"]
    assert dead["messageId"] in line.getMessage()


@pytest.mark.parametrize("stray", [{"itemIdentifier": "stranger"}, {"id": "a"}, None])
def test_the_whole_batch_fails(stray: dict[str, str] | None) -> None:
    def answer(event: Event) -> dict[str, Any]:
        if not stray:
            raise SystemExit
        return {"batchItemFailures": [*failures(event, "a")["batchItemFailures"], stray]}

    recorder, queue = deliver(answer, "abc", spec_of(batch_size=2, max_receives=2))
    assert recorder.batches == ["ab", "ab", "c", "c"]
    assert [record["body"] for record in queue.dead] == ["a", "b", "c"]


@pytest.mark.parametrize("response", [None, {"statusCode": 200}, {"batchItemFailures": None}])
def test_the_whole_batch_succeeds(response: dict[str, Any] | None) -> None:
    recorder, queue = deliver(lambda event: response, "ab", spec_of())
    assert recorder.batches == ["ab"]
    assert queue.dead == []


def test_a_group_waiting_for_its_retry_holds_up_no_other() -> None:
    other = threading.Event()

    def answer(event: Event) -> dict[str, Any]:
        if bodies(event) == ["b"]:
            other.set()
        return failures(event, "a")

    queue = FifoQueue(QueueSpec("q", workers=1, retry_delay=60), answer)
    send_all(queue, "a", group="bad")
    send_all(queue, "b", group="good")
    with running(queue):
        assert other.wait(LONG)
        assert not queue.wait_idle(0.01)


def test_deduplication_lasts_five_minutes_in_a_group() -> None:
    now = [1000.0]
    recorder = Recorder()
    queue = FifoQueue(QueueSpec("q"), recorder, clock=lambda: now[0])
    queue.send("first", group="g", dedup="d")
    queue.send("dropped", group="g", dedup="d")
    queue.send("other group", group="h", dedup="d")
    now[0] += 299.9
    queue.send("dropped too", group="g", dedup="d")
    now[0] += 0.2
    queue.send("second", group="g", dedup="d")
    drain(queue)
    received = sorted(text for event in recorder.events for text in bodies(event))
    assert received == ["first", "other group", "second"]


def test_idle_groups_and_expired_dedup_ids_leave_nothing_behind() -> None:
    now = [0.0]
    queue = FifoQueue(QueueSpec("q"), Recorder(), clock=lambda: now[0])
    with running(queue):
        for i in range(2000):
            queue.send("x", group=str(i), dedup=str(i))
            now[0] += 1
        assert queue.wait_idle(LONG)
        assert len(queue._groups) == 0
        assert len(queue._recent) == 300
        now[0] += 300
        queue.send("x", group="g", dedup="x")
        assert len(queue._recent) == 1


def test_stop_drains_retries_included_and_then_refuses() -> None:
    failing = ["a"]
    recorder = Recorder(lambda event: failures(event, failing.pop()) if failing else None)
    queue = FifoQueue(spec_of(batch_size=1), recorder)
    send_all(queue, "abc")
    queue.start()
    queue.stop(LONG)
    assert recorder.batches == ["a", "a", "b", "c"]
    with pytest.raises(RuntimeError):
        queue.send("d", group="g", dedup="d")
    assert not any(thread.is_alive() for thread in queue._threads)


def test_stop_gives_up_at_its_timeout(caplog: pytest.LogCaptureFixture) -> None:
    release, entered = threading.Event(), threading.Event()

    def consume(event: Event) -> None:
        entered.set()
        release.wait(LONG)

    recorder = Recorder(consume)
    queue = FifoQueue(QueueSpec("q", batch_size=1), recorder)
    send_all(queue, "ab")
    queue.start()
    assert entered.wait(LONG)
    queue.stop(0.02)
    assert not queue.idle()
    release.set()
    for thread in list(queue._threads):
        thread.join(LONG)
    assert recorder.batches == ["a"]
    assert "1 messages undelivered" in caplog.text
