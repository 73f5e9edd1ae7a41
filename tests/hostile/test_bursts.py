"""A client that doesn't wait for answers ends where a patient one does, whatever the plane does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import pytest

from local.hostile import EVERYTHING, Hostile, Rates
from tests.hostile.bursts import (
    Burst,
    all_answered,
    answers,
    faults,
    patient,
    record_of,
    settled,
    state,
)
from tests.hostile.conftest import NO_RESETS
from tests.support.ddp import Ddp
from tests.support.frames import CONNECT, NOT_LOGGED_IN, method
from tests.support.workspace import Workspace

PEOPLE = 20


async def opened(stack: AsyncExitStack, workspace: Workspace, seeds: range) -> dict[int, Ddp]:
    """A connection for each seed."""
    clients = {seed: Ddp(f"{workspace.ws_url}?seed={seed}") for seed in seeds}
    await asyncio.gather(*(stack.enter_async_context(one) for one in clients.values()))
    return clients


async def hasty(burst: Burst, client: Ddp) -> None:
    for frame in burst.frames():
        await client.send(frame)
    await all_answered(client)


def told(wrong: dict[int, list[str]]) -> str:
    return "\n".join(f"seed {seed}: {found}" for seed, found in wrong.items() if found)


@pytest.mark.parametrize(
    ("rates", "seeds", "most"),
    [
        pytest.param(NO_RESETS, range(100), 1, id="answered exactly once"),
        # A post whose answer got lost is sent again: nobody can tell whether it arrived.
        pytest.param(replace(EVERYTHING, reset=0.1), range(30), 99, id="posts cut off"),
    ],
)
async def test_a_burst_ends_as_if_its_frames_had_come_in_order(
    new_workspace: Callable[..., Workspace], rates: Rates, seeds: range, most: int
) -> None:
    workspace = new_workspace(hostile=Hostile(0, rates))
    peaceful = new_workspace(database=workspace.name)
    people = [workspace.person() for _ in range(PEOPLE)]
    rooms = [workspace.channel(person)["_id"] for person in people]
    expected: dict[str, Any] = {
        rid: await patient(Burst(f"patient-{rid}", person, rid), peaceful)
        for person, rid in zip(people, rooms, strict=True)
    }
    bursts = {seed: Burst(str(seed), people[seed % PEOPLE], rooms[seed % PEOPLE]) for seed in seeds}
    async with AsyncExitStack() as stack:
        clients = await opened(stack, workspace, seeds)
        sending = [hasty(burst, clients[seed]) for seed, burst in bursts.items()]
        # One that gets no answer has its faults told below.
        await asyncio.gather(*sending, return_exceptions=True)
        await settled(workspace)
        wrong = {seed: faults(bursts[seed], clients[seed], workspace, most) for seed in seeds}
        for seed, burst in bursts.items():
            if state(burst, clients[seed], workspace) != expected[burst.rid]:
                wrong[seed].append("another state than in order")
    assert not told(wrong)


async def test_what_came_before_the_login_is_answered_once_and_done_only_if_it_says_so(
    hostile_workspace: Callable[[Hostile], Workspace],
) -> None:
    """Queued behind the login it may succeed, though in order it would have been refused."""
    workspace = hostile_workspace(Hostile(0, NO_RESETS))
    person = workspace.person()
    rid, seeds = workspace.channel(person)["_id"], range(40)

    async def send(seed: int, client: Ddp) -> None:
        early = {"rid": rid, "msg": f"early {seed}"}
        sub = {"msg": "sub", "id": "room", "name": "stream-room-messages", "params": [rid]}
        await client.send(CONNECT)
        await client.send_later(method("sendMessage", "early", early))
        await client.send(sub)
        await client.send_later(method("login", "login", {"resume": person.token}))
        await client.send(method("rooms/get", "late"))
        await client.until(lambda _: answers(client).keys() >= {("result", "late")})

    wrong: dict[int, list[str]] = {}
    async with AsyncExitStack() as stack:
        clients = await opened(stack, workspace, seeds)
        sending = [send(seed, client) for seed, client in clients.items()]
        await asyncio.gather(*sending, return_exceptions=True)
        await settled(workspace)
        for seed, client in clients.items():
            wrong[seed] = early_faults(seed, client, workspace)
    assert not told(wrong)


def early_faults(seed: int, client: Ddp, workspace: Workspace) -> list[str]:
    got = answers(client)
    counts = {one: got["result", one] for one in ("early", "login", "late")}
    wrong = [f"{count} results of {one}" for one, count in counts.items() if count != 1]
    refused = [f["error"] for f in client.frames if f.get("msg") == "result" and "error" in f]
    if refused not in ([], [NOT_LOGGED_IN]):
        wrong.append(f"refused with {refused}")
    messages = workspace.database["rocketchat_message"]
    stored = messages.count_documents({"msg": f"early {seed}"})
    if stored + len(refused) != 1:
        wrong.append(f"{stored} stored, {len(refused)} refused")
    open_now = "room" in record_of(client, workspace).subs
    if (bool(got["ready", "room"]), bool(got["nosub", "room"])) != (open_now, not open_now):
        wrong.append(f"sub open: {open_now}, but {got}")
    return wrong
