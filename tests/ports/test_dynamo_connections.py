"""The connections port on DynamoDB beyond the contract: calls, races, time, shards."""

from __future__ import annotations

from typing import Any

import pytest

from contrail.ports.aws import layouts
from contrail.ports.aws.connections import LIFE, DynamoConnections
from contrail.shapes.connections import Connection
from tests.ports.conftest import Aws, Clock

TABLE = "connections"
ROOM = "room:r"


@pytest.fixture
def store(aws: Aws, clock: Clock) -> DynamoConnections:
    aws.table(TABLE, "pk", "sk")
    return _instance(aws, clock, "one=", "two=")


def _instance(aws: Aws, clock: Clock, *connection_ids: str) -> DynamoConnections:
    """Another function instance: the same table, nothing remembered."""
    store = DynamoConnections(lambda: aws.client("dynamodb"), TABLE, clock, sleep=lambda _: None)
    for one in connection_ids:
        store.open(Connection(id=one, opened_at=1))
    aws.calls.clear()
    return store


def _rows(aws: Aws) -> dict[str, set[str]]:
    """The audience rows there are: partition -> connections."""
    found: dict[str, set[str]] = {}
    for item in aws.client("dynamodb").scan(TableName=TABLE)["Items"]:
        if item["sk"]["S"] != "-":
            found.setdefault(item["pk"]["S"], set()).add(item["sk"]["S"])
    return found


def _heard(store: DynamoConnections, audience: str = ROOM) -> dict[str, set[str]]:
    rows = [row for n in store.occupied(audience) for row in store.listeners(audience, n)]
    return {row.connection_id: set(row.events) for row in rows}


def test_every_operation_has_its_price(aws: Aws, store: DynamoConnections) -> None:
    def calls(act: Any) -> list[str]:
        aws.calls.clear()
        act()
        return list(aws.calls)

    record = Connection(id="new=", opened_at=1)
    keys = [(ROOM, "a"), (ROOM, "b"), ("all", "a")]
    assert calls(lambda: store.open(record)) == ["PutItem"]
    assert calls(lambda: store.get("new=")) == ["GetItem"]
    assert calls(lambda: store.save(record)) == ["UpdateItem"]
    listen = calls(lambda: store.listen("new=", "u", keys))
    assert listen == ["BatchGetItem", "TransactWriteItems"]
    assert calls(lambda: store.listen("one=", "u", keys)) == ["TransactWriteItems"]
    assert calls(lambda: store.occupied(ROOM)) == ["GetItem"]
    assert calls(lambda: store.listeners(ROOM, 0)) == ["Query"]
    unlisten = calls(lambda: store.unlisten("one=", keys[:1]))
    assert unlisten == ["BatchGetItem", "TransactWriteItems"]
    assert calls(lambda: store.close("new=")) == ["GetItem", "TransactWriteItems"]


def test_reads_see_what_was_written(aws: Aws, store: DynamoConnections) -> None:
    consistent: list[bool] = []

    def look(params: dict[str, Any], **_: Any) -> None:
        tables = params.get("RequestItems", {TABLE: params})
        consistent.append(tables[TABLE].get("ConsistentRead", False))

    for operation in ("GetItem", "BatchGetItem", "Query"):
        hook = f"provide-client-params.dynamodb.{operation}"
        aws.client("dynamodb").meta.events.register(hook, look)
    store.listen("one=", "u", [(ROOM, "a")])
    store.get("one=")
    _heard(store)
    store.unlisten("one=", [(ROOM, "a")])
    store.close("one=")
    assert consistent == [True] * 6


def test_a_room_that_others_listen_to_is_marked_already(aws: Aws, clock: Clock) -> None:
    aws.table(TABLE, "pk", "sk")
    _instance(aws, clock, "one=").listen("one=", "u", [(ROOM, "a")])
    other = _instance(aws, clock, "two=")
    written: list[int] = []
    hook = "provide-client-params.dynamodb.TransactWriteItems"
    aws.client("dynamodb").meta.events.register(
        hook, lambda params, **_: written.append(len(params["TransactItems"]))
    )
    other.listen("two=", "v", [(ROOM, "a")])
    assert written == [2], "the record and the row"


def test_who_closes_while_listening_does_not_come_back(aws: Aws, store: DynamoConnections) -> None:
    aws.just_before("TransactWriteItems", lambda: store.close("one="))
    store.listen("one=", "u", [(ROOM, "a")])
    assert _rows(aws) == {}
    assert store.get("one=") is None


def test_who_listens_while_closing_is_closed_with_all_rows(
    aws: Aws, store: DynamoConnections
) -> None:
    store.listen("one=", "u", [(ROOM, "a")])
    aws.just_before("TransactWriteItems", lambda: store.listen("one=", "u", [("all", "a")]))
    closed = store.close("one=")
    assert closed is not None
    assert _rows(aws) == {}


def test_two_who_close_the_same_connection_both_succeed(aws: Aws, store: DynamoConnections) -> None:
    store.listen("one=", "u", [(ROOM, "a")])
    aws.just_before("TransactWriteItems", lambda: store.close("one="))
    assert store.close("one=") is None
    assert _rows(aws) == {}


def test_two_who_listen_for_one_connection_lose_nothing(aws: Aws, store: DynamoConnections) -> None:
    aws.just_before("TransactWriteItems", lambda: store.listen("one=", "u", [(ROOM, "b")]))
    store.listen("one=", "u", [(ROOM, "a")])
    assert _heard(store) == {"one=": {"a", "b"}}


