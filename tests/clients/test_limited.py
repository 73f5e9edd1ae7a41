"""Clients with the limits on that TEST_MODE lifts: someone in 35 rooms comes, and comes back."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients.following import CLIENTS, Follower, Script, cut_off, follower
from tests.clients.hour import Heard
from tests.support.workspace import Json, Person, Workspace

pytestmark = pytest.mark.timeout(300)
ROOMS = 35
HEARD_OF = {"EmbeddedChat": 1, "hubot": 5}
"""EmbeddedChat shows one room. A Hubot asks for the name of each that it hears of: ten in ten
seconds are answered, here as by Rocket.Chat.
"""
PEOPLE = {client: f"u{uuid.uuid4().hex[:12]}" for client in CLIENTS}


@pytest.fixture(scope="module")
def limited(mongo_uri: str) -> Iterator[Workspace]:
    workspace = Workspace(mongo_uri, test_mode=False, admin_username="boss", admin_pass="secret")
    yield workspace
    workspace.stop()


@pytest.fixture(scope="module")
def rooms(limited: Workspace) -> list[Json]:
    """All of the clients' people are in each."""
    for name in PEOPLE.values():
        given = {"username": name, "name": name, "email": f"{name}@example.com"}
        limited.admin.ok("POST", "v1/users.create", {**given, "password": "secret"})
    names = list(PEOPLE.values())
    made = [
        limited.admin.ok("POST", "v1/channels.create", {"name": f"r{n}", "members": names})
        for n in range(ROOMS)
    ]
    limited.settle()
    return [one["channel"] for one in made]


def say(workspace: Workspace, rooms: list[Json]) -> list[Heard]:
    """Something in each of these rooms; what is to be heard of it."""
    said = []
    for room in rooms:
        message = {"rid": room["_id"], "msg": f"in {room['name']}"}
        sent = workspace.admin.ok("POST", "v1/chat.sendMessage", {"message": message})["message"]
        said.append((f"messages/{room['_id']}", sent["_id"]))
    workspace.settle()
    return said


async def hears(client: Follower, wanted: list[Heard]) -> list[Heard]:
    """Which messages it is told of, until they are as many as are wanted."""
    found: list[Heard] = []
    async with asyncio.timeout(60):
        while len(found) < len(wanted):
            news = [one for one in await client.news() if one[0].startswith("messages/")]
            found += [(name, said if isinstance(said, str) else said[0]) for name, said in news]
    return found


def given_of(limited: Workspace, name: str, rooms: list[Json]) -> dict[str, Any]:
    person = limited.database["users"].find_one({"username": PEOPLE[name]}) or {}
    uid, rids = person["_id"], [room["_id"] for room in rooms]
    own = ("notification", "subscriptions-changed", "rooms-changed", "message")
    return {
        "url": limited.url,
        "host": limited.url.removeprefix("http://"),
        "username": PEOPLE[name],
        "rid": rids[0],
        "room": rooms[0]["name"],
        "rids": rids,
        "follow": [
            *(("stream-notify-user", f"{uid}/{event}") for event in own),
            ("stream-notify-logged", "user-status"),
            *(("stream-room-messages", rid) for rid in rids),
            *(("stream-notify-room", f"{rid}/user-activity") for rid in rids),
        ],
    }


@pytest.mark.parametrize("name", CLIENTS)
async def test_a_client_hears_of_all_its_rooms_and_does_again_when_it_came_back(
    limited: Workspace, rooms: list[Json], name: str
) -> None:
    own = rooms[: HEARD_OF.get(name, ROOMS)]
    person = Person(limited, "", "", PEOPLE[name])
    client = await follower(name, limited, person, given_of(limited, name, rooms))
    try:
        await client.begin()
        wanted = say(limited, own)
        assert sorted(await hears(client, wanted)) == sorted(wanted)
        limited.on_loop(cut_off(limited))
        await client.came_back()
        if isinstance(client, Script):
            await client.client.does("missed", int(time.time() * 1000))
        wanted = say(limited, own)
        assert sorted(await hears(client, wanted)) == sorted(wanted)
    finally:
        await client.end()
