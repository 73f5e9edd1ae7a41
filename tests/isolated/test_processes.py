"""Processes that run a handler: what they answer, and what is done when they don't."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from contrail.api.fitting import PAYLOAD
from infra.packages_wheels import Target, runtime
from infra.topology import Function
from local.isolated.pool import Pool, Sizes
from local.isolated.worker import Launch, Outcome
from tests.support.program import eventually, running

HANDLER = """
import os, sys, time

def handler(event, context):
    do = event.get("do")
    if do == "raise":
        raise ValueError("no such " + event["what"])
    if do == "exit":
        os._exit(3)
    if do == "sleep":
        time.sleep(event["seconds"])
    while do == "wait" and not os.path.exists(event["for"]):
        time.sleep(0.01)
    if do == "much":
        return "x" * event["bytes"]
    left = context.get_remaining_time_in_millis()
    told = {"name": os.environ["NAME"], "pid": os.getpid(), "left": left, "echo": event}
    return {**told, "id": context.aws_request_id}
"""
Make = Callable[..., Pool]
Version = Callable[[], Launch]


@pytest.fixture
async def make(tmp_path: Path) -> AsyncIterator[Make]:
    """Makes pools whose processes run HANDLER, or another module."""
    (tmp_path / "scripted.py").write_text(HANDLER)
    (tmp_path / "broken.py").write_text("import no_such_library\n")
    made: list[Pool] = []

    def make(handler: str = "scripted.handler", *, timeout: int = 20, **sizes: Any) -> Pool:
        function = Function("scripted", "scripted", timeout=timeout)
        made.append(Pool(function, version(tmp_path, handler), Sizes(**sizes)))
        return made[-1]

    yield make
    pids = {pid for pool in made for pid in pool.pids}
    for pool in made:
        await pool.stop()
    assert not [pid for pid in pids if running(pid)]


def version(folder: Path, handler: str = "scripted.handler", name: str = "") -> Version:
    """How processes of a version start, which is told by its `name`."""
    return lambda: Launch(
        name="scripted",
        command=(sys.executable, "-S", "-P", "-m", "awslambdaric", handler),
        environment={"PYTHONPATH": f"{folder}:{runtime(Target.HOST)}", "NAME": name},
        log=folder / "log",
    )


async def invoke(pool: Pool, **event: Any) -> Outcome:
    return await pool.invoke(orjson.dumps(event))


def answer(outcome: Outcome) -> dict[str, Any]:
    assert not outcome.failed, outcome.payload
    return dict(orjson.loads(outcome.payload))


def failure(outcome: Outcome) -> tuple[str, str]:
    assert outcome.failed, outcome.payload
    said = orjson.loads(outcome.payload)
    assert outcome.kind == said["errorType"]
    return said["errorType"], said["errorMessage"]


async def test_an_answer_comes_with_the_id_and_the_deadline_it_was_asked_with(make: Make) -> None:
    pool = make(timeout=20)
    assert pool.pids == set()
    outcome = await pool.invoke(b'{"a": "\\u00e9"}', "an-id")
    told = answer(outcome)
    assert (told["id"], told["echo"]) == ("an-id", {"a": "é"})
    assert 18_000 < told["left"] <= 20_000
    assert pool.pids == {told["pid"]}
    assert answer(await invoke(pool))["pid"] == told["pid"]


async def test_what_a_handler_raises_is_told_and_costs_no_process(make: Make) -> None:
    pool = make()
    first = answer(await invoke(pool))
    kind, message = failure(await invoke(pool, do="raise", what="room"))
    assert (kind, message) == ("ValueError", "no such room")
    assert answer(await invoke(pool))["pid"] == first["pid"]


async def test_a_process_that_dies_fails_its_invocation_and_is_replaced(make: Make) -> None:
    pool = make()
    first = answer(await invoke(pool))
    kind, message = failure(await invoke(pool, do="exit"))
    assert kind == "Runtime.ExitError"
    assert message.endswith("Error: Runtime exited: it ended with status 3")
    assert answer(await invoke(pool))["pid"] != first["pid"]


async def test_one_that_was_killed_while_it_had_nothing_to_do_is_replaced(make: Make) -> None:
    pool = make()
    first = answer(await invoke(pool))
    os.kill(first["pid"], signal.SIGKILL)
    while pool.pids:
        await asyncio.sleep(0.01)
    assert answer(await invoke(pool))["pid"] != first["pid"]


async def test_an_invocation_that_takes_too_long_is_killed_with_its_process(make: Make) -> None:
    pool = make(timeout=1)
    first = answer(await invoke(pool))
    began = time.monotonic()
    kind, message = failure(await invoke(pool, do="sleep", seconds=30))
    assert 0.9 < time.monotonic() - began < 20
    assert kind == "Sandbox.Timedout"
    assert message.endswith("Error: Task timed out after 1.00 seconds")
    assert eventually(lambda: not running(first["pid"]))
    assert answer(await invoke(pool))["pid"] != first["pid"]


async def test_one_that_cannot_start_says_why_each_time(make: Make) -> None:
    pool = make("broken.handler")
    for _ in range(2):
        kind, message = failure(await invoke(pool))
        assert kind == "Runtime.ImportModuleError"
        assert "no_such_library" in message
    assert pool.pids == set()


async def test_an_answer_above_the_limit_is_none(make: Make) -> None:
    pool = make()
    fits = await invoke(pool, do="much", bytes=PAYLOAD - 2)
    assert (len(fits.payload), fits.failed) == (PAYLOAD, False)
    kind, _ = failure(await invoke(pool, do="much", bytes=PAYLOAD - 1))
    assert kind == "Function.ResponseSizeTooLarge"
    assert answer(await invoke(pool))["echo"] == {}


async def test_more_at_once_than_there_are_processes_wait_their_turn(make: Make) -> None:
    pool = make(most=2, soon=0.01)
    outcomes = await asyncio.gather(*(invoke(pool, do="sleep", seconds=0.3) for _ in range(6)))
    pids = {answer(outcome)["pid"] for outcome in outcomes}
    assert len(pids) == 2
    assert pool.pids == pids


async def test_one_process_does_for_short_invocations_at_once(make: Make) -> None:
    pool = make(most=3, soon=5)
    outcomes = await asyncio.gather(*(invoke(pool) for _ in range(20)))
    assert len({answer(outcome)["pid"] for outcome in outcomes}) == 1


async def test_stopping_ends_what_is_under_way_and_who_waits(make: Make) -> None:
    pool = make(most=1)
    first = answer(await invoke(pool))
    going = [asyncio.create_task(invoke(pool, do="sleep", seconds=30)) for _ in range(2)]
    await asyncio.sleep(0.1)
    await pool.stop()
    under_way, waiting = await asyncio.gather(*going, return_exceptions=True)
    assert isinstance(under_way, Outcome)
    assert failure(under_way)[0] == "Runtime.ExitError"
    assert "stopped" in str(waiting)
    assert not running(first["pid"])
    with pytest.raises(RuntimeError, match="stopped"):
        await invoke(pool)


async def test_the_version_before_finishes_what_it_is_at_and_begins_nothing_more(
    make: Make, tmp_path: Path
) -> None:
    pool = make()
    first = answer(await invoke(pool))
    enough = tmp_path / "enough"
    going = asyncio.create_task(invoke(pool, do="wait", **{"for": str(enough)}))
    await asyncio.sleep(0)
    await pool.replace(version(tmp_path, name="next"))
    for _ in range(3):
        assert answer(await invoke(pool))["name"] == "next"
    enough.touch()
    under_way = answer(await going)
    assert (under_way["name"], under_way["pid"]) == ("", first["pid"])
    while first["pid"] in pool.pids:
        await asyncio.sleep(0.01)
    assert answer(await invoke(pool))["name"] == "next"
    assert eventually(lambda: not running(first["pid"]))


async def test_both_versions_serve_together_for_a_while(make: Make, tmp_path: Path) -> None:
    pool = make(most=1, soon=30)
    await invoke(pool)
    replacing = asyncio.create_task(pool.replace(version(tmp_path, name="next"), together=2.0))
    while len(pool.pids) < 2:
        await asyncio.sleep(0.01)
    names: set[str] = set()
    while not replacing.done():
        both = await asyncio.gather(*(invoke(pool, do="sleep", seconds=0.1) for _ in range(2)))
        names |= {answer(one)["name"] for one in both}
    assert names == {"", "next"}
    await replacing
    assert answer(await invoke(pool))["name"] == "next"


async def test_a_version_that_cannot_start_replaces_nothing(make: Make, tmp_path: Path) -> None:
    pool = make()
    first = answer(await invoke(pool))
    with pytest.raises(RuntimeError, match=r"cannot start: Runtime\.ImportModuleError"):
        await pool.replace(version(tmp_path, "broken.handler"))
    assert answer(await invoke(pool))["pid"] == first["pid"]


async def test_a_function_that_nobody_uses_gets_its_next_version_when_it_is_used(
    make: Make, tmp_path: Path
) -> None:
    pool = make()
    await pool.replace(version(tmp_path, name="next"))
    assert pool.pids == set()
    assert answer(await invoke(pool))["name"] == "next"
