"""Work that one process at a time does: a lease, renewed for as long as the process lives."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from pymongo.errors import PyMongoError

from contrail.ports.clock import Clock
from contrail.shapes.logs import unexpected
from contrail.store.runs import Runs

LEASE = timedelta(seconds=60)
"""After which whoever held it and died is not waited for any more."""
RENEWALS = 3
"""How many there are within a lease: one may fail."""
LOOK = 0.25
"""Seconds between looks at a lease that another has."""


class BusyError(Exception):
    """Another process is at it, for longer than was to be waited."""


class LostError(Exception):
    """This process was silent for so long that another has begun."""


class Hold:
    def __init__(self, runs: Runs, name: str, mark: str, clock: Clock) -> None:
        self._runs = runs
        self._name = name
        self._mark = mark
        self._clock = clock
        self._ended = threading.Event()
        self._lost = False
        self._thread = threading.Thread(target=self._renew, name=f"hold-{name}", daemon=True)

    def still(self) -> None:
        """Raises `LostError` where another has begun meanwhile."""
        if self._lost:
            raise LostError(self._name)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._ended.set()
        self._thread.join()

    def _renew(self) -> None:
        while not self._ended.wait(LEASE.total_seconds() / RENEWALS):
            try:
                until = self._clock.now() + LEASE
                self._lost = not self._runs.renew(self._name, self._mark, until)
            except PyMongoError:
                unexpected("lease not renewed", run=self._name)
            if self._lost:
                return


@contextmanager
def holding(
    runs: Runs, name: str, clock: Clock, *, patience: float, alone: bool = False
) -> Iterator[Hold]:
    """Do it while nobody else does. Waits `patience` seconds for who does, then `BusyError`.

    `alone` says that no other process can be at it: one that held it has died. What fails lets go
    of it at once; what is done is noted.
    """
    runs.want(name)
    if alone:
        runs.release(name)
    began = clock.now()
    mark = _taken(runs, name, clock, patience)
    hold = Hold(runs, name, mark, clock)
    hold.start()
    try:
        yield hold
    except BaseException:
        hold.end()
        runs.pause(name, mark, "")
        raise
    hold.end()
    runs.done(name, mark, began)


def _taken(runs: Runs, name: str, clock: Clock, patience: float) -> str:
    deadline = time.monotonic() + patience
    while True:
        now = clock.now()
        if mark := runs.take(name, now, due=now, until=now + LEASE):
            return mark
        if time.monotonic() > deadline:
            raise BusyError(name)
        time.sleep(LOOK)
        # Whoever had it has answered the wish meanwhile, with work that began before this.
        runs.want(name)
