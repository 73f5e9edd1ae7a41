"""Messages, the records that consumers get of them, and what consumers answer."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

DEDUP_WINDOW = 300.0


@dataclass(slots=True)
class Message:
    """`visible_at` is monotonic seconds; `sent` and `first_received` are epoch milliseconds."""

    id: str
    sequence: str
    body: str
    group: str
    dedup: str
    attributes: dict[str, str]
    sent: int
    visible_at: float
    first_received: int = 0
    receives: int = 0


class Recent:
    """The keys accepted within the deduplication window."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._accepted: dict[tuple[str, str], float] = {}
        self._oldest_first: deque[tuple[str, str]] = deque()

    def __len__(self) -> int:
        return len(self._accepted)

    def accept(self, key: tuple[str, str]) -> bool:
        """False if the key is in the window; otherwise it is from now on."""
        now = self._clock()
        accepted, oldest_first = self._accepted, self._oldest_first
        while oldest_first and accepted[oldest_first[0]] <= now - DEDUP_WINDOW:
            del accepted[oldest_first.popleft()]
        if key in accepted:
            return False
        accepted[key] = now
        oldest_first.append(key)
        return True


def failed_ids(response: dict[str, Any] | None, batch: Iterable[Message]) -> set[str]:
    """The message ids a partial batch response names; ValueError if one isn't in the batch."""
    failures = response.get("batchItemFailures") if response else None
    failed = {failure["itemIdentifier"] for failure in failures or ()}
    if not failed <= {message.id for message in batch}:
        raise ValueError("batchItemFailures names a message that isn't in the batch")
    return failed


def record(message: Message, arn: str) -> dict[str, Any]:
    return {
        "messageId": message.id,
        "receiptHandle": f"{message.id}-{message.receives}",
        "body": message.body,
        "attributes": {
            "ApproximateReceiveCount": str(message.receives),
            "SentTimestamp": str(message.sent),
            "SequenceNumber": message.sequence,
            "MessageGroupId": message.group,
            "MessageDeduplicationId": message.dedup,
            "SenderId": "local",
            "ApproximateFirstReceiveTimestamp": str(message.first_received),
        },
        "messageAttributes": {
            name: {
                "stringValue": value,
                "dataType": "String",
                "stringListValues": [],
                "binaryListValues": [],
            }
            for name, value in message.attributes.items()
        },
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": "local",
    }
