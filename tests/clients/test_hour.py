"""Each client gets an hour of chat whole, in order and once, and goes on after it was cut off."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.clients.following import CLIENTS, DDP, cut_off, flat, followers, fresh
from tests.clients.hour import Act, Heard, Hour
from tests.support.ddp import Ddp
from tests.support.workspace import Workspace

pytestmark = pytest.mark.timeout(300)  # whoever is first waits for all clients and the whole hour


@dataclass
class Lived:
    """What the hour was like; by client, what it heard in each act and made up for."""

    ann: str
    rid: str
    acts: list[Act] = field(default_factory=list)
    heard: dict[str, list[list[Heard]]] = field(default_factory=lambda: defaultdict(list))
    missed: dict[str, list[str]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def lived(workspace: Workspace) -> Lived:
    """All clients are one person's and live through the same hour: some of it, a cut, the rest."""
    return asyncio.run(live(workspace))


async def live(workspace: Workspace) -> Lived:
    ann, ben, cleo = people = tuple(workspace.person() for _ in range(3))
    room = workspace.channel(ben, ann, cleo)
    hour = Hour(workspace, room, people)
    lived = Lived(ann.id, room["_id"])
    workspace.settle()
    given = {
        "url": workspace.url,
        "host": workspace.url.removeprefix("http://"),
        "username": ann.username,
        "rid": room["_id"],
        "room": room["name"],
        "follow": hour.follow(),
    }
    clients = await followers(workspace, ann, given)

    async def play(name: str) -> None:
        async with Ddp(workspace.ws_url) as typing:
            await typing.connect()
            await typing.resume(ben.token)
            await asyncio.to_thread(workspace.settle)
            act = await hour.act(name, typing)
        lived.acts.append(act)

    async def listen() -> None:
        await asyncio.to_thread(workspace.settle)
        for name, client in clients.items():
            lived.heard[name].append(await client.heard(lived.acts[-1]))

    try:
        await all_of(client.begin() for client in clients.values())
        await play("the morning")
        await listen()
        workspace.on_loop(cut_off(workspace))
        await play("meanwhile")
        await all_of(client.came_back() for client in clients.values())
        await listen()
        await play("the afternoon")
        await listen()
        for name, client in clients.items():
            lived.missed[name] = await client.missed(lived.acts[1].began)
    finally:
        for client in clients.values():
            await client.end()
    return lived


async def all_of(doings: Iterable[Coroutine[Any, Any, None]]) -> None:
    async with asyncio.TaskGroup() as group:
        for doing in doings:
            group.create_task(doing)


def by_name(heard: list[Heard]) -> dict[str, list[Any]]:
    named: dict[str, list[Any]] = defaultdict(list)
    for name, said in heard:
        named[name].append(said)
    return named


def expected_of(client: str, act: Act, rid: str) -> dict[str, list[list[Any]]]:
    """By name, what a client is to hear of each action of an act."""
    room = f"messages/{rid}"
    if client in DDP:
        return {name: said for name, said in act.expected.items() if follows(name, room)}
    if client == "EmbeddedChat":
        names = (room, *(f"{name}/{rid}" for name in ("deleteMessage", "user-activity", "typing")))
    elif client == "rocketchat-async":
        names = (room, "rooms-changed")
    else:
        names = tuple(name for name in act.expected if name.startswith("messages/"))
    expected = {name: act.expected[name] for name in names}
    return expected if client != "hubot" else {name: fresh(expected[name]) for name in names}


def follows(name: str, room: str) -> bool:
    return name == room or not name.startswith("messages/")


def in_order(heard: list[Any], expected: list[list[Any]]) -> list[Any]:
    """What was heard, with what has no order among itself in the order of `expected`."""
    place = 0
    ordered: list[Any] = []
    for said in expected:
        part = heard[place : place + len(said)]
        ordered += sorted(part, key=lambda one: said.index(one) if one in said else -1)
        place += len(said)
    return ordered + heard[place:]


def at_all(heard: list[Any], expected: list[list[Any]]) -> list[Any]:
    """`expected` where that was heard, in whatever order.

    A Hubot asks for the name of a message's room before it hands it on, and so loses their order.
    """
    wanted = flat(expected)
    return wanted if Counter(wanted) == Counter(heard) else heard


@pytest.mark.parametrize("act", [0, 2], ids=["before it is cut off", "after it came back"])
@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_gets_all_it_subscribed_to_in_order_and_once(
    lived: Lived, client: str, act: int
) -> None:
    heard = by_name(lived.heard[client][act])
    heard.pop(f"user-status/{lived.ann}", None)  # she may hear that she came herself
    expected = expected_of(client, lived.acts[act], lived.rid)
    assert expected
    order = at_all if client == "hubot" else in_order
    ordered = {name: order(said, expected.get(name, [])) for name, said in heard.items()}
    assert ordered == {name: flat(said) for name, said in expected.items()}


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_that_was_cut_off_hears_nothing_twice_and_nothing_after_a_gap(
    lived: Lived, client: str
) -> None:
    """From the moment it has subscribed again."""
    expected = expected_of(client, lived.acts[1], lived.rid)
    heard = by_name(lived.heard[client][1])
    heard.pop(f"user-status/{lived.ann}", None)  # she too was away
    for name, said in heard.items():
        wanted = expected[name]
        while len(flat(wanted)) > len(said):
            wanted = wanted[1:]
        order = at_all if client == "hubot" else in_order
        assert order(said, wanted) == flat(wanted)


@pytest.mark.parametrize("client", CLIENTS)
def test_what_happened_while_it_was_away_is_there_when_it_asks(lived: Lived, client: str) -> None:
    said = [row for act in lived.acts[1:] for row in act.sent]
    if client == "EmbeddedChat":
        said = [row for row in said if "tmid" not in row]
    ids = [row["_id"] for row in said]
    assert [mid for mid in reversed(lived.missed[client]) if mid in ids] == ids
