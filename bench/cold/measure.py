"""Processes that start cold, and how long they take."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.cold.requests import First
from bench.cold.world import World
from bench.processes import NOTHING, BenchFailedError, Start
from infra.packages import Packages
from infra.topology import FUNCTIONS, Function

CHILD = Path(__file__).with_name("child.py")
TIMEOUT = 60


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds."""

    wall: float
    cpu: float

    @classmethod
    def middle(cls, many: list[Spent]) -> Spent:
        return cls(median(one.wall for one in many), median(one.cpu for one in many))


class Starter:
    """For `compiled` see `Start`."""

    def __init__(self, world: World, packages: Packages, compiled: Path | None) -> None:
        self._world = world
        self._start = Start(packages, compiled)

    def baseline(self) -> Spent:
        function = FUNCTIONS[0]
        job = {"address": self._world.aws, "database": self._world.database}
        return self._run(function, job, None)[0]

    def first(self, request: First) -> Spent:
        """Raises `BenchFailedError`, as the others do."""
        function = function_of(request)
        job = {"service": function.service, "event": request.event(self._world)}
        return self._run(function, job, request)[0]

    def profile(self, request: First) -> str:
        """What `-X importtime` says of it."""
        function = function_of(request)
        job = {"service": function.service, "event": request.event(self._world)}
        return self._run(function, job, request, "-X", "importtime")[1]

    def _run(
        self, function: Function, job: dict[str, Any], request: First | None, *options: str
    ) -> tuple[Spent, str]:
        done = subprocess.run(
            self._start.command(CHILD, options),
            input=json.dumps(job),
            env=self._start.environment(function, self._world.variables(function)),
            cwd=NOTHING,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        if done.returncode:
            raise BenchFailedError(f"{function.name} did not start: {done.stderr[-2000:]}")
        *logged, last = done.stdout.splitlines()
        said = json.loads(last)
        if request is not None and not request.worked(said["answer"]):
            answer = "\n".join([str(said["answer"]), *logged])
            raise BenchFailedError(f"{function.name} did not do what it was asked: {answer}")
        return Spent(said["wall"], said["cpu"]), done.stderr


def function_of(request: First) -> Function:
    return next(function for function in FUNCTIONS if function.name == request.function)
