"""Batches from FIFO queues: in order per group, and a failed item holds back its group alone."""

from __future__ import annotations

from typing import Any

from contrail.api.inputs import parse
from contrail.api.resolve import UseCases
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.logs import correlated, unexpected
from contrail.shapes.rows import Table

Event = dict[str, Any]


class BatchDoor:
    def __init__(self, table: Table) -> None:
        self._rows = {row.queue: row for row in table.consumers}
        self._use_cases = UseCases(table.package)

    def handle(self, event: Event, at: Instance) -> Event:
        """An SQS event -> its partial batch response.

        Items are `{"id", "body", "group", "receives", "attributes"}` to the use case; the id is the
        one that deduplicates, the same however often the item is sent or delivered. Raises
        nothing: what fails is named in the answer together with what stands behind it in the same
        group.
        """
        failed: list[dict[str, str]] = []
        stuck: set[str] = set()
        for record in sorted(event["Records"], key=self._place):
            group = record["attributes"].get("MessageGroupId", record["messageId"])
            if group in stuck or not self._consume(record, at):
                stuck.add(group)
                failed.append({"itemIdentifier": record["messageId"]})
        return {"batchItemFailures": failed}

    def _place(self, record: Event) -> int:
        """Items without a time keep their places before those with one."""
        if not self._rows[_queue(record)].by_time:
            return 0
        return int(_attributes(record).get("time") or 0)

    def _consume(self, record: Event, at: Instance) -> bool:
        queue, attributes = _queue(record), _attributes(record)
        row = self._rows[queue]
        with correlated(attributes.get("correlation_id", "")):
            try:
                use_case = self._use_cases[row.use_case]
                its = record["attributes"]
                given = {
                    "id": its.get("MessageDeduplicationId", record["messageId"]),
                    "body": record["body"],
                    "group": its.get("MessageGroupId", ""),
                    "receives": int(its.get("ApproximateReceiveCount", 1)),
                    "attributes": attributes,
                }
                data = parse(use_case.takes, given, strict=True)
                caller = Caller(correlation_id=attributes.get("correlation_id", ""))
                use_case.call(caller, data, at)
            except Exception:  # noqa: BLE001 - logged; the queue delivers the item again
                unexpected("item failed", queue=queue, id=record["messageId"])
                return False
        return True


def _queue(record: Event) -> str:
    """Its name in the topology: in the cloud its workspace's stands before it."""
    name: str = record["eventSourceARN"].rsplit(":", 1)[-1]
    return name.removesuffix(".fifo").rpartition("-")[2]


def _attributes(record: Event) -> dict[str, str]:
    given = record.get("messageAttributes") or {}
    return {key: value.get("stringValue", "") for key, value in given.items()}
