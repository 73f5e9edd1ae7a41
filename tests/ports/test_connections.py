"""The contract of the connections port, for every adapter."""

from __future__ import annotations

import pytest

from contrail.ports.aws.connections import DynamoConnections
from contrail.ports.connections import Connections
from contrail.shapes.connections import Connection, Sub
from local.connections import MemoryConnections
from tests.ports.conftest import Aws, Clock


@pytest.fixture(params=["memory", "dynamodb"])
def connections(request: pytest.FixtureRequest) -> Connections:
    store: Connections = MemoryConnections()
    if request.param == "dynamodb":
        aws: Aws = request.getfixturevalue("aws")
        clock: Clock = request.getfixturevalue("clock")
        table = aws.table("connections", "pk", "sk")
        store = DynamoConnections(lambda: aws.client("dynamodb"), table, clock)
    for name in ("one=", "two="):
        store.open(Connection(id=name, opened_at=1))
    return store


def _listening(store: Connections, audience: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for shard in store.occupied(audience):
        for row in store.listeners(audience, shard):
            assert row.connection_id not in found, "a connection is in one shard of an audience"
            found[row.connection_id] = set(row.events)
    return found


def test_a_record_is_saved_while_it_exists_and_never_after(connections: Connections) -> None:
    changed = Connection(
        id="one=",
        opened_at=1,
        session="s",
        uid="u",
        token_hash="h",
        address="2001:db8::1",
        user_agent="Ж",
        subs={"1": Sub(stream="x", event="y", audience="room:r", extra=[{"a": [1, None]}])},
    )
    assert connections.save(changed)
    assert connections.get("one=") == changed
    assert connections.close("one=") == changed
    assert not connections.save(changed)
    assert connections.get("one=") is None
    assert connections.close("one=") is None


def test_an_audience_holds_each_connections_events(connections: Connections) -> None:
    connections.listen("one=", "u", [("room:r", "a"), ("room:r", "b"), ("all", "a")])
    connections.listen("two=", "v", [("room:r", "a")])
    assert _listening(connections, "room:r") == {"one=": {"a", "b"}, "two=": {"a"}}
    assert _listening(connections, "all") == {"one=": {"a"}}
    assert connections.occupied("room:empty") == []


def test_listening_again_adds_and_takes_the_new_user(connections: Connections) -> None:
    connections.listen("one=", "", [("room:r", "a")])
    connections.listen("one=", "u", [("room:r", "a"), ("room:r", "b")])
    rows = [
        row for n in connections.occupied("room:r") for row in connections.listeners("room:r", n)
    ]
    assert [(row.uid, set(row.events)) for row in rows] == [("u", {"a", "b"})]


def test_listening_ends_by_event_and_with_the_connection(connections: Connections) -> None:
    connections.listen("one=", "u", [("room:r", "a"), ("room:r", "b"), ("all", "a")])
    connections.listen("two=", "v", [("room:r", "a")])
    connections.unlisten("one=", [("room:r", "a"), ("room:other", "a"), ("all", "b")])
    assert _listening(connections, "room:r") == {"one=": {"b"}, "two=": {"a"}}
    assert _listening(connections, "all") == {"one=": {"a"}}
    connections.close("two=")
    connections.unlisten("one=", [("room:r", "b")])
    assert _listening(connections, "room:r") == {}
    connections.listen("one=", "u", [("room:r", "c")])
    assert _listening(connections, "room:r") == {"one=": {"c"}}


def test_a_connection_that_is_gone_can_neither_listen_nor_stop(connections: Connections) -> None:
    connections.listen("one=", "u", [("room:r", "a")])
    connections.close("one=")
    connections.listen("one=", "u", [("room:r", "a")])
    connections.unlisten("one=", [("room:r", "a")])
    assert _listening(connections, "room:r") == {}


def test_someone_in_hundreds_of_rooms_comes_and_goes(connections: Connections) -> None:
    rooms = [f"room:{n}" for n in range(101)]
    connections.listen("one=", "u", [(room, event) for room in rooms for event in "ab"])
    connections.unlisten("one=", [(room, "b") for room in rooms])
    assert all(_listening(connections, room) == {"one=": {"a"}} for room in rooms[::50])
    connections.close("one=")
    assert all(_listening(connections, room) == {} for room in rooms[::50])


def test_nothing_asked_is_nothing_done(connections: Connections) -> None:
    connections.listen("one=", "u", [])
    connections.unlisten("one=", [])
    assert connections.get("one=") == Connection(id="one=", opened_at=1)
