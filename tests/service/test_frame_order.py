"""A connection's frames are handled in the order the gateway received them."""

from __future__ import annotations

import base64
import random
from typing import Any

import pytest

from contrail.ddp import ejson
from contrail.shapes.ids import random_id
from tests.support.workspace import Person, Workspace

ORDERED = ["greeting", "connected", "added", "result", "updated", "ready", "ready", "result"]


class Recorder:
    """Stands for the sockets: keeps what is posted."""

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []

    def post(self, connection_id: str, *frames: str) -> bool:
        self.frames += [ejson.loads(frame) for frame in frames]
        return True


def _burst(person: Person, rid: str) -> list[dict[str, Any]]:
    login = {"msg": "method", "method": "login", "params": [{"resume": person.token}]}
    room = {"msg": "sub", "name": "stream-room-messages", "params": [rid, False]}
    own = {"msg": "sub", "name": "stream-notify-user", "params": [f"{person.id}/message", False]}
    rooms = {"msg": "method", "method": "rooms/get", "params": []}
    return [
        {"msg": "connect", "version": "1", "support": ["1"]},
        {**login, "id": "login"},
        {**room, "id": "room"},
        {**own, "id": "own"},
        {**rooms, "id": "rooms"},
    ]


def _record(connection_id: str, body: str, event: str, time: int) -> dict[str, Any]:
    attributes = {"event": event, "time": str(time), "correlation_id": "c"}
    return {
        "messageId": random_id(),
        "body": body,
        "attributes": {"MessageGroupId": connection_id, "ApproximateReceiveCount": "1"},
        "messageAttributes": {k: {"stringValue": v} for k, v in attributes.items()},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:local:000000000000:frames.fifo",
    }


@pytest.mark.parametrize("seed", range(20))
def test_a_shuffled_batch_ends_as_the_ordered_one(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    person = workspace.person()
    rid = workspace.channel(person)["_id"]
    streamer, recorder = workspace.runtime.functions["streamer"], Recorder()
    monkeypatch.setattr(workspace.runtime.sockets, "post", recorder.post)
    # The greeting is queued by $connect itself; here the shuffled batch brings it.
    monkeypatch.setattr(workspace.runtime.bus, "enqueue", lambda *_, **__: None)
    connection_id = random_id()
    context = {"routeKey": "$connect", "connectionId": connection_id, "requestId": "r"}
    streamer({"requestContext": context})
    records = [_record(connection_id, "", "CONNECT", 0)]
    for place, frame in enumerate(_burst(person, rid), 1):
        body = base64.b64encode(ejson.dumps(frame).encode()).decode()
        records.append(_record(connection_id, body, "MESSAGE", place))
    random.Random(seed).shuffle(records)
    assert streamer({"Records": records}) == {"batchItemFailures": []}
    kinds = [frame.get("msg", "greeting") for frame in recorder.frames]
    assert kinds == [*ORDERED, "updated"]
    left = workspace.runtime.connections.get(connection_id)
    assert left is not None
    assert (left.uid, sorted(left.subs)) == (person.id, ["own", "room"])


def test_what_fails_holds_back_its_own_connection_alone(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    streamer, recorder = workspace.runtime.functions["streamer"], Recorder()
    monkeypatch.setattr(workspace.runtime.sockets, "post", recorder.post)
    first, second, other = (
        _record("one", "not base64!", "MESSAGE", 1),
        _record("one", "", "CONNECT", 2),
        _record("two", "", "CONNECT", 3),
    )
    monkeypatch.setattr(workspace.runtime.connections, "get", _fail)
    answer = streamer({"Records": [second, first, other]})
    failed = [item["itemIdentifier"] for item in answer["batchItemFailures"]]
    assert failed == [first["messageId"], second["messageId"]]
    assert recorder.frames == [{"server_id": "0"}]


def _fail(*_: object) -> None:
    raise ConnectionError("the table is away")
