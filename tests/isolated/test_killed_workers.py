"""A worker that dies at any step of a send: the message is delivered all the same."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from pymongo.uri_parser import parse_uri

from contrail.shapes.ids import random_id
from local.isolated.pool import Pool
from local.isolated.worker import Outcome
from local.queues import FifoQueue
from local.sockets import Socket
from tests.support.ddp import Ddp
from tests.support.isolated import IsolatedWorkspace
from tests.support.killing import KilledError, Killer, MongoProxy, Phase, Step
from tests.support.workspace import Person

PUBLISH, ENQUEUE, POST = "publish facts", "enqueue deliveries", "post"
CALL, ANSWER = "call messaging", "answer"
STEPS = (
    Step("messaging", "findAndModify rocketchat_room"),
    Step("messaging", "insert rocketchat_message"),
    # The second of its name: the room takes the message as its last.
    Step("messaging", "2 findAndModify rocketchat_room"),
    Step("messaging", PUBLISH),
    Step("fanout", ENQUEUE),
    Step("fanout", "update rocketchat_message"),
    Step("fanout", POST),
)
WRITES = ("insert ", "update ", "delete ", "findAndModify ")


class Killing:
    """A workspace whose workers can be killed, and two people who listen in a room."""

    def __init__(self, workspace: IsolatedWorkspace, killer: Killer) -> None:
        self.workspace = workspace
        self.killer = killer
        self.people: tuple[Person, Person] = (workspace.person(), workspace.person())
        self.rid = str(workspace.channel(*self.people)["_id"])

    def send(self, message_id: str) -> int:
        """The answer's status."""
        message = {"_id": message_id, "rid": self.rid, "msg": f"message {message_id}"}
        answer = self.people[0].post("v1/chat.sendMessage", {"message": message})
        return answer.status_code

    def stored(self, message_id: str) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self.workspace.database["rocketchat_message"].find_one(
            {"_id": message_id}
        )
        return found

    def sweep(self) -> None:
        """What the clock does every minute, and with no patience."""
        self.workspace.runtime.rpc.handlers["workspace"]({"schedule": "sweep", "age": 0})

    async def listen(self, *clients: Ddp) -> None:
        for client, person in zip(clients, self.people, strict=True):
            await client.connect()
            await client.resume(person.token)
            assert (await client.sub("stream-room-messages", self.rid, False))["msg"] == "ready"

    async def heard(self, client: Ddp, message_id: str, seconds: float) -> int:
        """How often a client got the message, once it has and nothing is left to do."""

        def those() -> list[Any]:
            events = client.events("stream-room-messages", self.rid)
            return [args for args in events if args[0]["_id"] == message_id]

        async with asyncio.timeout(seconds):
            while not those():
                await asyncio.sleep(0.05)
        await asyncio.to_thread(self.workspace.settle)
        return len(those())


@pytest.fixture(scope="module")
def killing(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killing]:
    host, port = parse_uri(mongo_uri)["nodelist"][0]
    made: list[IsolatedWorkspace] = []
    killer = Killer(lambda function: made[0].runtime.pools[function].pids)
    proxy = MongoProxy(host, port, killer)
    uri = mongo_uri.replace(f"{host}:{port}", f"127.0.0.1:{proxy.port}")
    with pytest.MonkeyPatch.context() as patch:
        _watch_plane(patch, killer)
        made.append(IsolatedWorkspace(uri, tmp_path_factory.mktemp("killing")))
        try:
            yield Killing(made[0], killer)
        finally:
            made[0].stop()
            proxy.close()


def _watch_plane(patch: pytest.MonkeyPatch, killer: Killer) -> None:
    """The killer sees what the plane is given: facts, deliveries, messages posted."""
    send, push, invoke = FifoQueue.send, Socket.push, Pool.invoke

    def watched_send(self: FifoQueue, body: str, **more: Any) -> None:
        does = {"facts": PUBLISH, "deliveries": ENQUEUE}.get(self.spec.name, "")
        if killer.strikes(does, "before"):
            raise KilledError
        send(self, body, **more)
        if killer.strikes(does, "after"):
            raise KilledError

    def watched_push(self: Socket, *frames: bytes) -> None:
        told = b"".join(frames)
        does = POST if b"stream-room-messages" in told else ANSWER if b'"result"' in told else ""
        if killer.strikes(does, "before"):
            raise KilledError
        push(self, *frames)
        if killer.strikes(does, "after"):
            raise KilledError

    async def watched_invoke(self: Pool, payload: bytes, request_id: str = "") -> Outcome:
        does = CALL if self.function.name == "messaging" else ""
        if killer.strikes(does, "before"):
            raise KilledError
        outcome = await invoke(self, payload, request_id)
        if killer.strikes(does, "after"):
            raise KilledError
        return outcome

    patch.setattr(Pool, "invoke", watched_invoke)
    patch.setattr(FifoQueue, "send", watched_send)
    patch.setattr(Socket, "push", watched_push)


