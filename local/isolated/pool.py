"""A function: the few processes that run it, started when they are needed."""

from __future__ import annotations

import asyncio
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson

from contrail.shapes.logs import warn
from infra.topology import Function
from local.isolated.names import function_arn
from local.isolated.runtime_api import Invocation
from local.isolated.worker import Launch, Outcome, Worker

Event = dict[str, Any]
Taken = tuple[Worker, Outcome | None]
"""A process with nothing to do; or one that did not start, and why."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """`most` processes of a function; another is started when none gets free within `soon` seconds.

    In Lambda every invocation that finds none free starts one. Here they share a few cores, and a
    start takes as much work as a hundred requests.
    """

    most: int = 3
    soon: float = 0.1


class ThrottledError(RuntimeError):
    """No process got free in the time that the function may take."""


class FunctionFailedError(RuntimeError):
    """The function raised, ran out of time or died. Its log has more."""


class Pool:
    """Everything on the event loop, but for `__call__`, which other threads use."""

    def __init__(self, function: Function, launch: Callable[[], Launch], sizes: Sizes) -> None:
        self.function = function
        self._launch = launch
        self._sizes = sizes
        self._loop = asyncio.get_running_loop()
        self._workers: set[Worker] = set()
        self._leaving: set[Worker] = set()
        self._free: list[Worker] = []
        self._waiting: deque[asyncio.Future[Taken]] = deque()
        self._starting: set[asyncio.Task[None]] = set()
        self._parting: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def pids(self) -> set[int]:
        every = self._workers | self._leaving
        return {worker.pid for worker in every if worker.pid is not None}

    def __call__(self, event: Event) -> Event:
        """Invoke and wait. Raises `FunctionFailedError`, `ThrottledError`."""
        invoking = asyncio.run_coroutine_threadsafe(self.invoke(orjson.dumps(event)), self._loop)
        outcome = invoking.result()
        if outcome.failed:
            raise FunctionFailedError(f"{self.function.name} failed: {outcome.kind}")
        answer: Event | None = orjson.loads(outcome.payload)
        return answer or {}

    async def invoke(self, payload: bytes, request_id: str = "") -> Outcome:
        """Raises `ThrottledError`."""
        request_id = request_id or str(uuid.uuid4())
        worker, failure = await self._take()
        if failure is not None:
            self._lose(worker, request_id, failure)
            return failure
        invocation = Invocation(request_id, function_arn(self.function.name), payload)
        outcome = await worker.run(invocation, self.function.timeout)
        if worker.alive:
            self._offer(worker, None)
        else:
            self._lose(worker, request_id, outcome)
        return outcome

    async def replace(self, launch: Callable[[], Launch], together: float = 0.0) -> None:
        """Run another version: it serves beside the one before for `together` seconds, then alone.

        What the version before is at it finishes. A function that has no process gets none. Raises
        `FunctionFailedError` where the new version cannot start: then the one before goes on.
        """
        if not self._workers:
            self._launch = launch
            return
        worker = Worker(launch())
        failure = await worker.start()
        if failure is not None:
            raise FunctionFailedError(f"{self.function.name} cannot start: {failure.kind}")
        before, self._launch = set(self._workers), launch
        self._workers.add(worker)
        self._offer(worker, None)
        await asyncio.sleep(together)
        self._leaving |= before & self._workers
        self._workers -= before
        idle = [worker for worker in self._free if worker in before]
        self._free = [worker for worker in self._free if worker not in before]
        for worker in idle:
            self._part(worker)

    async def stop(self) -> None:
        """Kill every process; what they were doing fails."""
        self._closed = True
        for place in self._waiting:
            if not place.done():
                place.set_exception(ThrottledError(f"{self.function.name} is being stopped"))
        await asyncio.gather(*(worker.end() for worker in self._workers | self._leaving))
        await asyncio.gather(*self._starting, *self._parting)

    async def _take(self) -> Taken:
        while self._free:
            worker = self._free.pop()
            if worker.alive:
                return worker, None
            self._workers.discard(worker)
        if self._closed:
            raise ThrottledError(f"{self.function.name} is being stopped")
        place: asyncio.Future[Taken] = self._loop.create_future()
        self._waiting.append(place)
        self._see_to(place, waited=False)
        try:
            async with asyncio.timeout(self.function.timeout):
                return await place
        except TimeoutError:
            if place.done() and not place.cancelled():  # it came at the same moment
                self._offer(*place.result())
            raise ThrottledError(f"{self.function.name}: no process got free") from None

    def _see_to(self, place: asyncio.Future[Taken], *, waited: bool) -> None:
        """Start a process for it if there is none, or if none got free while it waited."""
        if place.done() or self._closed:
            return
        if not self._starting and (waited or not self._workers):
            self._hire()
        self._loop.call_later(self._sizes.soon, partial(self._see_to, place, waited=True))

    def _hire(self) -> None:
        if len(self._workers) >= self._sizes.most:
            return
        worker = Worker(self._launch())
        self._workers.add(worker)
        task = asyncio.create_task(self._begin(worker))
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    async def _begin(self, worker: Worker) -> None:
        self._offer(worker, await worker.start())

    def _offer(self, worker: Worker, failure: Outcome | None) -> None:
        if worker in self._leaving:
            self._part(worker)
            return
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result((worker, failure))
                return
        if failure is None:
            self._free.append(worker)
        else:
            self._workers.discard(worker)

    def _part(self, worker: Worker) -> None:
        """End one of the version before, which has nothing to do any more."""
        self._leaving.discard(worker)
        task = asyncio.create_task(worker.end())
        self._parting.add(task)
        task.add_done_callback(self._parting.discard)

    def _lose(self, worker: Worker, request_id: str, outcome: Outcome) -> None:
        self._workers.discard(worker)
        self._leaving.discard(worker)
        fields = {"function": self.function.name, "request_id": request_id, "kind": outcome.kind}
        warn("process lost", **fields)
