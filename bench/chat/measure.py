"""What is measured, of all servers in turn and again: what slows the machine for a while, as others
on it do, then slows them all.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from statistics import fmean, median
from typing import Protocol, TypeVar

from bench.chat.processes import Spent, memory, spent
from bench.chat.receivers import Receiver, Round, connected
from bench.chat.servers import Server

TURNS = 5
FLYING = (1, 16)
PAD = "x" * 89
WAIT = 120.0
QUIET = 0.05
"""Seconds of CPU that a server which has nothing to do may take in a second."""
marks = itertools.count(1)
Found = TypeVar("Found")


class Wanted(Protocol):
    """Messages of a server, and in the room for histories; connections; seconds of histories, and
    of logins.
    """

    messages: int
    room: int
    idle: int
    seconds: float


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


async def measure(servers: Sequence[Server], wanted: Wanted) -> list[Measured]:
    found = [Measured(server.label) for server in servers]
    listening = [await _listening(server) for server in servers]
    for flying in FLYING:

        async def send(at: int, flying: int = flying) -> Sends:
            messages = max(1, wanted.messages // TURNS)
            return await _send(servers[at], listening[at], flying, messages)

        for one, rounds in zip(found, await _in_turn(servers, send), strict=True):
            one.sends[flying] = _together(rounds)
    for receiver in itertools.chain(*listening):
        receiver.close()
    for server in servers:
        await _fill(server, wanted.room - len(FLYING) * wanted.messages)
        await _settle(server)
        for one_of_them in server.people:
            await server.history(one_of_them)

    async def read(at: int) -> float:
        asking = itertools.cycle(servers[at].people)
        return await _rate(lambda: servers[at].history(next(asking)), 16, wanted.seconds / TURNS)

    async def log_in(at: int) -> float:
        return await _rate(servers[at].login, 8, wanted.seconds / TURNS)

    histories, logins = await _in_turn(servers, read), await _in_turn(servers, log_in)
    for at, one in enumerate(found):
        one.history, one.logins = median(histories[at]), median(logins[at])
        one.connection = await _connection(servers[at], wanted.idle)
    return found


async def _in_turn(
    servers: Sequence[Server], doing: Callable[[int], Awaitable[Found]]
) -> list[list[Found]]:
    """What each server's turns found."""
    found: list[list[Found]] = [[] for _ in servers]
    for _ in range(TURNS):
        for at, turns in enumerate(found):
            turns.append(await doing(at))
    return found


def _together(rounds: Sequence[Sends]) -> Sends:
    return Sends(
        rate=median(one.rate for one in rounds),
        middle=median(one.middle for one in rounds),
        slow=max(one.slow for one in rounds),
        own=fmean(one.own for one in rounds),
        stores=fmean(one.stores for one in rounds),
        lost=sum(one.lost for one in rounds),
        twice=sum(one.twice for one in rounds),
        ordered=all(one.ordered for one in rounds),
    )


async def _listening(server: Server) -> list[Receiver]:
    """Everyone connected, and a first round behind them."""
    receivers = [await connected(server.port, one.token, server.rid) for one in server.people]
    await _send(server, receivers, 1, len(receivers) // 2)
    return receivers


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


async def _fill(server: Server, messages: int) -> None:
    numbers, people = iter(range(messages)), itertools.cycle(server.people)

    async def keep_sending() -> None:
        for _ in numbers:
            await server.send(next(people), PAD)

    await asyncio.gather(*(keep_sending() for _ in range(16)))


async def _settle(server: Server) -> None:
    """Wait until it is through with what it was told, that people left among it."""
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline:
        before = spent(server.pid)
        await asyncio.sleep(1)
        used = spent(server.pid) - before
        if used.own + used.stores < QUIET:
            return


async def _rate(asking: Callable[[], Awaitable[object]], flying: int, seconds: float) -> float:
    end, done = time.perf_counter() + seconds, 0

    async def keep_asking() -> None:
        nonlocal done
        while time.perf_counter() < end:
            await asking()
            done += 1

    started = time.perf_counter()
    await asyncio.gather(*(keep_asking() for _ in range(flying)))
    return done / (time.perf_counter() - started)


async def _connection(server: Server, connections: int) -> float:
    """Bytes that an idle one takes."""
    held, people = memory(server.pid), itertools.cycle(server.people)
    idle = [await connected(server.port, next(people).token) for _ in range(connections)]
    await asyncio.sleep(2)
    taken = memory(server.pid) - held
    for receiver in idle:
        receiver.close()
    return taken / max(1, connections)
