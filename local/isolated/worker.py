"""One process that runs a function's handler.

It handles one invocation at a time, as in Lambda. Everything here is on the event loop, but for
the thread that stays with the process.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from local.isolated.runtime_api import Invocation, RuntimeApi
from local.processes import ending, kill_group, spawn

INIT = 30.0
"""Seconds until a process must ask for work. Lambda gives 10, on a machine of its own."""
NOWHERE = Path("/")


@dataclass(frozen=True, slots=True)
class Launch:
    """How a function's processes are started: what `spawn` takes. They run outside any checkout."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an invocation: the answer's JSON, or with `failed` Lambda's error object."""

    payload: bytes
    failed: bool = False

    @classmethod
    def failure(cls, kind: str, message: str) -> Outcome:
        return cls(orjson.dumps({"errorType": kind, "errorMessage": message}), failed=True)

    @property
    def kind(self) -> str:
        """A failure's type, empty for an answer. What it says besides may quote the event."""
        said = orjson.loads(self.payload) if self.failed else {}
        return str(said.get("errorType", "")) if isinstance(said, dict) else ""


class Worker:
    """`start` once, then `run` one invocation after the other while `alive`."""

    def __init__(self, launch: Launch) -> None:
        self._launch = launch
        self._api = RuntimeApi()
        self._loop = asyncio.get_running_loop()
        self._process: subprocess.Popen[bytes] | None = None
        self._ended: asyncio.Future[str] = self._loop.create_future()
        self._begun = self._condemned = False

    @property
    def alive(self) -> bool:
        return not self._ended.done()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self.alive else None

    async def start(self) -> Outcome | None:
        """Wait until it asks for work; what went wrong if it does not, and then it is gone."""
        try:
            port = await self._api.start()
        except OSError as error:
            self._finish(f"could not be started: {error}")
        else:
            self._begin(port)
        asked = asyncio.ensure_future(self._api.asked.wait())
        try:
            await _first(asked, self._ended, INIT)
        finally:
            asked.cancel()
        if self.alive and self._api.asked.is_set():
            return None
        why = self._ended.result() if self._ended.done() else f"asked for no work in {INIT:g} s"
        await self.end()
        said = self._api.init_error
        return Outcome(said, failed=True) if said else Outcome.failure("Runtime.ExitError", why)

    async def run(self, invocation: Invocation, timeout: float) -> Outcome:
        """`timeout` in seconds. One that takes longer, or dies of it, is gone afterwards."""
        answer = self._api.hand_out(invocation, timeout)
        await _first(answer, self._ended, timeout)
        if answer.done():
            return Outcome(*answer.result())
        who = f"RequestId: {invocation.request_id} Error: "
        if self._ended.done():
            why = f"{who}Runtime exited: it {self._ended.result()}"
            outcome = Outcome.failure("Runtime.ExitError", why)
        else:
            late = f"{who}Task timed out after {timeout:.2f} seconds"
            outcome = Outcome.failure("Sandbox.Timedout", late)
        await self.end()
        return outcome

    async def end(self) -> None:
        """Kill it and what it started, in the middle of an invocation too. It may be repeated."""
        self._condemned = True
        if self._process is not None and self.alive:
            kill_group(self._process, signal.SIGKILL)
        if self._begun or not self.alive:
            await asyncio.wait({self._ended})
            await asyncio.wait({self._silence})

    def _begin(self, port: int) -> None:
        if self._condemned:
            self._finish("was stopped while it started")
            return
        self._begun = True
        name = f"worker-{self._launch.name}"
        threading.Thread(target=self._live, args=(port,), name=name, daemon=True).start()

    def _live(self, port: int) -> None:
        """The kernel ties a child to the thread that made it, so that thread stays with it."""
        launch = self._launch
        environment = {**launch.environment, "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}"}
        try:
            process = self._process = spawn(launch.command, environment, launch.log, NOWHERE)
        except OSError as error:
            why = f"could not be started: {error}"
        else:
            if self._condemned:
                kill_group(process, signal.SIGKILL)
            why = ending(process.wait())
        self._loop.call_soon_threadsafe(self._finish, why)

    def _finish(self, why: str) -> None:
        self._ended.set_result(why)
        self._silence = asyncio.create_task(self._api.stop())


async def _first(one: asyncio.Future[Any], other: asyncio.Future[Any], timeout: float) -> None:
    await asyncio.wait({one, other}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
