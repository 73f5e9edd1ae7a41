"""A function's process, and what it says of itself."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import Any

from bench.cold.world import World
from bench.memory.child import MARK
from bench.memory.measured import Measured
from bench.memory.works import Work, firsts, works
from bench.processes import NOTHING, BenchFailedError, Start
from infra.packages import Packages
from infra.topology import Function

CHILD = Path(__file__).with_name("child.py")
TIMEOUT = 900
"""Seconds that a process may take for all it is asked."""


def measure(world: World, packages: Packages, function: Function) -> Measured:
    """As it is deployed: no bytecode is kept. Raises `BenchFailedError`."""
    with _process(world, packages, function) as process:
        imported = _step(process, function, function.handler)
        first, *others = firsts(function)
        answered = _asked(process, world, function, first)
        latest, largest = answered, first.what
        for work in (*others, *works(function)):
            now = _asked(process, world, function, work)
            if now["peak"] > latest["peak"]:
                largest = work.what
            latest = now
    return Measured(
        function.name,
        imported["peak"],
        answered["peak"],
        latest["peak"],
        imported["cpu"],
        answered["cpu"],
        first.what,
        largest,
    )


@contextmanager
def _process(
    world: World, packages: Packages, function: Function
) -> Iterator[subprocess.Popen[str]]:
    assert packages.runtime is not None
    start = Start(packages, None)
    # Which does what the other edition does, and more.
    told = {**world.variables(function), "EDITION": "enterprise"}
    process = subprocess.Popen(
        start.command(CHILD),
        env=start.environment(function, told, packages.runtime),
        cwd=NOTHING,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    timer = Timer(TIMEOUT, process.kill)
    timer.start()
    with process:
        try:
            yield process
        finally:
            timer.cancel()
            process.kill()


def _asked(
    process: subprocess.Popen[str], world: World, function: Function, work: Work
) -> dict[str, Any]:
    """Fails for what the function could not do; to refuse is its right."""
    said = _step(process, function, work.event(world))
    answer = said["answer"] or {}
    if answer.get("statusCode", 0) >= 500 or answer.get("batchItemFailures"):
        raise BenchFailedError(f"{function.name} did not do {work.what}: {answer}")
    return said


def _step(process: subprocess.Popen[str], function: Function, given: Any) -> dict[str, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(given) + "\n")
    process.stdin.flush()
    logged: list[str] = []
    for line in process.stdout:
        if line.startswith(MARK):
            said: dict[str, Any] = json.loads(line.removeprefix(MARK))
            said["logged"] = logged
            return said
        logged.append(line)
    raise BenchFailedError(f"{function.name} ended: {''.join(logged)[-2000:]}")
