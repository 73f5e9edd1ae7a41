"""A client that sends all it wants in one go, and what has to be there afterwards."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Any

from contrail.shapes.connections import Connection
from tests.support.ddp import Ddp, Frame
from tests.support.frames import CONNECT, method
from tests.support.workspace import Person, Workspace

METHODS = ("login", "keyed", "unkeyed", "channel")
SUBS = ("room", "own", "lists")
SETTLING = 0.5
"""Seconds in which what was posted reaches its client."""
Rows = dict[str, frozenset[str]]


@dataclass(frozen=True)
class Burst:
    """`name` is in everything it makes, so that it can be counted."""

    name: str
    person: Person
    rid: str

    def frames(self) -> list[Frame]:
        own = f"{self.person.id}/message"
        lists = f"{self.person.id}/subscriptions-changed"
        keyed = {"_id": f"keyed-{self.name}", "rid": self.rid, "msg": f"keyed {self.name}"}
        unkeyed = {"rid": self.rid, "msg": f"unkeyed {self.name}"}
        return [
            CONNECT,
            method("login", "login", {"resume": self.person.token}),
            {"msg": "sub", "id": "room", "name": "stream-room-messages", "params": [self.rid]},
            {"msg": "sub", "id": "own", "name": "stream-notify-user", "params": [own]},
            {"msg": "sub", "id": "lists", "name": "stream-notify-user", "params": [lists]},
            method("sendMessage", "keyed", keyed),
            method("sendMessage", "unkeyed", unkeyed),
            method("createChannel", "channel", f"channel-{self.name}", []),
        ]

    def left_undone(self, workspace: Workspace) -> list[str]:
        counts = {
            kind: workspace.database["rocketchat_message"].count_documents(
                {"rid": self.rid, "msg": f"{kind} {self.name}"}
            )
            for kind in ("keyed", "unkeyed")
        }
        channels = {"name": f"channel-{self.name}"}
        counts["channel"] = workspace.database["rocketchat_room"].count_documents(channels)
        return [f"{count} of {kind} made" for kind, count in counts.items() if count != 1]


def faults(burst: Burst, client: Ddp, workspace: Workspace, most: int) -> list[str]:
    """What is not as it would be had the frames come in order; at most so many results each."""
    got = answers(client)
    counts = {one: got["result", one] for one in METHODS}
    wrong = [f"{count} results of {one}" for one, count in counts.items() if not 0 < count <= most]
    wrong += [f"{one} not ready" for one in SUBS if not got["ready", one]]
    wrong += [
        f"answered {frame}"
        for frame in client.frames
        if frame.get("msg") in ("error", "nosub") or "error" in frame
    ]
    return wrong + burst.left_undone(workspace)


def answers(client: Ddp) -> Counter[tuple[str, Any]]:
    """How often each method and sub was answered, and how."""
    got: Counter[tuple[str, Any]] = Counter()
    for frame in client.frames:
        if frame.get("msg") in ("result", "nosub"):
            got[frame["msg"], frame["id"]] += 1
        elif frame.get("msg") == "ready":
            got.update(("ready", one) for one in frame["subs"])
    return got


async def all_answered(client: Ddp, seconds: float = 30.0) -> None:
    wanted = {*METHODS, *SUBS}
    await client.until(lambda _: wanted <= {one for _, one in answers(client)}, seconds)


def record_of(client: Ddp, workspace: Workspace) -> Connection:
    """The record of the client's connection."""
    sessions = {frame["session"] for frame in client.frames if frame.get("msg") == "connected"}
    (record,) = [one for one in workspace.runtime.connections.records() if one.session in sessions]
    return record


def rows_of(record: Connection, workspace: Workspace, *audiences: str) -> Rows:
    """What the connection listens to in each of these audiences."""
    connections = workspace.runtime.connections
    return {
        audience: row.events
        for audience in audiences
        for row in connections.listeners(audience, 0)
        if row.connection_id == record.id
    }


def state(burst: Burst, client: Ddp, workspace: Workspace) -> Any:
    """What is known of the client's connection, apart from its ids and times."""
    record = record_of(client, workspace)
    uid, rid = burst.person.id, burst.rid
    rows = rows_of(record, workspace, f"room:{rid}", f"user:{uid}", "all", "my-messages")
    return record.uid, record.token_hash, record.subs, record.parked, rows


async def patient(burst: Burst, workspace: Workspace) -> Any:
    """The state of a client that waits for each answer before it goes on."""
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        for frame in burst.frames()[1:]:
            await client.send(frame)
            await client.until(partial(_answers, frame["id"]))
        return state(burst, client, workspace)


def _answers(sent: str, frame: Frame) -> bool:
    return frame.get("id") == sent or sent in frame.get("subs", ())


async def settled(workspace: Workspace) -> None:
    await asyncio.to_thread(workspace.settle)
    await asyncio.sleep(SETTLING)
