"""The connections port on DynamoDB: one table for records, audience rows and layouts.

    connection#<id>       -     body (the record as JSON), places (audience -> shard)
    <audience>#<shard>    <id>  uid, events (a string set)
    layout#<audience>     -     see `layouts`

A record's `places` and its rows change together or not at all: `listen`, `unlisten` and `close`
are transactions on the record and the rows. So a connection that is gone cannot come back into
an audience, however late a `listen` arrives, and closing needs no search. Events are added to a
row's set, never written over, so that two who listen for one connection lose nothing.

A connection keeps the shard that it got first in an audience: `listen` guesses it from the
audience's layout, and the transaction holds the guess against the record.

Calls: open, get, save, occupied 1; listen 1, or 2 where the layout has to be read; unlisten and
close 2; listeners 1 per MB. Beyond that one more transaction for every 49 audiences (close: 99).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from contrail.ports.aws.layouts import Layouts
from contrail.ports.aws.table import EXPIRES, SORT, WHOLE, Client, Item, Table, key, number, text
from contrail.ports.clock import Clock
from contrail.shapes.connections import Connection, Listener

LIFE = 2 * 3600 + 900
"""Seconds until an item expires: the gateway ends a connection after two hours."""
AT_ONCE, CLOSED_AT_ONCE = 49, 99
ATTEMPTS = 8
Keys = Iterable[tuple[str, str]]
Wanted = dict[str, set[str]]


class DynamoConnections:
    """Safe for threads. Raises botocore's exceptions, `TimeoutError` when outrun or throttled."""

    def __init__(
        self,
        client: Client,
        table: str,
        clock: Clock,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock = clock
        self._table = Table(client, table, sleep)
        self._layouts = Layouts(self._table, self._now, LIFE)

    def open(self, connection: Connection) -> None:
        item = {"body": text(connection.model_dump_json()), "places": {"M": {}}, **self._expiry()}
        self._table.put_new({**key(_pk(connection.id)), **item})

    def get(self, connection_id: str) -> Connection | None:
        item = self._table.get(_pk(connection_id))
        return _connection(item) if item and self._lives(item) else None

    def save(self, connection: Connection) -> bool:
        return self._table.update(
            _pk(connection.id),
            "SET body = :body",
            {":body": text(connection.model_dump_json()), ":now": self._seconds()},
            only_if=f"{EXPIRES} > :now",
        )

    def close(self, connection_id: str) -> Connection | None:
        for _ in range(ATTEMPTS):
            item = self._table.get(_pk(connection_id))
            if item is None:
                return None
            if self._close(connection_id, item["places"]["M"]):
                return _connection(item)
        raise TimeoutError("closing was outrun by listening")

    def listen(self, connection_id: str, uid: str, keys: Keys) -> None:
        for wanted in _parts(keys):
            if not self._listen(connection_id, uid, wanted):
                return

    def unlisten(self, connection_id: str, keys: Keys) -> None:
        for wanted in _parts(keys):
            self._unlisten(connection_id, wanted)

    def occupied(self, audience: str) -> list[int]:
        """Shards that may have listeners: one may be named for hours after its last has left."""
        return self._layouts.occupied(audience)

    def listeners(self, audience: str, shard: int) -> list[Listener]:
        return [
            Listener(
                connection_id=item[SORT]["S"],
                uid=item["uid"]["S"],
                events=frozenset(item["events"]["SS"]),
            )
            for item in self._table.query(_row(audience, shard))
            if self._lives(item)
        ]

    def _listen(self, connection_id: str, uid: str, wanted: Wanted) -> bool:
        """False when the connection is gone."""
        layouts = self._layouts.read(wanted)
        shards = {one: layout.shard(connection_id) for one, layout in layouts.items()}
        for _ in range(ATTEMPTS):
            marks = self._layouts.marks(layouts, shards)
            operations = [
                self._place(connection_id, shards),
                *(self._row(connection_id, uid, one, shards[one], wanted[one]) for one in wanted),
                *marks.values(),
            ]
            if self._table.transact(operations):
                self._layouts.remember(layouts, shards, marks)
                for one, shard in shards.items():
                    self._layouts.grow(connection_id, one, layouts[one], shard, _row(one, shard))
                return True
            item = self._table.get(_pk(connection_id))
            if item is None or not self._lives(item):
                return False
            shards |= {one: shard for one, shard in _places(item).items() if one in wanted}
        raise TimeoutError("listening was outrun")

    def _place(self, connection_id: str, shards: dict[str, int]) -> Item:
        names, values = _numbered(shards)
        free = [f"(attribute_not_exists(places.{n}) OR places.{n} = :{n[1:]})" for n in names]
        return {
            "Update": {
                "Key": key(_pk(connection_id)),
                "UpdateExpression": "SET " + ", ".join(f"places.{n} = :{n[1:]}" for n in names),
                "ConditionExpression": " AND ".join([f"{EXPIRES} > :now", *free]),
                "ExpressionAttributeNames": names,
                "ExpressionAttributeValues": {**values, ":now": self._seconds()},
            }
        }

    def _row(self, connection_id: str, uid: str, audience: str, shard: int, keys: set[str]) -> Item:
        return {
            "Update": {
                "Key": key(_row(audience, shard), connection_id),
                "UpdateExpression": f"SET uid = :uid, {EXPIRES} = :until ADD events :keys",
                "ExpressionAttributeValues": {
                    ":uid": text(uid),
                    ":keys": {"SS": sorted(keys)},
                    ":until": self._expiry()[EXPIRES],
                },
            }
        }

    def _unlisten(self, connection_id: str, wanted: Wanted) -> None:
        shards = dict.fromkeys(wanted, 0)
        record = (_pk(connection_id), WHOLE)
        for _ in range(ATTEMPTS):
            rows = [(_row(one, shard), connection_id) for one, shard in shards.items()]
            found = self._table.get_many([record, *rows])
            places = _places(found.get(record, {}))
            held = {one: places[one] for one in shards if one in places}
            guessed = held.items() <= shards.items()
            shards = held
            if not held:
                return
            if guessed:
                operations = _leaving(connection_id, held, wanted, found)
                if not operations or self._table.transact(operations):
                    return
        raise TimeoutError("unlistening was outrun")

    def _close(self, connection_id: str, places: Item) -> bool:
        """Row by row with the record's places, and the record with the last of them."""
        while True:
            leaving = list(places)[:CLOSED_AT_ONCE]
            names = {f"#{n}": one for n, one in enumerate(leaving)}
            last = len(leaving) == len(places)
            change: Item = {
                "Key": key(_pk(connection_id)),
                "ConditionExpression": "places = :places",
                "ExpressionAttributeValues": {":places": {"M": places}},
            }
            if not last:
                removal = "REMOVE " + ", ".join(f"places.{n}" for n in names)
                change |= {"UpdateExpression": removal, "ExpressionAttributeNames": names}
            rows = [key(_row(one, int(places[one]["N"])), connection_id) for one in leaving]
            operations = [{"Delete" if last else "Update": change}]
            if not self._table.transact([*operations, *({"Delete": {"Key": row}} for row in rows)]):
                return False
            if last:
                return True
            places = {one: shard for one, shard in places.items() if one not in leaving}

    def _lives(self, item: Item) -> bool:
        return int(item[EXPIRES]["N"]) > self._now()

    def _expiry(self) -> Item:
        return {EXPIRES: number(int(self._now()) + LIFE)}

    def _seconds(self) -> Item:
        return number(int(self._now()))

    def _now(self) -> float:
        return self._clock.now().timestamp()


def _leaving(
    connection_id: str, held: dict[str, int], wanted: Wanted, found: dict[tuple[str, str], Item]
) -> list[Item]:
    """Take the wanted events from the rows found; a row without any goes, and its place too."""
    names, values = _numbered(held)
    emptied: list[str] = []
    operations: list[Item] = []
    for name, audience in names.items():
        pk = _row(audience, held[audience])
        seen = set(found.get((pk, connection_id), {}).get("events", {}).get("SS", ()))
        row: dict[str, Any] = {"Key": key(pk, connection_id)}
        if seen:
            row["ConditionExpression"] = "events = :seen"
            row["ExpressionAttributeValues"] = {":seen": {"SS": sorted(seen)}}
        if not seen - wanted[audience]:
            emptied.append(f"places.{name}")
            operations.append({"Delete": row})
        elif seen & wanted[audience]:
            row["UpdateExpression"] = "DELETE events :gone"
            row["ExpressionAttributeValues"][":gone"] = {"SS": sorted(seen & wanted[audience])}
            operations.append({"Update": row})
    if not operations:
        return []
    record: dict[str, Any] = {
        "Key": key(_pk(connection_id)),
        "ConditionExpression": " AND ".join(f"places.{n} = :{n[1:]}" for n in names),
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    }
    if emptied:
        record["UpdateExpression"] = f"REMOVE {', '.join(emptied)}"
    return [{"Update" if emptied else "ConditionCheck": record}, *operations]


def _numbered(shards: dict[str, int]) -> tuple[dict[str, str], Item]:
    """Placeholders `#0` for the audiences and `:0` for their shards."""
    names = {f"#{n}": audience for n, audience in enumerate(shards)}
    return names, {f":{n}": number(shard) for n, shard in enumerate(shards.values())}


def _parts(keys: Keys) -> Iterable[Wanted]:
    """Keys by audience, as many audiences together as one transaction takes."""
    wanted: Wanted = {}
    for audience, event in keys:
        wanted.setdefault(audience, set()).add(event)
    names = list(wanted)
    for start in range(0, len(names), AT_ONCE):
        yield {one: wanted[one] for one in names[start : start + AT_ONCE]}


def _pk(connection_id: str) -> str:
    return f"connection#{connection_id}"


def _row(audience: str, shard: int) -> str:
    return f"{audience}#{shard}"


def _connection(item: Item) -> Connection:
    return Connection.model_validate_json(item["body"]["S"])


def _places(item: Item) -> dict[str, int]:
    return {one: int(shard["N"]) for one, shard in item.get("places", {"M": {}})["M"].items()}
