"""SQS's and SNS's ways in to the local FIFO queues.

What differs from the services, on purpose: one bad message refuses the whole batch that it is in.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from hashlib import md5
from typing import Any, Literal, TypeVar
from xml.sax.saxutils import escape

from aiohttp import web
from pydantic import BaseModel, Field, ValidationError

from local.isolated.names import TOPICS, topic_arn
from local.isolated.plane import Call
from local.isolated.refusals import json_refusal, xml_refusal
from local.queues import FifoQueue

LARGEST = 256 * 1024
"""Bytes of a message with its attributes, and of all messages of a batch together."""
XMLNS = "http://sns.amazonaws.com/doc/2010-03-31/"
Json = dict[str, Any]
Checked = TypeVar("Checked", bound=BaseModel)


class Value(BaseModel):
    DataType: Literal["String"]
    StringValue: str = Field(min_length=1)


class Message(BaseModel):
    """In SQS's words. `Id` is its name within a batch."""

    Id: str = ""
    MessageBody: str = Field(min_length=1)
    MessageGroupId: str = Field(pattern=r"^[!-~]{1,128}$")
    MessageDeduplicationId: str = Field(pattern=r"^[!-~]{1,128}$")
    MessageAttributes: dict[str, Value] = Field(default_factory=dict, max_length=10)

    @property
    def size(self) -> int:
        pairs = self.MessageAttributes.items()
        told = "".join(name + value.DataType + value.StringValue for name, value in pairs)
        return len((self.MessageBody + told).encode())


class Batch(BaseModel):
    Entries: list[Message] = Field(min_length=1, max_length=10)


class RefusedError(Exception):
    """The error's code and its text."""


class QueueServices:
    """`queues` by name. Safe for the event loop: sending to them never waits long."""

    def __init__(self, queues: Mapping[str, FifoQueue]) -> None:
        self._queues = queues

    async def sqs(self, call: Call) -> web.Response:
        """SendMessage and SendMessageBatch, which speak JSON."""
        try:
            given = await call.request.json()
            queue = self._queue(str(given.get("QueueUrl", "")).rsplit("/", 1)[-1])
            if call.operation == "SendMessage":
                return _json(self._send(queue, [_checked(Message, given)])[0])
            if call.operation == "SendMessageBatch":
                sent = self._send(queue, _checked(Batch, given).Entries)
                return _json({"Successful": sent, "Failed": []})
        except RefusedError as error:
            return json_refusal(400, *error.args)
        return json_refusal(400, "InvalidAction", call.operation)

    async def sns(self, call: Call) -> web.Response:
        """Publish and PublishBatch: a form goes in, XML comes out."""
        given = _nested(call.form)
        if call.operation not in ("Publish", "PublishBatch"):
            return xml_refusal(400, "InvalidAction", call.operation)
        try:
            queue = self._subscribed(str(given.get("TopicArn", "")))
            if call.operation == "Publish":
                (sent,) = self._send(queue, [_checked(Message, _as_sent(given))])
                return _xml("Publish", f"<MessageId>{sent['MessageId']}</MessageId>")
            listed = given.get("PublishBatchRequestEntries", {}).get("member", {})
            entries = [_as_sent(one) for _, one in sorted(listed.items(), key=_number)]
            messages = self._send(queue, _checked(Batch, {"Entries": entries}).Entries)
        except RefusedError as error:
            return xml_refusal(400, *error.args)
        members = "".join(
            f"<member><Id>{escape(one['Id'])}</Id><MessageId>{one['MessageId']}</MessageId></member>"
            for one in messages
        )
        return _xml("PublishBatch", f"<Successful>{members}</Successful><Failed/>")

    def _queue(self, name: str) -> FifoQueue:
        queue = self._queues.get(name.removesuffix(".fifo"))
        if queue is None or not name.endswith(".fifo"):
            raise RefusedError("QueueDoesNotExist", "The specified queue does not exist.")
        return queue

    def _subscribed(self, arn: str) -> FifoQueue:
        for topic, queue in TOPICS.items():
            if arn == topic_arn(topic):
                return self._queues[queue]
        raise RefusedError("NotFound", "Topic does not exist")

    def _send(self, queue: FifoQueue, messages: Sequence[Message]) -> list[Json]:
        if sum(one.size for one in messages) > LARGEST:
            raise RefusedError("InvalidParameterValue", f"More than {LARGEST} bytes")
        for one in messages:
            queue.send(
                one.MessageBody,
                group=one.MessageGroupId,
                dedup=one.MessageDeduplicationId,
                attributes={k: value.StringValue for k, value in one.MessageAttributes.items()},
            )
        return [
            {
                "Id": one.Id,
                "MessageId": str(uuid.uuid4()),
                "MD5OfMessageBody": md5(one.MessageBody.encode()).hexdigest(),
            }
            for one in messages
        ]


def _checked(model: type[Checked], given: Json) -> Checked:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise RefusedError("InvalidParameterValue", f"{place}: {first['msg']}") from None


def _nested(form: Mapping[str, str]) -> Json:
    """`a.b=1` -> `{"a": {"b": "1"}}`."""
    tree: Json = {}
    for name, value in form.items():
        *way, last = name.split(".")
        branch = tree
        for step in way:
            branch = branch.setdefault(step, {})
        branch[last] = value
    return tree


def _number(item: tuple[str, Json]) -> int:
    return int(item[0])


def _as_sent(published: Json) -> Json:
    """SNS's words in SQS's."""
    entries = published.get("MessageAttributes", {}).get("entry", {}).values()
    return {
        **published,
        "MessageBody": published.get("Message", ""),
        "MessageAttributes": {entry.get("Name", ""): entry.get("Value") for entry in entries},
    }


def _json(body: Json) -> web.Response:
    return web.json_response(body, content_type="application/x-amz-json-1.0")


def _xml(operation: str, result: str) -> web.Response:
    text = (
        f'<{operation}Response xmlns="{XMLNS}"><{operation}Result>{result}</{operation}Result>'
        f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata>"
        f"</{operation}Response>"
    )
    return web.Response(text=text, content_type="text/xml")
