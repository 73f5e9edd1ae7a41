"""The bus port on SNS and SQS: what a consumer gets of a fact, and when publishing fails.

What is too large, for the local one as well.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from contrail.ddp import ejson
from contrail.ports.aws.bus import PublishFailedError, TopicBus
from contrail.ports.bounds import QUEUED, TooLargeError
from contrail.ports.bus import Bus
from contrail.shapes.facts import (
    FACTS,
    AnyFact,
    EphemeralMessage,
    MessageSent,
    PermissionChanged,
    RoomChanged,
    StreamWritten,
    SubscriptionChanged,
)
from local.ports import LocalBus
from local.queues import FifoQueue, QueueSpec
from tests.ports.conftest import Aws
from tests.support.queues import Recorder, bodies, drain

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LARGE = "ж" * 60_000


@pytest.fixture
def queue(aws: Aws) -> str:
    fifo = {"FifoQueue": "true"}
    created = aws.client("sqs").create_queue(QueueName="facts.fifo", Attributes=fifo)
    return str(created["QueueUrl"])


@pytest.fixture
def topic(aws: Aws, queue: str) -> str:
    """A topic that hands on to the queue as the stack's does: raw."""
    sns = aws.client("sns")
    created = sns.create_topic(Name="facts.fifo", Attributes={"FifoTopic": "true"})
    sqs = aws.client("sqs")
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    sns.subscribe(
        TopicArn=created["TopicArn"],
        Protocol="sqs",
        Endpoint=arn["QueueArn"],
        Attributes={"RawMessageDelivery": "true"},
    )
    aws.calls.clear()
    return str(created["TopicArn"])


@pytest.fixture
def bus(aws: Aws, topic: str, queue: str) -> TopicBus:
    return TopicBus(
        lambda: aws.client("sns"),
        lambda: aws.client("sqs"),
        topic=topic,
        queues={"facts": queue},
        encode=ejson.dumps,
    )


def _arrived(aws: Aws, queue: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        batch = aws.client("sqs").receive_message(
            QueueUrl=queue,
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
            AttributeNames=["All"],
        )
        messages = batch.get("Messages", [])
        if not messages:
            return found
        for message in messages:
            handle = message["ReceiptHandle"]
            aws.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=handle)
        found += messages


def _sent(mid: str = "m", text: str = "hi", revision: int = 1) -> MessageSent:
    message = {"_id": mid, "rid": "r", "msg": text, "ts": NOW}
    room = {"_id": "r", "t": "c", "topic": text}
    return MessageSent(message=message, revision=revision, room=room, correlation_id="request-1")


ALL: list[AnyFact] = [
    _sent(),
    RoomChanged(action="updated", room={"_id": "r"}, nonce="n"),
    SubscriptionChanged(
        action="inserted", subscription={"_id": "s", "rid": "r", "u": {"_id": "u"}}, nonce="n"
    ),
    StreamWritten(room={"_id": "r"}, stream="x", event="r/y", args=[1], origin="c=", nonce="n"),
    EphemeralMessage(uid="u", message={"_id": "e"}),
    PermissionChanged(permission={"_id": "p", "roles": []}, at=NOW),
]


def test_facts_arrive_whole_in_order_and_labelled(aws: Aws, bus: TopicBus, queue: str) -> None:
    bus.publish(*ALL)
    arrived = _arrived(aws, queue)
    assert [FACTS.validate_python(ejson.loads(one["Body"])) for one in arrived] == ALL
    for fact, one in zip(ALL, arrived, strict=True):
        assert one["Attributes"]["MessageGroupId"] == fact.group
        assert one["Attributes"]["MessageDeduplicationId"] == fact.dedup
        assert one["MessageAttributes"]["kind"]["StringValue"] == fact.kind
    correlation = arrived[0]["MessageAttributes"]["correlation_id"]["StringValue"]
    assert correlation == "request-1"
    assert "correlation_id" not in arrived[1]["MessageAttributes"], "an empty one is refused"


def test_ten_facts_are_one_call(aws: Aws, bus: TopicBus, queue: str) -> None:
    bus.publish(*(_sent(f"m{n}") for n in range(10)))
    assert aws.calls == ["PublishBatch"]
    bus.publish(*(_sent(f"n{n}") for n in range(11)))
    assert aws.calls == ["PublishBatch"] * 3
    aws.calls.clear()
    bus.publish()
    assert aws.calls == []
    assert len(_arrived(aws, queue)) == 21