def test_listening_anew_while_the_last_event_is_dropped_is_kept(
    aws: Aws, store: DynamoConnections
) -> None:
    store.listen("one=", "u", [(ROOM, "a")])
    aws.just_before("TransactWriteItems", lambda: store.listen("one=", "u", [(ROOM, "b")]))
    store.unlisten("one=", [(ROOM, "a")])
    assert _heard(store) == {"one=": {"b"}}


def test_the_last_two_events_dropped_at_once_leave_no_row(
    aws: Aws, store: DynamoConnections
) -> None:
    store.listen("one=", "u", [(ROOM, "a"), (ROOM, "b")])
    aws.just_before("TransactWriteItems", lambda: store.unlisten("one=", [(ROOM, "b")]))
    store.unlisten("one=", [(ROOM, "a")])
    assert _rows(aws) == {}


CONFLICT = {
    "Error": {"Code": "TransactionCanceledException", "Message": ""},
    "CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict"}],
}


def test_transactions_that_collide_are_tried_again(aws: Aws, store: DynamoConnections) -> None:
    aws.refuse("TransactWriteItems", 3, CONFLICT)
    store.listen("one=", "u", [(ROOM, "a")])
    assert _heard(store) == {"one=": {"a"}}
    aws.refuse("UpdateItem", 3, {"Error": {"Code": "TransactionConflictException", "Message": ""}})
    assert store.save(Connection(id="one=", opened_at=2))


def test_what_collides_forever_is_an_error(aws: Aws, store: DynamoConnections) -> None:
    aws.refuse("TransactWriteItems", 100, CONFLICT)
    with pytest.raises(Exception, match="TransactionCanceledException"):
        store.listen("one=", "u", [(ROOM, "a")])
    assert _rows(aws) == {}


def test_the_expired_are_gone_before_the_table_forgets_them(
    aws: Aws, clock: Clock, store: DynamoConnections
) -> None:
    store.listen("one=", "u", [(ROOM, "a")])
    clock.move(LIFE - 1)
    assert store.get("one=")
    assert _heard(store) == {"one=": {"a"}}
    clock.move(2)
    assert store.get("one=") is None
    assert not store.save(Connection(id="one=", opened_at=1))
    store.listen("one=", "u", [(ROOM, "b")])
    assert store.listeners(ROOM, 0) == []
    clock.move(layouts.MARK)
    assert store.occupied(ROOM) == []
    items = aws.client("dynamodb").scan(TableName=TABLE)["Items"]
    assert all(int(item["expires"]["N"]) < clock.now().timestamp() for item in items)


def test_an_audience_stays_found_as_long_as_anyone_can_be_in_it(
    clock: Clock, store: DynamoConnections
) -> None:
    """Someone comes every half an hour; each is found until their row expires."""
    came: dict[str, float] = {}
    for turn in range(16):
        name = f"c{turn}="
        store.open(Connection(id=name, opened_at=1))
        store.listen(name, "u", [(ROOM, "a")])
        came[name] = clock.now().timestamp()
        clock.move(1800)
        now = clock.now().timestamp()
        assert set(_heard(store)) == {one for one, at in came.items() if now - at < LIFE}


def test_full_shards_take_no_new_connections(
    aws: Aws, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layouts, "FULL", 4)
    monkeypatch.setattr(layouts, "COUNTING", 1)
    monkeypatch.setattr(layouts, "KNOWN_FOR", 0)
    aws.table(TABLE, "pk", "sk")
    names = [f"connection-{n}=" for n in range(30)]
    store = _instance(aws, clock, *names)
    for name in names:
        clock.move(1)
        store.listen(name, "u", [(ROOM, "a")])
    sizes = [len(store.listeners(ROOM, shard)) for shard in store.occupied(ROOM)]
    assert sum(sizes) == len(names)
    assert len(sizes) > 4
    assert max(sizes) <= 8

    shards = store.occupied(ROOM)
    for name in names:
        store.listen(name, "u", [(ROOM, "a"), (ROOM, "b")])
    assert store.occupied(ROOM) == shards
    assert _heard(store) == {one: {"a", "b"} for one in names}, "each in the shard it was in"

    store.unlisten(names[-1], [(ROOM, "a"), (ROOM, "b")])
    for name in names[:-1]:
        store.close(name)
    assert _rows(aws) == {}


def test_an_audience_that_was_large_begins_small_again(
    aws: Aws, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layouts, "FULL", 1)
    monkeypatch.setattr(layouts, "COUNTING", 1)
    aws.table(TABLE, "pk", "sk")
    store = _instance(aws, clock, "one=", "two=")
    store.listen("one=", "u", [(ROOM, "a")])
    clock.move(10)
    store.listen("two=", "u", [(ROOM, "a")])
    assert store.occupied(ROOM) == [0, 1]
    clock.move(layouts.MARK + 1)
    store.open(Connection(id="three=", opened_at=1))
    store.listen("three=", "u", [(ROOM, "a")])
    assert store.occupied(ROOM) == [0]


def test_a_shard_of_many_pages_is_read_whole(aws: Aws, store: DynamoConnections) -> None:
    long = "x" * 3000
    for n in range(400):
        row = {"pk": {"S": f"{ROOM}#0"}, "sk": {"S": str(n)}, "uid": {"S": "u"}}
        more = {"events": {"SS": [long]}, "expires": {"N": "99999999999"}}
        aws.client("dynamodb").put_item(TableName=TABLE, Item={**row, **more})
    aws.calls.clear()
    assert len(store.listeners(ROOM, 0)) == 400
    assert aws.calls == ["Query", "Query"]
