"""The limits port on DynamoDB: fixed windows, counted by one conditional update per call.

One item per user and window (`pk` alone is its key): `<who>#<window>#<number of the window>`,
with an attribute per rule. A call over the limit writes nothing.
"""

from __future__ import annotations

from contrail.ports.aws.table import EXPIRES, PARTITION, Client, number, text
from contrail.ports.clock import Clock

HELD = 60
"""Seconds that a window's item stays after its end."""
BUSY = (
    "ConditionalCheckFailedException",
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
)
"""Over the limit, or calling faster than one item can be counted up, which is far over it."""


class DynamoLimits:
    """Windows begin at multiples of their length, alike for everyone."""

    def __init__(self, client: Client, table: str, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def hit(self, key: str, calls: int, window: int) -> int:
        """`key` is `<who>:<rule>`."""
        who, _, rule = key.rpartition(":")
        now = round(self._clock.now().timestamp() * 1000)
        turn = now // window
        ends = (turn + 1) * window
        client = self._client()
        try:
            client.update_item(
                TableName=self._table,
                Key={PARTITION: text(f"{who}#{window}#{turn}")},
                UpdateExpression=f"SET {EXPIRES} = :expires ADD #rule :one",
                ConditionExpression="attribute_not_exists(#rule) OR #rule < :calls",
                ExpressionAttributeNames={"#rule": f"rule:{rule}"},
                ExpressionAttributeValues={
                    ":one": number(1),
                    ":calls": number(calls),
                    ":expires": number(ends // 1000 + HELD),
                },
            )
        except client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] not in BUSY:
                raise
            return ends - now
        return 0
