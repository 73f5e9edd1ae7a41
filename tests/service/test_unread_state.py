"""State and events against state read again: random talk in one channel, on several devices.

People write, answer in threads, edit, delete and react besides coming, reading and going.

Nothing is written per member when someone writes, so what is unread is worked out in three places:
on reading a list, on telling of one subscription, and on delivering a message. They must agree.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
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
OF_MESSAGES: dict[str, tuple[str, Json]] = {
    "answer": ("v1/chat.postMessage", {"text": "well"}),
    "edit": ("v1/chat.update", {"text": "hi again"}),
    "delete": ("v1/chat.delete", {}),
    "react": ("v1/chat.react", {"emoji": ":ok:"}),
}
"""Steps that are about the newest message there is, whoever wrote it."""
SAID = ("msg", "u", "tmid", "tcount", "reactions", "editedBy")
steps = st.lists(
    st.tuples(st.integers(0, PEOPLE - 1), st.sampled_from(sorted({**STEPS, **OF_MESSAGES}))),
    min_size=4,
    max_size=18,
)


class Device:
    """A client of someone: what it read when it came, and what events made of that since."""

    def __init__(self, person: Person, client: Ddp) -> None:
        self.person, self.client = person, client
        self.messages: dict[str, Json] = {}

    async def start(self, rid: str) -> None:
        await self.client.connect()
        await self.client.resume(self.person.token)
        for name in ("subscriptions", "rooms"):
            event = f"{self.person.id}/{name}-changed"
            await self.client.sub("stream-notify-user", event, False)
        await self.client.sub("stream-room-messages", rid, False)
        await self.client.sub("stream-notify-room", f"{rid}/deleteMessage", False)
        self.rid = rid
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
        for (message,) in self.client.events("stream-room-messages", self.rid):
            self.messages[message["_id"]] = message
        for (gone,) in self.client.events("stream-notify-room", f"{self.rid}/deleteMessage"):
            self.messages.pop(gone["_id"], None)
            # Answers of a thread that is gone are plain messages; nobody is told of each.
            for message in self.messages.values():
                if message.get("tmid") == gone["_id"]:
                    del message["tmid"]

    def _events(self, name: str) -> list[list[Any]]:
        return self.client.events("stream-notify-user", f"{self.person.id}/{name}-changed")


def _by_room(rows: list[Json]) -> dict[str, Json]:
    return {row["rid"]: row for row in rows}


def _only(row: Json | None, names: tuple[str, ...]) -> Json | None:
    """As REST writes it."""
    if row is None:
        return None
    found = {name: row[name] for name in names if name in row}
    return {k: iso_date(v) if isinstance(v, datetime) else v for k, v in found.items()}


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


def _take(workspace: Workspace, person: Person, rid: str, step: str) -> None:
    if step in STEPS:
        path, more = STEPS[step]
        person.post(path, {"roomId": rid, **more})
        return
    rows = workspace.database["rocketchat_message"]
    match = {"rid": rid, "t": {"$exists": False}, "tmid": {"$exists": False}}
    newest = next(iter(rows.find(match).sort("ts", -1).limit(1)), None)
    if newest is not None:
        path, more = OF_MESSAGES[step]
        named = {"tmid": newest["_id"]} if step == "answer" else {}
        named |= {"msgId": newest["_id"], "messageId": newest["_id"]}
        person.post(path, {"roomId": rid, **more, **named})


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(steps=steps, pause=st.integers(0, 13))
@example([(0, "say"), (1, "answer"), (0, "edit"), (1, "react"), (2, "react"), (0, "delete")], 3)
@example([(0, "say"), (1, "answer"), (0, "delete"), (1, "react"), (1, "say"), (0, "react")], 1)
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
            await devices[-1].start(rid)
        paths = ("v1/subscriptions.get", "v1/rooms.get")
        lists = [Synced(person, path) for person in people for path in paths]
        for place, (who, step) in enumerate(steps):
            # Whoever is not in the room, or wrote something else, is refused: part of the game.
            await asyncio.to_thread(_take, workspace, people[who], rid, step)
            if place == pause:
                for one in lists:
                    one.sync()
        await asyncio.to_thread(workspace.settle)
        for device in devices:
            await device.catch_up()
    finally:
        for client in clients:
            await client.__aexit__()
    messages = workspace.database["rocketchat_message"]
    stored = {row["_id"]: _only(row, SAID) for row in messages.find({"rid": rid})}
    for device in devices:
        heard = {mid: _only(row, SAID) for mid, row in device.messages.items()}
        assert heard == stored, steps
        again = _read(device.person, "v1/subscriptions.get").get(rid)
        assert _only(device.subscriptions.get(rid), SHOWN) == _only(again, SHOWN), steps
        room = _read(device.person, "v1/rooms.get").get(rid)
        assert _only(device.rooms.get(rid), OF_ROOMS) == _only(room, OF_ROOMS), steps
    for one in lists:
        one.sync()
        whole = {row["_id"]: row for row in one.person.ok("GET", one.path)["update"]}
        assert one.rows == whole, steps
