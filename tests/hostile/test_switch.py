"""The switch itself: each part does what it says, no more often than it may, and by its seed."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest

from local.hostile import EVERYTHING, IN_A_ROW, Dice, Hostile, Rates
from local.hostile_frames import HostileFrames
from local.queues import FifoQueue, QueueSpec
from tests.support.queues import LONG, Event, Recorder, bodies, failures, running, send_all

CONNECTION = "c="


def drawn(dice: Dice, concern: str = "held", key: str = CONNECTION) -> list[float]:
    return [dice.seconds(concern, 1.0, key) for _ in range(5)]


def test_a_seed_repeats_its_numbers_and_concerns_do_not_disturb_each_other() -> None:
    first, again, other = Dice("1"), Dice("1"), Dice("2")
    drawn(first, "reset")
    assert drawn(first) == drawn(again)
    assert drawn(Dice("1"), "reset") != drawn(Dice("1"))
    assert drawn(Dice("1")) != drawn(other)


def test_a_connections_own_seed_holds_whatever_others_do() -> None:
    alone, busy = Dice("1"), Dice("2")
    for dice in (alone, busy):
        dice.adopt(CONNECTION, "7")
    drawn(busy, key="other=")
    numbers = drawn(alone)
    assert numbers == drawn(busy)
    busy.forget(CONNECTION)
    busy.adopt(CONNECTION, "7")
    assert drawn(busy) == numbers, "from the start again"


def test_the_rates_are_rates() -> None:
    dice = Dice("1")
    often = sum(dice.happens("x", 0.25, "") for _ in range(2000))
    assert 400 < often < 600
    assert not any(dice.happens("x", 0.0, "") for _ in range(100))
    assert all(dice.happens("x", 1.0, "") for _ in range(100))
    assert all(0.0 <= dice.seconds("x", 0.3, "") < 0.3 for _ in range(100))
    assert {dice.place("x", 3, "") for _ in range(100)} == {0, 1, 2}


def test_a_post_is_throttled_only_so_often_in_a_row() -> None:
    hostile = Hostile(1, Rates(throttled=1.0))
    passed = [hostile.throttles(CONNECTION) for _ in range(2 * (IN_A_ROW + 1))]
    assert passed == ([True] * IN_A_ROW + [False]) * 2


def consumed(rates: Rates, texts: str, answer: Any = None, receives: int = 3) -> Recorder:
    recorder = Recorder(answer)
    spec = QueueSpec("q", max_receives=receives, retry_delay=0.005)
    queue = FifoQueue(spec, Hostile(3, rates).consumer(recorder, receives))
    send_all(queue, texts)
    with running(queue):
        assert queue.wait_idle(LONG)
    assert queue.dead == []
    return recorder


def test_a_lost_answer_brings_the_batch_again_until_its_last_receive() -> None:
    recorder = consumed(Rates(unanswered=1.0), "a")
    assert recorder.batches == ["a", "a", "a"]
    counts = [
        event["Records"][0]["attributes"]["ApproximateReceiveCount"] for event in recorder.events
    ]
    assert counts == ["1", "2", "3"]


def test_a_lost_answer_may_be_that_of_a_part() -> None:
    batches = consumed(Rates(unanswered=1.0), "abcdef").batches
    assert batches[0] == "abcdef"
    assert all("abcdef".endswith(batch) for batch in batches)
    assert len(batches) == 3


def test_a_worker_that_dies_has_done_a_part_and_the_whole_comes_again() -> None:
    batches = consumed(Rates(crashed=1.0), "abcdef").batches
    assert batches[-1] == "abcdef"
    assert len(batches) == 3
    for part in batches[:-1]:
        assert 0 < len(part) < 6
        assert "abcdef".startswith(part)


def test_what_the_consumer_itself_reports_is_left_alone() -> None:
    reported: list[str] = []

    def answer(event: Event) -> Event | None:
        if reported:
            return None
        reported.extend(bodies(event))
        return failures(event, "b")

    recorder = consumed(Rates(unanswered=0.0), "ab", answer)
    assert recorder.batches == ["ab", "b"]


class Watched(FifoQueue):
    """Keeps what reaches it, in order."""

    def __init__(self) -> None:
        super().__init__(QueueSpec("frames"), lambda _: None)
        self.queued: list[str] = []

    def send(self, body: str, **more: Any) -> None:
        self.queued.append(body)
        super().send(body, **more)


class Frames:
    """Frames by way of the switch."""

    def __init__(self, rates: Rates) -> None:
        self._queue = Watched()
        self._numbers = itertools.count()
        loop = asyncio.get_running_loop()
        self.through = HostileFrames(self._queue, Hostile(1, rates), loop)

    @property
    def queued(self) -> list[str]:
        return self._queue.queued

    def send(self, body: str, event: str = "MESSAGE", group: str = CONNECTION) -> None:
        dedup = str(next(self._numbers))
        self.through.send(body, group=group, dedup=dedup, attributes={"event": event})

    async def all(self) -> list[str]:
        assert await asyncio.to_thread(self.through.wait_idle, LONG)
        return self.queued


async def test_frames_are_displaced_by_no_more_than_they_may() -> None:
    frames = Frames(Rates(displaced=0.5, displaced_for=0.3))
    started = asyncio.get_running_loop().time()
    for number in range(30):
        frames.send(str(number))
    here = list(frames.queued)
    queued = await frames.all()
    assert asyncio.get_running_loop().time() - started < 5.0
    assert 5 < len(here) < 25, "some went at once"
    assert sorted(queued, key=int) == [str(number) for number in range(30)]
    assert queued != sorted(queued, key=int)


async def test_the_end_comes_last_unless_it_is_hurried() -> None:
    for hurried in (0.0, 1.0):
        frames = Frames(Rates(displaced=1.0, displaced_for=0.1, hurried=hurried))
        for number in range(10):
            frames.send(str(number))
        frames.send("another's", group="d=")
        frames.send("end", "DISCONNECT")
        queued = [one for one in await frames.all() if one != "another's"]
        assert queued.index("end") == (0 if hurried else 10)


async def test_the_end_may_be_dropped_and_nothing_else() -> None:
    frames = Frames(Rates(dropped=1.0))
    frames.send("a")
    frames.send("end", "DISCONNECT")
    frames.send("b")
    assert await frames.all() == ["a", "b"]


async def test_what_is_displaced_when_the_runtime_stops_is_queued_in_order_of_its_time() -> None:
    frames = Frames(Rates(displaced=1.0, displaced_for=60.0))
    for number in range(10):
        frames.send(str(number))
    frames.send("end", "DISCONNECT")
    frames.through.flush()
    assert len(frames.queued) == 11
    assert frames.queued[-1] == "end"
    assert frames.through.idle()


def test_connect_may_return_late_and_its_answer_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("local.hostile.time.sleep", slept.append)
    answer = {"statusCode": 200}
    connect = Hostile(1, Rates(opening=1.0, opening_for=0.3)).connecting(lambda _: answer)
    event = {"requestContext": {"connectionId": CONNECTION}}
    assert connect(event) is answer
    assert 0 < slept[0] < 0.3


def test_everything_is_everything() -> None:
    rates = {name: rate for name, rate in vars(EVERYTHING).items() if not name.endswith("_for")}
    assert all(0 < rate < 1 for rate in rates.values()), rates
