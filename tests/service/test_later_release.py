"""What a release after this one sends, while code is replaced or rolled back."""

from __future__ import annotations

from dataclasses import asdict

from contrail.ddp import ejson
from contrail.shapes.facts import FACTS, KINDS
from contrail.shapes.ids import random_id
from functions.streamer.emission import NOTIFY_ROOM, Emission, emission_of
from tests.support.ddp import Ddp
from tests.support.workspace import Workspace

STREAM = "stream-room-messages"


async def test_a_fact_of_a_kind_that_is_not_known_yet_holds_up_nobody(workspace: Workspace) -> None:
    """It is no dead letter either, and what is behind it in its room comes at once."""
    ann = workspace.person()
    rid = workspace.channel(ann)["_id"]
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(ann.token)
        await client.sub(STREAM, rid, False)
        workspace.settle()
        facts = workspace.runtime.bus.queues["facts"]
        dead = len(facts.dead)
        later = {"kind": "RoomSpokenIn", "rid": rid, "new": True}
        facts.send(ejson.dumps(later), group=f"room:{rid}", dedup=random_id())
        sent = ann.ok("POST", "v1/chat.sendMessage", {"message": {"rid": rid, "msg": "hello"}})
        assert (await client.event(STREAM, rid))[0]["_id"] == sent["message"]["_id"]
    workspace.settle()
    assert len(facts.dead) == dead


async def test_what_a_later_release_adds_to_a_fact_or_to_work_is_dropped(
    workspace: Workspace,
) -> None:
    ann = workspace.person()
    rid = workspace.channel(ann)["_id"]
    queues = workspace.runtime.bus.queues
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(ann.token)
        await client.sub(NOTIFY_ROOM, f"{rid}/user-activity", False)
        workspace.settle()
        (shard,) = workspace.runtime.connections.occupied(f"room:{rid}")
        here = Emission(f"room:{rid}", NOTIFY_ROOM, f"{rid}/user-activity", ["ann"])
        listed = [{**asdict(here), "new": 1}, {**asdict(here), "kind": "secret", "args": ["x"]}]
        work = {"audience": f"room:{rid}", "shard": shard, "room": None, "emissions": listed}
        queues["deliveries"].send(ejson.dumps(work), group="later", dedup=random_id())
        assert await client.event(NOTIFY_ROOM, f"{rid}/user-activity") == ["ann"]
        workspace.settle()
        assert client.events(NOTIFY_ROOM, f"{rid}/user-activity") == [["ann"]]
    fact = {"kind": "PermissionChanged", "permission": {"_id": "a"}, "at": "2026-01-01T00:00:00Z"}
    assert FACTS.validate_python({**fact, "new": {"a": 1}}) == FACTS.validate_python(fact)


def test_an_emission_of_a_kind_that_is_not_known_is_nobodys() -> None:
    given = asdict(Emission("all", "stream", "event"))
    assert emission_of({**given, "new": 1}) == Emission("all", "stream", "event")
    assert emission_of({**given, "kind": "secret"}) is None


def test_every_fact_is_of_a_kind_of_its_own() -> None:
    assert {"MessageSent", "RoomChanged", "SoundChanged"} <= KINDS
    assert len(KINDS) == len(FACTS.json_schema()["discriminator"]["mapping"])
