"""What goes off, and when. Plain data, read by the stack and held against docs/operations.md.

CloudFront's own metrics are in us-east-1 alone, and not among these.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from infra.context import Context
from infra.topology import Function, Queue

FREE = 10
"""Alarms that an account has for nothing."""
MINUTES = 5


@dataclass(frozen=True, slots=True)
class Alarm:
    """Goes off when `statistic` of the metric is `threshold` or more for `periods` in a row.

    `kind` is the part of its name that docs/operations.md explains, `of` is what it is about.
    """

    kind: str
    of: str
    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    threshold: float
    statistic: str = "Sum"
    periods: int = 1

    @property
    def name(self) -> str:
        return f"{self.of}-{self.kind}"


def alarms(context: Context, sockets: str, tables: Mapping[str, str]) -> list[Alarm]:
    """`sockets` is the id of the WebSocket API, `tables` has by name what tables are called there.

    In profile `idle` as many as are free.
    """
    found = [
        *(one for queue in context.topology.queues for one in _of_queue(context, queue)),
        *_of_gateways(context, sockets),
        *(one for function in context.topology.functions for one in _of(context, function)),
        _all_throttles(),
    ]
    if context.sizes.alarms == "all":
        return found + list(_of_tables(tables))
    return [one for one in found if one.name in FEW or one.kind == "dead"]


FEW = {
    *("frames-age", "facts-age", "rest-errors", "rest-slow", "streamer-errors"),
    "functions-throttles",
}
"""Beside dead letters. What a REST request meets shows in the gateway's errors, and what the
other functions fail at lies among the dead letters in the end."""


def _of_queue(context: Context, queue: Queue) -> Iterator[Alarm]:
    name = f"{context.prefix}-{queue.name}"
    for kind, whose, metric, threshold in (
        ("dead", f"{name}-dead.fifo", "ApproximateNumberOfMessagesVisible", 1),
        # A client waits for no longer than this for what it has asked.
        ("age", f"{name}.fifo", "ApproximateAgeOfOldestMessage", 2 * queue.visibility),
    ):
        dimensions = {"QueueName": whose}
        yield Alarm(kind, queue.name, "AWS/SQS", metric, dimensions, threshold, "Maximum")


def _of_gateways(context: Context, sockets: str) -> Iterator[Alarm]:
    name, rest, api = "AWS/ApiGateway", {"ApiName": context.prefix}, {"ApiId": sockets}
    yield Alarm("errors", "rest", name, "5XXError", rest, 5)
    yield Alarm("slow", "rest", name, "Latency", rest, 5000, "p99", 3)
    yield Alarm("errors", "sockets", name, "IntegrationError", api, 5)
    yield Alarm("refused", "sockets", name, "ExecutionError", api, 5)


def _of(context: Context, function: Function) -> Iterator[Alarm]:
    name, place = "AWS/Lambda", {"FunctionName": f"{context.prefix}-{function.name}"}
    near_its_end = 1000 * function.timeout * 0.8
    yield Alarm("errors", function.name, name, "Errors", place, 3)
    yield Alarm("throttles", function.name, name, "Throttles", place, 1)
    yield Alarm("slow", function.name, name, "Duration", place, near_its_end, "p99", 3)


def _all_throttles() -> Alarm:
    """Of the account: what it may run at once is for all workspaces together."""
    return Alarm("throttles", "functions", "AWS/Lambda", "Throttles", {}, 1)


def _of_tables(tables: Mapping[str, str]) -> Iterator[Alarm]:
    for table, name in tables.items():
        place = {"TableName": name}
        for kind, metric in (
            ("reads-refused", "ReadThrottleEvents"),
            ("writes-refused", "WriteThrottleEvents"),
        ):
            yield Alarm(kind, table, "AWS/DynamoDB", metric, place, 10, periods=3)
