"""The bus port: facts to one SNS FIFO topic, work items to SQS FIFO queues.

Every message bears a dedup id, so sending it again after a lost answer makes no second one:
botocore may retry, and what still fails is raised. A publish of several facts goes in batches of
up to ten; where the service takes only part of one, the rest follows on its own, so only then
may a later fact of a group overtake an earlier one.

A fact above `LARGEST` bytes travels slim: `slim: true`, and of its documents the ids alone.
Whoever reads it fetches them, and gets them as they are by then. What is above 256 KB all the
same is refused before it is sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from contrail.ports.aws.table import Client
from contrail.ports.bounds import QUEUED, TooLargeError, escaped, within
from contrail.ports.bus import NAMED
from contrail.shapes.fact import Fact

LARGEST = 200 * 1024
BATCH, BATCH_BYTES = 10, 250 * 1024
"""What one call may carry; the service's own limit is 256 KB with all attributes."""
TRIES = 3
IDENTITY: dict[str, dict[str, tuple[str, ...]]] = {
    "MessageSent": {"message": ("_id", "rid"), "room": ("_id",)},
    "MessagesDeleted": {"room": ("_id",)},
    # Who may read a room that is gone cannot be looked up any more.
    "RoomChanged": {"room": ("_id", "t", "teamId")},
    "SubscriptionChanged": {"subscription": ("_id", "rid", "u"), "room": ("_id",)},
}
"""By kind, what a slim fact keeps of each document. Other kinds are stored nowhere."""
PLAIN = re.compile(r"[!-~]{1,128}")


class PublishFailedError(RuntimeError):
    """Some facts were not taken. Publishing all of them again is safe."""


class TopicBus:
    """`encode` makes EJSON text; `queues` maps names to queue URLs. Safe for threads."""

    def __init__(
        self,
        sns: Client,
        sqs: Client,
        *,
        topic: str,
        queues: Mapping[str, str],
        encode: Callable[[object], str],
    ) -> None:
        self._sns = sns
        self._sqs = sqs
        self._topic = topic
        self._queues = dict(queues)
        self._encode = encode

    def publish(self, *facts: Fact) -> None:
        """Raises `PublishFailedError`, and `TooLargeError` before any of the facts is sent."""
        entries = [self._entry(number, fact) for number, fact in enumerate(facts)]
        for batch in _batches(entries):
            self._publish(batch)

    def enqueue(
        self, queue: str, body: str, *, group: str, dedup: str, attributes: Mapping[str, str]
    ) -> None:
        """An empty body arrives as a space: the service knows no empty ones."""
        told = {**attributes, NAMED: queue}
        self._sqs().send_message(
            QueueUrl=self._queues[queue],
            MessageBody=item_text(queue, body, told) or " ",
            MessageGroupId=_plain(group),
            MessageDeduplicationId=_plain(dedup),
            MessageAttributes=_attributes(told),
        )

    def _entry(self, number: int, fact: Fact) -> dict[str, Any]:
        body, attributes = fact_item(fact, self._encode)
        return {
            "Id": str(number),
            "Message": body,
            "MessageGroupId": _plain(fact.group),
            "MessageDeduplicationId": _plain(fact.dedup),
            "MessageAttributes": _attributes(attributes),
        }

    def _publish(self, entries: Sequence[dict[str, Any]]) -> None:
        failed: list[dict[str, Any]] = []
        for _ in range(TRIES):
            answer = self._sns().publish_batch(
                TopicArn=self._topic, PublishBatchRequestEntries=entries
            )
            failed = answer.get("Failed", [])
            if not failed:
                return
            if any(one.get("SenderFault") for one in failed):
                break
            left = {one["Id"] for one in failed}
            entries = [one for one in entries if one["Id"] in left]
        codes = sorted({str(one.get("Code")) for one in failed})
        raise PublishFailedError(f"{len(failed)} facts were not taken: {', '.join(codes)}")


def fact_item(fact: Fact, encode: Callable[[object], str]) -> tuple[str, dict[str, str]]:
    """A fact's body, slim where it has to be, and its attributes. Raises `TooLargeError`."""
    whole = fact.model_dump()
    kind = str(whole.get("kind", ""))
    attributes = {"kind": kind, "correlation_id": fact.correlation_id}
    body = escaped(encode(whole))
    if len(body.encode()) > LARGEST:
        body = encode(_slim(kind, whole))
    return item_text("facts", body, attributes), attributes


def item_text(queue: str, body: str, attributes: Mapping[str, str]) -> str:
    """The body, JSON or base64, as the services take it. Raises `TooLargeError`."""
    text = escaped(body)
    extra = sum(
        len(name) + len("String") + len(value.encode()) for name, value in attributes.items()
    )
    within(f"an item for {queue}", len(text.encode()) + extra, QUEUED)
    return text


def _slim(kind: str, whole: Mapping[str, Any]) -> dict[str, Any]:
    if kind not in IDENTITY:
        raise TooLargeError(f"a fact of kind {kind} is too large to publish")
    kept = {
        name: {key: whole[name][key] for key in keys if key in whole[name]}
        for name, keys in IDENTITY[kind].items()
        if whole[name] is not None
    }
    return {**whole, **kept, "slim": True}


def _batches(entries: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    size = 0
    for entry in entries:
        its = len(entry["Message"].encode())
        if batch and (len(batch) == BATCH or size + its > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += its
    if batch:
        yield batch


def _plain(name: str) -> str:
    """As a group or dedup id: up to 128 printable ASCII characters. Clients make up ids too."""
    return name if PLAIN.fullmatch(name) else sha256(name.encode("utf-8", "replace")).hexdigest()


def _attributes(values: Mapping[str, str]) -> dict[str, Any]:
    """Without the empty ones, which the services refuse."""
    return {
        name: {"DataType": "String", "StringValue": value}
        for name, value in values.items()
        if value
    }
