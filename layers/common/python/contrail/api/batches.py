"""Batches from FIFO queues: in order per group, and a failed item holds back its group alone."""

from __future__ import annotations

from typing import Any

from contrail.api.inputs import parse
from contrail.api.resolve import UseCases
from contrail.domain.instance import Instance
from contrail.ports.bus import NAMED
from contrail.shapes.caller import Caller
from contrail.shapes.errors import Unfinished
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
        for records in self._runs(sorted(event["Records"], key=self._place)):
            group = _group(records[0])
            done = 0 if group in stuck else self._consume(records, at)
            if done < len(records):
                stuck.add(group)
                failed += [{"itemIdentifier": one["messageId"]} for one in records[done:]]
        return {"batchItemFailures": failed}

    def _runs(self, records: list[Event]) -> list[list[Event]]:
        """Each alone, or with what follows it in its group where the row takes several."""
        runs: list[list[Event]] = []
        latest: dict[str, list[Event]] = {}
        for record in records:
            queue, group = queue_of(record), _group(record)
            run = latest.get(group)
            if run and self._rows[queue].together and queue_of(run[0]) == queue:
                run.append(record)
            else:
                runs.append([record])
                latest[group] = runs[-1]
        return runs

    def _place(self, record: Event) -> int:
        """Items without a time keep their places before those with one."""
        if not self._rows[queue_of(record)].by_time:
            return 0
        return int(_attributes(record).get("time") or 0)

    def _consume(self, records: list[Event], at: Instance) -> int:
        """How many are worked off: from the first on."""
        first = records[0]
        queue, correlation_id = queue_of(first), _attributes(first).get("correlation_id", "")
        row = self._rows[queue]
        with correlated(correlation_id):
            try:
                use_case = self._use_cases[row.use_case]
                items = [_item(record) for record in records]
                given = {"items": items} if row.together else items[0]
                data = parse(use_case.takes, given, strict=True)
                use_case.call(Caller(correlation_id=correlation_id), data, at)
            except Unfinished as error:
                unexpected("item failed", queue=queue, id=records[error.done]["messageId"])
                return error.done
            except Exception:  # noqa: BLE001 - logged; the queue delivers the item again
                unexpected("item failed", queue=queue, id=first["messageId"])
                return 0
        return len(records)


def _item(record: Event) -> Event:
    its = record["attributes"]
    return {
        "id": its.get("MessageDeduplicationId", record["messageId"]),
        "body": record["body"],
        "group": its.get("MessageGroupId", ""),
        "receives": int(its.get("ApproximateReceiveCount", 1)),
        "attributes": _attributes(record),
    }


def _group(record: Event) -> str:
    """What comes from a queue without groups has one of its own."""
    return str(record["attributes"].get("MessageGroupId", record["messageId"]))


def queue_of(record: Event) -> str:
    """The queue that an item was sent to. What gateways and topics send does not say it.

    Then it is the one that it came from, in the cloud after the workspace's name.
    """
    sent_to = _attributes(record).get(NAMED)
    name: str = record["eventSourceARN"].rsplit(":", 1)[-1]
    return sent_to or name.removesuffix(".fifo").rpartition("-")[2]


def _attributes(record: Event) -> dict[str, str]:
    given = record.get("messageAttributes") or {}
    return {key: value.get("stringValue", "") for key, value in given.items()}
