"""Code, data and an index are replaced while people write and listen, and rolled back again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from contrail.shapes.ids import random_id
from infra.packages import Packages
from tests.support.ddp import Ddp
from tests.support.isolated import IsolatedWorkspace
from tests.support.later_release import INDEX, SPOKEN, VERSION, WAVE, later
from tests.support.program import eventually
from tests.support.workspace import Person

OLD = 300
"""Messages that are there before, for the index and the change of data to work on."""
TOGETHER = 0.3
"""Seconds that both versions of a function serve."""
PATIENCE = 60.0
PAUSE = 0.1
"""Seconds between what one person does: the rest is for processes to start in."""
Waves = tuple[int | None, int | None]
"""Which release stored a message, and which handed it on; None for the one without a name."""
MESSAGES = "stream-room-messages"


@dataclass
class Load:
    """People who write without a pause to speak of. `sent` has by id who stored it."""

    workspace: IsolatedWorkspace
    rid: str
    sent: dict[str, int | None] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    enough: threading.Event = field(default_factory=threading.Event)

    def write(self, person: Person) -> None:
        while not self.enough.wait(PAUSE):
            message = {"_id": random_id(), "rid": self.rid, "msg": "over REST"}
            answer = person.post("v1/chat.sendMessage", {"message": message})
            if answer.status_code == 200:
                self.sent[message["_id"]] = answer.json()["message"].get("wave")
            else:
                self.refused.append(answer.text)
            history = person.get("v1/channels.history", roomId=self.rid, count=3)
            if history.status_code != 200:
                self.refused.append(history.text)

    async def write_frames(self, client: Ddp) -> None:
        while not self.enough.is_set():
            message = {"_id": random_id(), "rid": self.rid, "msg": "over DDP"}
            result = await client.call("sendMessage", message, seconds=PATIENCE)
            if "error" in result:
                self.refused.append(str(result["error"]))
            else:
                self.sent[message["_id"]] = None
            await asyncio.sleep(PAUSE)

    def goes_on(self, true: Callable[[], bool] | None = None) -> None:
        """Wait until it is true, by default that several more were answered."""
        aim = len(self.sent) + 6
        wanted = true or (lambda: len(self.sent) >= aim)
        done = eventually(lambda: bool(self.refused) or wanted(), PATIENCE)
        assert not self.refused
        assert done


@dataclass
class Scene:
    """Two releases of a workspace; the first is running."""

    workspace: IsolatedWorkspace
    later: Packages
    people: list[Person]
    rid: str

    @property
    def now(self) -> Packages:
        packages = self.workspace.runtime._packages
        assert packages is not None
        return packages

    async def deploy(self, packages: Packages) -> dict[str, Any]:
        """The deploy step of a release, as CloudFormation calls it before the code is replaced."""
        runtime = self.workspace.runtime
        await self.replace("deploy", packages)
        return await asyncio.to_thread(runtime.pools["deploy"], {"task": "prepare"})

    async def replace(self, name: str, packages: Packages) -> None:
        runtime = self.workspace.runtime
        going = runtime.replace(name, packages, TOGETHER)
        await asyncio.to_thread(self.workspace.on_loop, going)

    @asynccontextmanager
    async def load(self) -> AsyncIterator[tuple[Load, list[Ddp]]]:
        """Two who write over REST, one over DDP; two who listen."""
        load = Load(self.workspace, self.rid)
        url = self.workspace.ws_url
        threads = ThreadPoolExecutor(2)
        writing: list[Future[None]] = []
        async with AsyncExitStack() as stack:
            clients = [await stack.enter_async_context(Ddp(url)) for _ in range(3)]
            for client, person in zip(clients, self.people, strict=True):
                await client.connect()
                await client.resume(person.token)
            for client in clients[1:]:
                for name, event in ((MESSAGES, ""), ("stream-notify-room", f"/{SPOKEN}")):
                    answer = await client.sub(name, f"{self.rid}{event}", False)
                    assert answer["msg"] == "ready"
            try:
                writing += [threads.submit(load.write, one) for one in self.people[:2]]
                frames = asyncio.create_task(load.write_frames(clients[0]))
                yield load, clients[1:]
            finally:
                load.enough.set()
                await frames
                for one in writing:
                    await asyncio.wrap_future(one)
                threads.shutdown()
            assert await asyncio.to_thread(self.workspace.runtime.wait_idle, PATIENCE)


@pytest.fixture
def scene(isolated_workspace: IsolatedWorkspace, tmp_path: Path) -> Scene:
    functions = isolated_workspace.runtime.topology.functions
    people = [isolated_workspace.person() for _ in range(3)]
    rid = isolated_workspace.channel(*people)["_id"]
    return Scene(isolated_workspace, later(tmp_path, functions), people, rid)


def fill(scene: Scene) -> None:
    """What people wrote long ago, one a minute."""
    author, then = scene.people[0], datetime.now(UTC) - timedelta(days=3)
    user = {"_id": author.id, "username": author.username}
    scene.workspace.database["rocketchat_message"].insert_many(
        {
            "_id": random_id(),
            "rid": scene.rid,
            "msg": "long ago",
            "ts": then + timedelta(minutes=number),
            "_updatedAt": then,
            "u": user,
        }
        for number in range(OLD)
    )
    counted = {"$inc": {"msgs": OLD}}
    scene.workspace.database["rocketchat_room"].update_one({"_id": scene.rid}, counted)


@pytest.mark.timeout(300)
async def test_a_release_and_its_way_back_while_people_write_and_listen(scene: Scene) -> None:
    fill(scene)
    workspace = scene.workspace
    runtime, before = workspace.runtime, pids(workspace)
    async with scene.load() as (load, listeners):

        async def seen(stored: int | None, handed_on: int | None) -> None:
            """Wait until both have heard a message that these releases brought."""
            for client in listeners:
                ways = partial(told, scene, load, client)
                there = partial(lambda told: (stored, handed_on) in told(), ways)
                await asyncio.to_thread(load.goes_on, there)

        await seen(None, None)
        step = await scene.deploy(scene.later)
        assert (step["version"], step["migrated"]) == (VERSION, "waves")
        # Who publishes comes first: what is to read that is still the release before.
        first = ("deploy", "messaging", "fanout", "streamer")
        rest = [name for name in runtime.pools if name not in first]
        await scene.replace("messaging", scene.later)
        await seen(WAVE, None)
        await scene.replace("fanout", scene.later)
        await seen(WAVE, WAVE)
        for name in ("streamer", *rest):
            await scene.replace(name, scene.later)
        await asyncio.to_thread(load.goes_on)
        middle = pids(workspace)
        await scene.replace("messaging", scene.now)
        await seen(None, 1)
        for name in ("fanout", "streamer", *rest):
            await scene.replace(name, scene.now)
        back = await scene.deploy(scene.now)
        assert (back["version"], back["ahead"], back["migrated"]) == (VERSION, True, "")
        await asyncio.to_thread(load.goes_on)
    assert not load.refused
    assert not before & middle
    assert not middle & pids(workspace)
    nothing_is_lost_or_told_twice(scene, load, listeners)
    for client in listeners:
        assert client.events("stream-notify-room", f"{scene.rid}/{SPOKEN}")
    database = workspace.database["rocketchat_message"]
    assert INDEX in database.index_information()
    long_ago = {"rid": scene.rid, "msg": "long ago", "_contrail.wave": WAVE}
    assert database.count_documents(long_ago) == OLD


def nothing_is_lost_or_told_twice(scene: Scene, load: Load, listeners: list[Ddp]) -> None:
    database, rid = scene.workspace.database, scene.rid
    stored = {one["_id"]: one for one in database["rocketchat_message"].find({"rid": rid})}
    said = [mid for mid, one in stored.items() if str(one["msg"]).startswith("over ")]
    assert set(said) == set(load.sent)
    assert not [one for one in stored.values() if "pending" in one.get("_contrail", {})]
    room = database["rocketchat_room"].find_one({"_id": rid}) or {}
    assert (room["msgs"], room["_contrail"].get("sending") or []) == (len(stored), [])
    for client in listeners:
        heard = [args[0]["_id"] for args in client.events(MESSAGES, rid)]
        assert len(heard) == len(set(heard))
        assert heard == sorted(said, key=lambda mid: stored[mid]["ts"])
    queues = scene.workspace.runtime.bus.queues
    assert not [one for queue in queues.values() for one in queue.dead]


def told(scene: Scene, load: Load, client: Ddp) -> set[Waves]:
    """Of what was sent over REST: there the answer says who stored it."""
    heard = [args[0] for args in client.events(MESSAGES, scene.rid)]
    known = [one for one in heard if one["_id"] in load.sent and one["msg"] == "over REST"]
    return {(load.sent[one["_id"]], one.get("wave")) for one in known}


def pids(workspace: IsolatedWorkspace) -> set[int]:
    return {pid for pool in workspace.runtime.pools.values() for pid in pool.pids}
