"""The contract of the connections port."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contrail.ports.connections import Connections
from contrail.shapes.connections import Connection, Sub
from local.connections import MemoryConnections

ADAPTERS: list[Callable[[], Connections]] = [MemoryConnections]


@pytest.fixture(params=ADAPTERS)
def connections(request: pytest.FixtureRequest) -> Connections:
    store: Connections = request.param()
    for name in ("one", "two"):
        store.open(Connection(id=name, opened_at=1))
    return store


def _listening(store: Connections, audience: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for shard in store.occupied(audience):
        for row in store.listeners(audience, shard):
            found[row.connection_id] = set(row.events)
    return found


def test_a_record_is_saved_while_it_exists_and_never_after(connections: Connections) -> None:
    changed = Connection(id="one", opened_at=1, session="s", subs={"1": Sub(stream="x")})
    assert connections.save(changed)
    assert connections.get("one") == changed
    assert connections.close("one") == changed
    assert not connections.save(changed)
    assert connections.get("one") is None
    assert connections.close("one") is None


def test_an_audience_holds_each_connections_events(connections: Connections) -> None:
    connections.listen("one", "u", [("room:r", "a"), ("room:r", "b"), ("all", "a")])
    connections.listen("two", "v", [("room:r", "a")])
    assert _listening(connections, "room:r") == {"one": {"a", "b"}, "two": {"a"}}
    assert _listening(connections, "all") == {"one": {"a"}}
    assert connections.occupied("room:empty") == []


def test_listening_ends_by_event_and_with_the_connection(connections: Connections) -> None:
    connections.listen("one", "u", [("room:r", "a"), ("room:r", "b")])
    connections.listen("two", "v", [("room:r", "a")])
    connections.unlisten("one", [("room:r", "a"), ("room:other", "a")])
    assert _listening(connections, "room:r") == {"one": {"b"}, "two": {"a"}}
    connections.close("two")
    connections.unlisten("one", [("room:r", "b")])
    assert connections.occupied("room:r") == []


def test_a_connection_that_is_gone_cannot_listen(connections: Connections) -> None:
    connections.close("one")
    connections.listen("one", "u", [("room:r", "a")])
    assert connections.occupied("room:r") == []