def test_a_fact_published_twice_is_taken_once(aws: Aws, bus: TopicBus, queue: str) -> None:
    bus.publish(_sent())
    bus.publish(_sent(), _sent(revision=2))
    bodies = [ejson.loads(one["Body"]) for one in _arrived(aws, queue)]
    assert [body["revision"] for body in bodies] == [1, 2]


def test_a_batch_stays_below_what_a_call_may_carry(aws: Aws, bus: TopicBus, queue: str) -> None:
    bus.publish(*(_sent(f"m{n}", "x" * 50_000) for n in range(5)))
    assert aws.calls == ["PublishBatch"] * 3
    assert len(_arrived(aws, queue)) == 5


def test_ids_that_clients_made_up_are_fit_for_the_service(
    aws: Aws, bus: TopicBus, queue: str
) -> None:
    strange = ["with space", "ж", "x" * 200, "\n", "", "plain-17.Chars_ok"]
    bus.publish(*(_sent(mid) for mid in strange))
    arrived = _arrived(aws, queue)
    assert [ejson.loads(one["Body"])["message"]["_id"] for one in arrived] == strange
    ids = [one["Attributes"]["MessageDeduplicationId"] for one in arrived]
    assert len(set(ids)) == len(strange)
    assert all(1 <= len(one) <= 128 and one.isascii() and " " not in one for one in ids)
    assert ids[-1] == "plain-17.Chars_ok:1"


def test_characters_that_the_service_refuses_arrive_all_the_same(
    aws: Aws, bus: TopicBus, queue: str
) -> None:
    text = "\x00\x1b\ufffe\uffff😀\\"
    bus.publish(_sent(text=text))
    [one] = _arrived(aws, queue)
    assert not {"\ufffe", "\uffff", "\x00", "\x1b"} & set(one["Body"])
    assert json.loads(one["Body"])["message"]["msg"] == text


def _partly(aws: Aws, *answers: list[dict[str, Any]]) -> list[list[str]]:
    """Let the service report these failures, one list per call; the ids that each call named."""
    left, asked = list(answers), list[list[str]]()

    def look(params: dict[str, Any], **_: Any) -> None:
        asked.append([one["Id"] for one in params["PublishBatchRequestEntries"]])

    def fail(parsed: dict[str, Any], **_: Any) -> None:
        if left:
            parsed["Failed"] = left.pop(0)

    events = aws.client("sns").meta.events
    events.register("provide-client-params.sns.PublishBatch", look)
    events.register("after-call.sns.PublishBatch", fail)
    return asked


def test_what_a_batch_left_out_is_sent_again(aws: Aws, bus: TopicBus) -> None:
    failed = {"Id": "1", "Code": "InternalError", "SenderFault": False}
    asked = _partly(aws, [failed])
    bus.publish(_sent("a"), _sent("b"), _sent("c"))
    assert asked == [["0", "1", "2"], ["1"]]


def test_a_fact_that_is_not_taken_raises(aws: Aws, bus: TopicBus) -> None:
    failed = {"Id": "0", "Code": "InternalError", "SenderFault": False}
    asked = _partly(aws, [failed], [failed], [failed])
    with pytest.raises(PublishFailedError, match="1 facts were not taken: InternalError"):
        bus.publish(_sent())
    assert len(asked) == 3
    asked = _partly(aws, [{**failed, "Code": "InvalidParameter", "SenderFault": True}])
    with pytest.raises(PublishFailedError, match="InvalidParameter"):
        bus.publish(_sent())
    assert len(asked) == 1


