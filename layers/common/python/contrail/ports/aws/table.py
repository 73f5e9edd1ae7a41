"""A DynamoDB table of ours: string keys `pk` and `sk`, time to live in `expires` (seconds)."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

Item = dict[str, Any]
Key = tuple[str, str]
Client = Callable[[], Any]
"""Gives the client; it is created when first asked for."""

PARTITION, SORT, EXPIRES = "pk", "sk", "expires"
TABLES: Mapping[str, tuple[str, ...]] = {
    "connections": (PARTITION, SORT),
    "limits": (PARTITION,),
}
"""Ours, and their keys."""
WHOLE = "-"
"""The sort key of an item that has its partition to itself."""
OPERATIONS = 100
"""The most items that one transaction or one batch of reads may name."""
ATTEMPTS = 8
PASSING = {
    "TransactionConflict",
    "ThrottlingError",
    "ProvisionedThroughputExceeded",
    "RequestLimitExceeded",
}
"""Reasons of a cancelled transaction that the next try may not meet."""


def text(value: str) -> Item:
    return {"S": value}


def number(value: int) -> Item:
    return {"N": str(value)}


def key(pk: str, sk: str = WHOLE) -> Item:
    return {PARTITION: text(pk), SORT: text(sk)}


def definition(name: str, keys: Sequence[str]) -> dict[str, Any]:
    """What `create_table` takes."""
    kinds = zip(keys, ("HASH", "RANGE"), strict=False)
    return {
        "TableName": name,
        "KeySchema": [{"AttributeName": one, "KeyType": kind} for one, kind in kinds],
        "AttributeDefinitions": [{"AttributeName": one, "AttributeType": "S"} for one in keys],
        "BillingMode": "PAY_PER_REQUEST",
    }


class Table:
    """Reads are strongly consistent. Errors of the service come as botocore's exceptions."""

    def __init__(
        self, client: Client, name: str, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._client = client
        self._name = name
        self._sleep = sleep

    def get(self, pk: str, sk: str = WHOLE) -> Item | None:
        found: Item | None = (
            self._client()
            .get_item(TableName=self._name, Key=key(pk, sk), ConsistentRead=True)
            .get("Item")
        )
        return found

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """Those of the keys that exist: one call per 100 of them."""
        found: dict[Key, Item] = {}
        for start in range(0, len(keys), OPERATIONS):
            wanted = [key(*one) for one in keys[start : start + OPERATIONS]]
            for attempt in range(ATTEMPTS):
                answer = self._client().batch_get_item(
                    RequestItems={self._name: {"Keys": wanted, "ConsistentRead": True}}
                )
                for item in answer["Responses"].get(self._name, ()):
                    found[item[PARTITION]["S"], item[SORT]["S"]] = item
                left = answer.get("UnprocessedKeys", {}).get(self._name)
                if not left:
                    break
                wanted = left["Keys"]
                self._back_off(attempt)
            else:
                raise TimeoutError(f"{self._name}: reads were throttled")
        return found

    def put_new(self, item: Item) -> None:
        """Nothing is written where an item has the key."""
        client = self._client()
        with suppress(client.exceptions.ConditionalCheckFailedException):
            client.put_item(
                TableName=self._name,
                Item=item,
                ConditionExpression=f"attribute_not_exists({PARTITION})",
            )

    def update(self, pk: str, change: str, values: Item, *, only_if: str) -> bool:
        """False, and nothing written, when the condition does not hold."""
        client = self._client()
        for attempt in range(ATTEMPTS):
            try:
                client.update_item(
                    TableName=self._name,
                    Key=key(pk),
                    UpdateExpression=change,
                    ConditionExpression=only_if,
                    ExpressionAttributeValues=values,
                )
            except client.exceptions.ConditionalCheckFailedException:
                return False
            except client.exceptions.TransactionConflictException:
                # A transaction holds the item at this moment: nothing was written.
                if attempt == ATTEMPTS - 1:
                    raise
                self._back_off(attempt)
            else:
                return True
        return False

    def query(self, pk: str) -> Iterator[Item]:
        """A partition's items: one call per MB."""
        more: dict[str, Any] = {}
        while True:
            page = self._client().query(**self._partition(pk), ConsistentRead=True, **more)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def holds(self, pk: str, many: int) -> bool:
        """Whether a partition has that many items, as of about a second ago."""
        page = self._client().query(**self._partition(pk), Select="COUNT", Limit=many)
        return bool(page["Count"] >= many)

    def transact(self, operations: Sequence[Item]) -> bool:
        """All or nothing: `{"Update" | "Delete" | "ConditionCheck": {…}}` without the table.

        False when a condition does not hold. Conflicts with other transactions are tried again;
        botocore does not, and its own tries of one call bear one token, so they count once.
        """
        client = self._client()
        named = [
            {kind: {"TableName": self._name, **parts} for kind, parts in one.items()}
            for one in operations
        ]
        for attempt in range(ATTEMPTS):
            try:
                client.transact_write_items(TransactItems=named)
            except client.exceptions.TransactionCanceledException as error:
                reasons = {one.get("Code") for one in error.response.get("CancellationReasons", ())}
                if "ConditionalCheckFailed" in reasons:
                    return False
                if not reasons & PASSING or attempt == ATTEMPTS - 1:
                    raise
                self._back_off(attempt)
            else:
                return True
        return False

    def _partition(self, pk: str) -> dict[str, Any]:
        return {
            "TableName": self._name,
            "KeyConditionExpression": f"{PARTITION} = :pk",
            "ExpressionAttributeValues": {":pk": text(pk)},
        }

    def _back_off(self, attempt: int) -> None:
        # Spread out, so that those who collided do not meet again.
        self._sleep(random.uniform(0, 0.02 * 2**attempt))
