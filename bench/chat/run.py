"""Measure, print, hold against the anchors of the same run."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import bcrypt

from bench.chat.processes import Spent, memory, spent
from bench.chat.receivers import Receiver, Round, connected
from bench.chat.servers import CLIENT_CORE, Server, anchor, contrail, contrail_alone
from bench.chat.targets import Figures, judged
from bench.text import table

ABOUT = """\
Chat under load: servers on one core, the client on another; each person is one of their own. The
anchors do the same on the wire and nothing besides, one in memory and one that synchronizes to
disk. CPU is that of our own processes; the embedded stores stand apart, and the last run does
without the database: a few lines of canned answers stand in for it."""
PEOPLE = 100
PAD = "x" * 89
ROOM, IDLE, ROUNDS = 10_000, 500, 10
WAIT = 120.0
QUIET = 0.05
"""Seconds of CPU that a server which has nothing to do may take in a second."""
marks = itertools.count(1)


@dataclass(frozen=True)
class Sends:
    """Of one round: messages a second until the last had arrived, seconds, CPU seconds each."""

    rate: float
    middle: float
    slow: float
    own: float
    stores: float
    lost: int
    twice: int
    ordered: bool


@dataclass
class Measured:
    label: str
    sends: dict[int, Sends] = field(default_factory=dict)
    history: float = 0.0
    logins: float = 0.0
    connection: float = 0.0


async def _send(server: Server, receivers: list[Receiver], flying: int, messages: int) -> Sends:
    first = next(marks) * 100_000
    begun = Round(first, messages, len(receivers))
    for receiver in receivers:
        receiver.begin(begun)
    numbers, people = iter(range(messages)), itertools.cycle(server.people)

    async def keep_sending() -> None:
        for number in numbers:
            begun.sent[number] = time.perf_counter()
            await server.send(next(people), f"~M{first + number:08} {PAD}")

    before, started = spent(server.pid), time.perf_counter()
    await asyncio.gather(*(keep_sending() for _ in range(flying)))
    try:
        await asyncio.wait_for(begun.done.wait(), WAIT)
    except TimeoutError:
        begun.last = time.perf_counter()
    used = spent(server.pid) - before
    return _sends(begun, receivers, begun.last - started, used)


def _sends(begun: Round, receivers: list[Receiver], seconds: float, used: Spent) -> Sends:
    messages, took = len(begun.sent), sorted(begun.took)
    heard = [receiver.heard for receiver in receivers]
    return Sends(
        rate=messages / seconds,
        middle=median(took),
        slow=took[int(len(took) * 0.99)],
        own=used.own / messages,
        stores=used.stores / messages,
        lost=sum(messages - len(set(one)) for one in heard),
        twice=sum(len(one) - len(set(one)) for one in heard),
        ordered=all(one == heard[0] for one in heard),
    )


async def _rate(asking: Callable[[int], Awaitable[object]], flying: int, seconds: float) -> float:
    end, done = time.perf_counter() + seconds, 0

    async def keep_asking(number: int) -> None:
        nonlocal done
        while time.perf_counter() < end:
            await asking(number)
            done += 1

    started = time.perf_counter()
    await asyncio.gather(*(keep_asking(number) for number in range(flying)))
    return done / (time.perf_counter() - started)


async def _measure(server: Server, given: argparse.Namespace) -> Measured:
    found = Measured(server.label)
    receivers = [await connected(server.port, one.token, server.rid) for one in server.people]
    await _send(server, receivers, 1, min(50, given.messages))
    for flying in (1, 16):
        found.sends[flying] = await _send(server, receivers, flying, given.messages)
    for receiver in receivers:
        receiver.close()
    await _fill(server, given.room - 2 * given.messages)
    people = server.people

    async def read(number: int) -> None:
        await server.history(people[number % len(people)])

    await _settle(server)
    for number in range(len(people)):
        await read(number)
    found.history = await _rate(read, 16, given.seconds)
    found.logins = await _rate(lambda _: server.login(), 8, given.seconds)
    held = memory(server.pid)
    idle = [await connected(server.port, people[n % len(people)].token) for n in range(given.idle)]
    await asyncio.sleep(2)
    found.connection = (memory(server.pid) - held) / max(1, len(idle))
    for receiver in idle:
        receiver.close()
    return found


async def _settle(server: Server) -> None:
    """Wait until it is through with what it was told, that people left among it."""
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline:
        before = spent(server.pid)
        await asyncio.sleep(1)
        used = spent(server.pid) - before
        if used.own + used.stores < QUIET:
            return


async def _fill(server: Server, messages: int) -> None:
    numbers, people = iter(range(messages)), itertools.cycle(server.people)

    async def keep_sending() -> None:
        for _ in numbers:
            await server.send(next(people), PAD)

    await asyncio.gather(*(keep_sending() for _ in range(16)))


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
    found = []
    with tempfile.TemporaryDirectory() as folder:
        starts: list[AbstractAsyncContextManager[Server]] = [
            anchor(Path(folder), given.people, durable=False),
            anchor(Path(folder), given.people, durable=True),
            contrail(Path(folder), given.people),
            contrail_alone(Path(folder), given.people),
        ]
        for start in starts:
            async with start as server:
                sys.stderr.write(f"bench: {server.label}\n")
                found.append(await _measure(server, given))
    return found


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
