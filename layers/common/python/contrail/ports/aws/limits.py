"""The limits port on DynamoDB: fixed windows, counted by one conditional update per call.

One item per caller and window (`pk` alone is its key): `<who>#<window>#<number of the window>`,
with an attribute per rule. Of rules with several windows the longest gives the item; the others'
attributes bear the number of their own window. A call over a limit writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from contrail.ports.aws.table import EXPIRES, PARTITION, Client, number, text
from contrail.ports.clock import Clock
from contrail.ports.limits import Count, Rule

HELD = 60
"""Seconds that a window's item stays after its end."""
USED_UP = "ConditionalCheckFailedException"
BUSY = ("ProvisionedThroughputExceededException", "ThrottlingException")
"""Calling faster than one item can be counted up, which is far over any limit."""


class DynamoLimits:
    """Windows begin at multiples of their length, alike for everyone."""

    def __init__(self, client: Client, table: str, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def hit(self, who: str, rules: Sequence[Rule]) -> Count:
        now = round(self._clock.now().timestamp() * 1000)
        longest = max(rule.window for rule in rules)
        names = [_attribute(rule, longest, now) for rule in rules]
        if any(rule.counts > rule.calls for rule in rules):
            return Count(_rest(longest, now), 0, _rest(longest, now))
        client = self._client()
        try:
            answer = client.update_item(
                TableName=self._table,
                Key={PARTITION: text(f"{who}#{longest}#{now // longest}")},
                ReturnValues="UPDATED_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **_counting(rules, names, (now // longest + 1) * longest // 1000 + HELD),
            )
        except client.exceptions.ClientError as error:
            code = error.response["Error"]["Code"]
            if code in BUSY:
                return Count(_rest(longest, now), 0, _rest(longest, now))
            if code != USED_UP:
                raise
            return _refused(rules, names, error.response.get("Item") or {}, now)
        counted = answer["Attributes"]
        stand = [
            (rule.calls - _value(counted, name), rule)
            for rule, name in zip(rules, names, strict=True)
        ]
        left, nearest = min(stand, key=lambda one: one[0])
        return Count(0, left, _rest(nearest.window, now))


def _counting(rules: Sequence[Rule], names: list[str], expires: int) -> dict[str, Any]:
    places = range(len(rules))
    added = ", ".join(f"#r{place} :n{place}" for place in places)
    free = [f"(attribute_not_exists(#r{place}) OR #r{place} < :c{place})" for place in places]
    return {
        "UpdateExpression": f"SET {EXPIRES} = :expires ADD {added}",
        "ConditionExpression": " AND ".join(free),
        "ExpressionAttributeNames": {f"#r{place}": names[place] for place in places},
        "ExpressionAttributeValues": {
            ":expires": number(expires),
            **{f":n{place}": number(rules[place].counts) for place in places},
            **{f":c{place}": number(_free(rules[place])) for place in places},
        },
    }


def _free(rule: Rule) -> int:
    """Where the count has to be below it."""
    return rule.calls - rule.counts + 1


def _refused(rules: Sequence[Rule], names: list[str], item: dict[str, Any], now: int) -> Count:
    """What is used up for longest says how long to wait."""
    used = [
        rule for rule, name in zip(rules, names, strict=True) if _value(item, name) >= _free(rule)
    ]
    wait = max(_rest(rule.window, now) for rule in used or rules)
    return Count(wait, 0, wait)


def _attribute(rule: Rule, longest: int, now: int) -> str:
    return f"rule:{rule.name}" + (f"@{now // rule.window}" if rule.window < longest else "")


def _rest(window: int, now: int) -> int:
    """Milliseconds until the window's end."""
    return (now // window + 1) * window - now


def _value(item: dict[str, Any], name: str) -> int:
    return int(item.get(name, {}).get("N", 0))
