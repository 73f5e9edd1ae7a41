"""State and events against state read again: random talk in one channel, on several devices.

Nothing is written per member when someone writes, so what is unread is worked out in three places:
on reading a list, on telling of one subscription, and on delivering a message. They must agree.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contrail.shapes.wirejson import iso_date
from tests.support.ddp import Ddp
from tests.support.workspace import Json, Person, Workspace

PEOPLE = 3
SHOWN = ("alert", "open", "unread", "userMentions", "groupMentions", "f", "ls")
OF_ROOMS = ("usersCount", "msgs", "lm")
STEPS: dict[str, tuple[str, Json]] = {
    "say": ("v1/chat.postMessage", {"text": "hi"}),
    "read": ("v1/subscriptions.read", {}),
    "join": ("v1/channels.join", {}),
    "leave": ("v1/channels.leave", {}),
    "hide": ("v1/channels.close", {}),
    "show": ("v1/channels.open", {}),
    "unread": ("v1/subscriptions.unread", {}),
    "like": ("v1/rooms.favorite", {"favorite": True}),
}
steps = st.lists(
    st.tuples(st.integers(0, PEOPLE - 1), st.sampled_from(sorted(STEPS))), min_size=4, max_size=14
)


class Device:
    """A client of someone: what it read when it came, and what events made of that since."""

    def __init__(self, person: Person, client: Ddp) -> None:
        self.person, self.client = person, client

    async def start(self) -> None:
        await self.client.connect()
        await self.client.resume(self.person.token)
        for name in ("subscriptions", "rooms"):
            event = f"{self.person.id}/{name}-changed"
            await self.client.sub("stream-notify-user", event, False)
        self.subscriptions = _by_room((await self.client.call("subscriptions/get"))["result"])
        self.rooms = {row["_id"]: row for row in (await self.client.call("rooms/get"))["result"]}

    async def catch_up(self) -> None:
        await self.client.call("getTotalChannels")  # what was posted before has come with it
        for action, row in self._events("subscriptions"):
            known = next(
                (rid for rid, one in self.subscriptions.items() if one["_id"] == row["_id"]), ""
            )
            if action == "removed":
                self.subscriptions.pop(known, None)
            else:
                self.subscriptions[row["rid"]] = row
        for action, row in self._events("rooms"):
            if action == "removed":
                self.rooms.pop(row["_id"], None)
            else:
                self.rooms[row["_id"]] = row

    def _events(self, name: str) -> list[list[Any]]:
        return self.client.events("stream-notify-user", f"{self.person.id}/{name}-changed")


def _by_room(rows: list[Json]) -> dict[str, Json]:
    return {row["rid"]: row for row in rows}


def _only(row: Json | None, names: tuple[str, ...]) -> Json | None:
    """As REST writes it."""
    if row is None:
        return None
    found = {name: row[name] for name in names if name in row}
    return {k: v if isinstance(v, str | int | bool) else iso_date(v) for k, v in found.items()}


def _read(person: Person, path: str, **given: Any) -> dict[str, Json]:
    rows = person.ok("GET", path, given)["update"]
    return {row.get("rid") or row["_id"]: row for row in rows}


class Synced:
    """A list kept in step by asking, at some point in between, for what changed since."""

    def __init__(self, person: Person, path: str) -> None:
        self.person, self.path = person, path
        self.rows, self.since = {}, ""
        self.sync()

    def sync(self) -> None:
        asked = iso_date(self.person.workspace.runtime.clock.now())
        body = self.person.ok("GET", self.path, {"updatedSince": self.since} if self.since else {})
        self.rows |= {row["_id"]: row for row in body["update"]}
        for gone in body["remove"]:
            self.rows.pop(gone["_id"], None)
        self.since = asked

    rows: dict[str, Json]


@pytest.fixture(scope="module")
def people(workspace: Workspace) -> list[Person]:
    return [workspace.person() for _ in range(PEOPLE)]


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=steps, pause=st.integers(0, 13))
def test_events_and_what_changed_since_end_where_reading_again_does(
    workspace: Workspace, people: list[Person], steps: list[tuple[int, str]], pause: int
) -> None:
    asyncio.run(_play(workspace, people, steps, pause))


async def _play(
    workspace: Workspace, people: list[Person], steps: list[tuple[int, str]], pause: int
) -> None:
    rid = workspace.channel(people[0], people[1])["_id"]
    workspace.settle()
    clients = [Ddp(workspace.ws_url) for _ in people]
    try:
        devices = []
        for person, client in zip(people, clients, strict=True):
            await client.__aenter__()
            devices.append(Device(person, client))
            await devices[-1].start()
        paths = ("v1/subscriptions.get", "v1/rooms.get")
        lists = [Synced(person, path) for person in people for path in paths]
        for place, (who, step) in enumerate(steps):
            path, more = STEPS[step]
            # Whoever is not in the room is refused: that is part of the game.
            await asyncio.to_thread(people[who].post, path, {"roomId": rid, **more})
            if place == pause:
                for one in lists:
                    one.sync()
        await asyncio.to_thread(workspace.settle)
        for device in devices:
            await device.catch_up()
    finally:
        for client in clients:
            await client.__aexit__()
    for device in devices:
        again = _read(device.person, "v1/subscriptions.get").get(rid)
        assert _only(device.subscriptions.get(rid), SHOWN) == _only(again, SHOWN), steps
        room = _read(device.person, "v1/rooms.get").get(rid)
        assert _only(device.rooms.get(rid), OF_ROOMS) == _only(room, OF_ROOMS), steps
    for one in lists:
        one.sync()
        whole = {row["_id"]: row for row in one.person.ok("GET", one.path)["update"]}
        assert one.rows == whole, steps