def test_work_items_arrive_as_they_were_put(aws: Aws, bus: TopicBus, queue: str) -> None:
    item: dict[str, Any] = {"group": "room:r#0", "attributes": {"event": "CONNECT", "empty": ""}}
    bus.enqueue("facts", '{"a":1}', dedup="one", **item)
    bus.enqueue("facts", '{"a":1}', dedup="one", **item)
    bus.enqueue("facts", '{"a":1}', dedup="two", **item)
    bus.enqueue("facts", "", dedup="x" * 300, **item)
    arrived = _arrived(aws, queue)
    assert [one["Body"] for one in arrived] == ['{"a":1}', '{"a":1}', " "]
    assert {one["Attributes"]["MessageGroupId"] for one in arrived} == {"room:r#0"}
    attributes = arrived[0]["MessageAttributes"]
    told = {name: one["StringValue"] for name, one in attributes.items()}
    assert told == {"event": "CONNECT", "queue": "facts"}
    with pytest.raises(KeyError):
        bus.enqueue("unheard-of", "{}", dedup="x", **item)


Arrived = Callable[[], list[str]]


@pytest.fixture(params=["cloud", "local"])
def either(request: pytest.FixtureRequest) -> tuple[Bus, Arrived]:
    """A bus, and the bodies that its queue `facts` got."""
    if request.param == "cloud":
        aws, queue = request.getfixturevalue("aws"), request.getfixturevalue("queue")
        cloud: Bus = request.getfixturevalue("bus")
        return cloud, lambda: [one["Body"] for one in _arrived(aws, queue)]
    local, recorder = LocalBus("facts"), Recorder()
    local.queues["facts"] = FifoQueue(QueueSpec("facts", workers=1), recorder)

    def arrived() -> list[str]:
        drain(local.queues["facts"])
        return [body for event in recorder.events for body in bodies(event)]

    return local, arrived


def test_a_large_fact_travels_with_its_ids_alone(either: tuple[Bus, Arrived]) -> None:
    bus, arrived = either
    subscription = {"_id": "s", "rid": "r", "u": {"_id": "u"}, "x": LARGE + LARGE}
    large = {"_id": "r", "t": "c", "teamId": "t", "x": LARGE + LARGE}
    bus.publish(
        _sent(text=LARGE),
        RoomChanged(action="removed", room=large, nonce="n"),
        SubscriptionChanged(action="updated", subscription=subscription, nonce="n"),
        _sent(mid="small"),
    )
    message, room, subscribed, small = (ejson.loads(body) for body in arrived())
    assert (message["message"], message["room"]) == ({"_id": "m", "rid": "r"}, {"_id": "r"})
    assert room["room"] == {"_id": "r", "t": "c", "teamId": "t"}
    assert subscribed["subscription"] == {"_id": "s", "rid": "r", "u": {"_id": "u"}}
    assert subscribed["room"] is None
    assert [one.get("slim") for one in (message, room, subscribed, small)] == [True] * 3 + [False]
    for body in (message, room, subscribed):
        fact = FACTS.validate_python(body)
        assert fact.group == "room:r"
        assert fact.dedup


def test_a_large_fact_that_is_stored_nowhere_is_refused(either: tuple[Bus, Arrived]) -> None:
    bus, arrived = either
    notice = EphemeralMessage(uid="u", message={"_id": "m", "msg": LARGE + LARGE})
    with pytest.raises(TooLargeError, match="EphemeralMessage"):
        bus.publish(_sent(), notice)
    assert arrived() == [], "none of what was to be published together"


def test_a_fact_whose_ids_alone_are_too_large_is_refused(either: tuple[Bus, Arrived]) -> None:
    bus, arrived = either
    with pytest.raises(TooLargeError, match="an item for facts"):
        bus.publish(_sent(mid="x" * QUEUED))
    assert arrived() == []


def test_an_item_of_the_largest_size_arrives_and_none_above(either: tuple[Bus, Arrived]) -> None:
    bus, arrived = either
    attributes = {"correlation_id": "x" * 36}
    named = len("queue") + len("String") + len("facts")
    room = QUEUED - named - len("correlation_id") - len("String") - 36
    for number, text in enumerate(("a" * room, "ж" * (room // 2))):
        bus.enqueue("facts", text, group="g", dedup=str(number), attributes=attributes)
    # What the services refuse is written longer.
    for text in ("a" * (room + 1), "ж" * (room // 2 + 1), "\uffff" * (room // 3)):
        with pytest.raises(TooLargeError, match="an item for facts"):
            bus.enqueue("facts", text, group="g", dedup="too large", attributes=attributes)
    assert [len(body.encode()) for body in arrived()] == [room, room // 2 * 2]