async def test_these_are_all_the_writes_of_a_send(killing: Killing) -> None:
    """What is killed below is everything that leaves a mark; a new write has to be listed there."""
    async with Ddp(killing.workspace.ws_url) as one, Ddp(killing.workspace.ws_url) as other:
        await killing.listen(one, other)
        await asyncio.to_thread(killing.workspace.settle)
        killing.killer.watch()
        assert await asyncio.to_thread(killing.send, random_id()) == 200
        await asyncio.to_thread(killing.workspace.settle)
        seen = [one for one in killing.killer.passed if one.startswith(WRITES)]
        seen += [one for one in killing.killer.passed if one in (PUBLISH, ENQUEUE, POST)]
    listed = [step.does.removeprefix("2 ") for step in STEPS]
    assert sorted(seen) == sorted([*listed, POST])


@pytest.mark.parametrize("phase", ["before", "after"])
@pytest.mark.parametrize("step", STEPS, ids=lambda step: f"{step.function} {step.does}")
async def test_a_worker_killed_at_a_step_of_a_send(
    killing: Killing, step: Step, phase: Phase
) -> None:
    """Unless it was stored the message is the client's to send again; else nobody has to."""
    message_id = random_id()
    async with Ddp(killing.workspace.ws_url) as one, Ddp(killing.workspace.ws_url) as other:
        await killing.listen(one, other)
        await asyncio.to_thread(killing.workspace.settle)
        killing.killer.arm(step, phase)
        status = await asyncio.to_thread(killing.send, message_id)
        assert await asyncio.to_thread(killing.killer.struck.wait, 20)
        assert (status == 200) is (step.function == "fanout")
        if killing.stored(message_id) is None:
            assert await asyncio.to_thread(killing.send, message_id) == 200
        else:
            await asyncio.to_thread(killing.sweep)
        heard = [await killing.heard(client, message_id, 30) for client in (one, other)]
    if step.function == "fanout" and step.does != ENQUEUE:
        # All workers of the function die, and one may just have posted: what it had posted is
        # posted again, the same message with the same `_id`.
        assert set(heard) <= {1, 2}
    else:
        assert heard == [1, 1]
    _check_room(killing)


@pytest.mark.parametrize("keyed", [True, False], ids=["with an _id", "without an _id"])
@pytest.mark.parametrize(
    ("does", "phase"), [(CALL, "before"), (CALL, "after"), (ANSWER, "before"), (ANSWER, "after")]
)
async def test_a_streamer_killed_while_a_method_runs(
    killing: Killing, does: str, phase: Phase, keyed: bool
) -> None:
    """The frame is delivered again. It is answered, and what it asked for is not done twice."""
    text = random_id()
    message = {"rid": killing.rid, "msg": text, **({"_id": random_id()} if keyed else {})}
    async with Ddp(killing.workspace.ws_url) as one, Ddp(killing.workspace.ws_url) as other:
        await killing.listen(one, other)
        killing.killer.arm(Step("streamer", does), phase)
        result = await one.call("sendMessage", message, seconds=30)
        assert killing.killer.struck.is_set()
        await asyncio.to_thread(killing.workspace.settle)
        events = [client.events("stream-room-messages", killing.rid) for client in (one, other)]
    stored = list(killing.workspace.database["rocketchat_message"].find({"msg": text}))
    # Begun and not known to be harmless, it is not run again, even if it never came to run.
    assert len(stored) == (0 if (does, phase, keyed) == (CALL, "before", False) else 1)
    assert [[args[0]["msg"] for args in its] for its in events] == [[text] * len(stored)] * 2
    assert ("error" in result) is (not keyed and (does, phase) != (ANSWER, "after"))
    _check_room(killing)


def _check_room(killing: Killing) -> None:
    """Every message counted, none left listed or unpublished."""
    database = killing.workspace.database
    room = database["rocketchat_room"].find_one({"_id": killing.rid})
    assert room is not None
    messages = list(database["rocketchat_message"].find({"rid": killing.rid}))
    said = [one for one in messages if "t" not in one]
    assert room["msgs"] >= len(said)
    assert not room["_contrail"].get("sending")
    assert not [one for one in messages if "pending" in one.get("_contrail", {})]


@pytest.mark.timeout(200)
async def test_what_a_killed_worker_left_is_delivered_within_two_minutes(killing: Killing) -> None:
    """By the clock alone, with its real bounds."""
    message_id = random_id()
    async with Ddp(killing.workspace.ws_url) as one, Ddp(killing.workspace.ws_url) as other:
        await killing.listen(one, other)
        killing.killer.arm(Step("messaging", "insert rocketchat_message"), "after")
        assert await asyncio.to_thread(killing.send, message_id) != 200
        heard = [await killing.heard(client, message_id, 120) for client in (one, other)]
    assert heard == [1, 1]
    _check_room(killing)
