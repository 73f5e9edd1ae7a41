"""Measure, print, hold against the anchors of the same run."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path

import bcrypt

from bench.chat.measure import Measured, measure
from bench.chat.servers import CLIENT_CORE, Server, anchor, contrail, contrail_alone
from bench.chat.targets import Figures, judged
from bench.text import table

ABOUT = """\
Chat under load: servers on one core, the client on another; each person is one of their own. The
anchors do the same on the wire and nothing besides, one in memory and one that synchronizes to
disk. CPU is that of our own processes; the embedded stores stand apart, and the last server does
without the database: a few lines of canned answers stand in for it. All of them have their turns,
one after the other, several times: figures are the middle ones."""
PEOPLE = 100
ROOM, IDLE, ROUNDS = 10_000, 500, 10


def _logins_alone() -> float:
    """Checks of a password that one core does in a second."""
    hashed, started, done = bcrypt.hashpw(b"secret", bcrypt.gensalt(ROUNDS)), time.process_time(), 0
    while time.process_time() - started < 1:
        bcrypt.checkpw(b"secret", hashed)
        done += 1
    return done / (time.process_time() - started)


def main(arguments: Sequence[str]) -> int:
    given = _parse(arguments)
    if len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {CLIENT_CORE})
    print(ABOUT)
    found = asyncio.run(_all(given))
    print("\n" + _table(found))
    anchors = {one.label: one for one in found}
    figures = Figures.of(
        anchors["Contrail"],
        anchors["Contrail, no database"],
        anchors["anchor in memory"],
        anchors["durable anchor"],
        _logins_alone(),
    )
    lines, failed = judged(figures)
    print("\n" + "\n".join(lines))
    return 1 if failed and given.judge else 0


async def _all(given: argparse.Namespace) -> list[Measured]:
    async with AsyncExitStack() as started:
        folder = Path(started.enter_context(tempfile.TemporaryDirectory()))
        starts: list[AbstractAsyncContextManager[Server]] = [
            anchor(folder, given.people, durable=False),
            anchor(folder, given.people, durable=True),
            contrail(folder, given.people),
            contrail_alone(folder, given.people),
        ]
        servers = [await started.enter_async_context(start) for start in starts]
        sys.stderr.write("bench: all have started\n")
        return await measure(servers, given)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench chat", description="Measure chat")
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--messages", type=int, default=300, help="of a round")
    parser.add_argument("--room", type=int, default=ROOM, help="messages in it for histories")
    parser.add_argument("--idle", type=int, default=IDLE, help="connections")
    parser.add_argument("--seconds", type=float, default=4.0, help="of histories, and of logins")
    parser.add_argument("--judge", action="store_true", help="fail where a target is missed")
    return parser.parse_args(arguments)


def _table(found: Sequence[Measured]) -> str:
    head = (
        *("server", "in flight", "msg/s", "p50 ms", "p99 ms", "CPU ms", "stores' CPU ms"),
        *("lost", "twice", "in order"),
    )
    rows = [
        (
            one.label,
            str(flying),
            f"{sends.rate:.1f}",
            f"{sends.middle * 1000:.1f}",
            f"{sends.slow * 1000:.1f}",
            f"{sends.own * 1000:.2f}",
            f"{sends.stores * 1000:.2f}",
            str(sends.lost),
            str(sends.twice),
            "yes" if sends.ordered else "no",
        )
        for one in found
        for flying, sends in one.sends.items()
    ]
    more_head = ("server", "", "last 50 a second", "logins a second", "KB per idle connection")
    more = [
        (one.label, "", f"{one.history:.0f}", f"{one.logins:.1f}", f"{one.connection / 1024:.1f}")
        for one in found
    ]
    return table(head, rows) + "\n\n" + table(more_head, more)
