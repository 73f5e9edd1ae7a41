"""The plane as boto3 finds it: who calls, what is taken and refused, and what comes of it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import orjson
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.topology import Function
from local.isolated import lambda_service
from local.isolated.calls import Calls
from local.isolated.lambda_service import LambdaService
from local.isolated.names import ACCOUNT, REGION, credentials, topic_arn
from local.isolated.plane import Plane
from local.isolated.pool import Pool, Sizes
from local.isolated.queue_services import LARGEST, QueueServices
from local.isolated.worker import Launch, Outcome
from local.management import routes
from local.queues import FifoQueue, QueueSpec
from local.sockets import LocalSockets
from tests.ports.conftest import Server
from tests.support.program import eventually

ME = Function("me", "me")
PLACE = {"MessageGroupId": "room:1", "MessageDeduplicationId": "d:1"}
KIND = {"kind": {"DataType": "String", "StringValue": "Été & <more>"}}


class Scripted(Pool):
    """Answers what it is told to instead of running anything."""

    def __init__(self) -> None:
        super().__init__(ME, lambda: Launch("me", (), {}, Path("/dev/null")), Sizes())
        self.seen: list[Any] = []
        self.outcomes: list[Outcome] = []

    async def invoke(self, payload: bytes, request_id: str = "") -> Outcome:
        self.seen.append((orjson.loads(payload), request_id))
        return self.outcomes.pop(0) if self.outcomes else Outcome(payload)


class Stage:
    """A plane on a thread of its own, in front of queues that remember what they are given."""

    def __init__(self, folder: Path, elsewhere: Server) -> None:
        self.elsewhere = elsewhere
        self.records: list[dict[str, Any]] = []
        self.queues = {name: FifoQueue(QueueSpec(name), self._take) for name in ("facts", "frames")}
        for queue in self.queues.values():
            queue.start()
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()
        self.calls = Calls(folder / "aws-calls.json")
        self.run(self._begin())

    async def _begin(self) -> None:
        self.pool = Scripted()
        self.sockets = LocalSockets(asyncio.get_running_loop())
        self._lambda = LambdaService({"me": self.pool})
        queues = QueueServices(self.queues)
        self.plane = Plane(
            functions={"me"},
            services={"lambda": self._lambda.play, "sqs": queues.sqs, "sns": queues.sns},
            management=routes(self.sockets),
            moto=self.elsewhere.url,
            files=self.elsewhere.url,
            calls=self.calls,
        )
        await self.plane.start()

    async def _end(self) -> None:
        await self._lambda.stop()
        await self.plane.stop()

    def _take(self, event: dict[str, Any]) -> None:
        self.records += event["Records"]

    def run(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(10)

    def received(self) -> list[dict[str, Any]]:
        assert all(queue.wait_idle(5) for queue in self.queues.values())
        return self.records

    def client(self, service: str, key_id: str = "me") -> Any:
        _, key, token = credentials(ME)
        session = boto3.Session(key_id, key, token, region_name=REGION)
        config = Config(retries={"total_max_attempts": 1})
        return session.client(service, endpoint_url=self.plane.url, config=config)

    def stop(self) -> None:
        self.run(self._end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()
        for queue in self.queues.values():
            queue.stop(1)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    elsewhere = Server()
    stage = Stage(tmp_path, elsewhere)
    yield stage
    stage.stop()
    elsewhere.stop()


def refused(call: Callable[..., Any], *args: Any, **given: Any) -> tuple[str, int]:
    with pytest.raises(ClientError) as error:
        call(*args, **given)
    answer = error.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize("key_id", ["plane", "ME", "me.other"])
def test_a_key_of_no_function_is_refused(stage: Stage, key_id: str) -> None:
    for service, operation, given in (
        ("lambda", "invoke", {"FunctionName": "me"}),
        ("dynamodb", "get_item", {"TableName": "connections", "Key": {}}),
        ("sns", "publish", {"TopicArn": topic_arn("facts"), "Message": "x"}),
    ):
        call = getattr(stage.client(service, key_id), operation)
        assert refused(call, **given)[1] == 403
    assert requests.post(f"{stage.plane.url}/@connections/x", timeout=5).status_code == 403
    assert stage.calls.seen == {}
    assert stage.pool.seen == []


def test_calls_are_kept_by_function_in_a_file(stage: Stage, tmp_path: Path) -> None:
    stage.client("lambda").invoke(FunctionName="me")
    stage.client("dynamodb").list_tables()
    sns = stage.client("sns")
    for _ in range(2):
        sns.publish(TopicArn=topic_arn("facts"), Message="x", **PLACE)
    management = stage.client("apigatewaymanagementapi")
    assert refused(management.delete_connection, ConnectionId="gone")[1] == 410
    seen = [
        "dynamodb:ListTables",
        "execute-api:DeleteConnection",
        "lambda:Invoke",
        "sns:Publish",
    ]
    assert orjson.loads((tmp_path / "aws-calls.json").read_bytes()) == {"me": seen}


def test_what_is_not_played_goes_to_moto_and_back_as_it_is(stage: Stage) -> None:
    text = b'{"TableNames": ["connections"], "more": "\xc3\xa9"}'
    headers = {"content-type": "application/x-amz-json-1.0", "x-amzn-RequestId": "an-id"}
    stage.elsewhere.script["/"].append((200, headers, text))
    answer = stage.client("dynamodb").list_tables()
    assert answer["TableNames"] == ["connections"]
    assert answer["ResponseMetadata"]["RequestId"] == "an-id"
    (seen,) = stage.elsewhere.seen
    assert seen.headers["x-amz-target"] == "DynamoDB_20120810.ListTables"
    assert "Credential=me/" in seen.headers["authorization"]
    stage.elsewhere.always["/"], stage.elsewhere.hang_up = 500, True
    assert refused(stage.client("dynamodb").list_tables)[1] == 500
    stage.elsewhere.stop()
    assert refused(stage.client("dynamodb").list_tables) == ("ServiceUnavailable", 503)


def test_a_function_is_invoked_and_answers(stage: Stage) -> None:
    invoke = stage.client("lambda").invoke
    answer = invoke(FunctionName="me", Payload=b'{"a": 1}')
    assert (answer["StatusCode"], answer["Payload"].read()) == (200, b'{"a": 1}')
    assert "FunctionError" not in answer
    stage.pool.outcomes = [Outcome.failure("Sandbox.Timedout", "Task timed out")]
    late = invoke(FunctionName="me:live", Payload=b"{}")
    assert (late["StatusCode"], late["FunctionError"]) == (200, "Unhandled")
    assert orjson.loads(late["Payload"].read())["errorType"] == "Sandbox.Timedout"
    assert refused(invoke, FunctionName="you") == ("ResourceNotFoundException", 404)
    large = b'"' + b"x" * (6 * 1024 * 1024) + b'"'
    assert refused(invoke, FunctionName="me", Payload=large) == ("RequestTooLargeException", 413)
    assert refused(invoke, FunctionName="me", InvocationType="DryRun")[1] == 400


@pytest.mark.parametrize("failures", [0, 2, 3])
def test_an_event_is_tried_three_times(
    stage: Stage, failures: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(lambda_service, "RETRIES", (0.01, 0.01))
    stage.pool.outcomes = [Outcome.failure("Sandbox.Timedout", "")] * failures
    invoke = stage.client("lambda").invoke
    answer = invoke(FunctionName="me", InvocationType="Event", Payload=b'{"a": 1}')
    assert (answer["StatusCode"], answer["Payload"].read()) == (202, b"")
    tries = min(failures + 1, 3)
    assert eventually(lambda: len(stage.pool.seen) == tries)
    given_up = eventually(lambda: "event given up" in caplog.messages, 0.1)
    assert given_up == (failures == 3)
    assert len(stage.pool.seen) == tries
    # The same invocation each time: its id is what a handler may know it by.
    assert {repr(one) for one in stage.pool.seen} == {repr(stage.pool.seen[0])}
    large = b'"' + b"x" * (256 * 1024) + b'"'
    assert refused(invoke, FunctionName="me", InvocationType="Event", Payload=large)[1] == 413


def summary(record: dict[str, Any]) -> tuple[str, str, str, dict[str, str]]:
    own, more = record["attributes"], record["messageAttributes"]
    told = {name: value["stringValue"] for name, value in more.items()}
    return record["body"], own["MessageGroupId"], own["MessageDeduplicationId"], told


def test_a_message_to_a_queue_arrives_whole_and_once(stage: Stage) -> None:
    sqs, url = stage.client("sqs"), f"{stage.plane.url}/{ACCOUNT}/frames.fifo"
    given = {"QueueUrl": url, "MessageBody": "é\n<b>", "MessageAttributes": KIND, **PLACE}
    for _ in range(2):
        assert sqs.send_message(**given)["MessageId"]
    entry = {"Id": "a", "MessageBody": "two", "MessageGroupId": "g", "MessageDeduplicationId": "2"}
    batch = sqs.send_message_batch(QueueUrl=url, Entries=[entry])
    assert [one["Id"] for one in batch["Successful"]] == ["a"]
    first, second = sorted(map(summary, stage.received()), reverse=True)
    assert first == ("é\n<b>", "room:1", "d:1", {"kind": "Été & <more>"})
    assert second == ("two", "g", "2", {})
    assert {one["eventSourceARN"].rsplit(":", 1)[-1] for one in stage.records} == {"frames.fifo"}


def test_a_fact_goes_to_the_queue_of_its_topic(stage: Stage) -> None:
    sns = stage.client("sns")
    given = {"Message": "é\n<b>", "MessageAttributes": KIND, **PLACE}
    assert sns.publish(TopicArn=topic_arn("facts"), **given)["MessageId"]
    entries = [{"Id": str(n), **given, "MessageDeduplicationId": f"n{n}"} for n in range(10)]
    answer = sns.publish_batch(TopicArn=topic_arn("facts"), PublishBatchRequestEntries=entries)
    assert [one["Id"] for one in answer["Successful"]] == [str(n) for n in range(10)]
    assert answer["Failed"] == []
    assert [summary(one) for one in stage.received()] == [
        ("é\n<b>", "room:1", dedup, {"kind": "Été & <more>"})
        for dedup in ["d:1", *(f"n{n}" for n in range(10))]
    ]
    assert stage.records[0]["eventSourceARN"].endswith(":facts.fifo")


@pytest.mark.parametrize(
    "wrong",
    [
        {"MessageGroupId": "a room"},
        {"MessageDeduplicationId": "x" * 129},
        {"MessageBody": "x" * (LARGEST + 1)},
        {"MessageBody": "x" * LARGEST, "MessageAttributes": KIND},
        {"MessageAttributes": {"a": {"DataType": "String", "StringValue": ""}}},
        {"MessageAttributes": {str(n): KIND["kind"] for n in range(11)}},
    ],
)
def test_what_the_services_refuse_is_refused(stage: Stage, wrong: dict[str, Any]) -> None:
    sqs, sns = stage.client("sqs"), stage.client("sns")
    url = f"{stage.plane.url}/{ACCOUNT}/frames.fifo"
    given = {"MessageBody": "x", **PLACE, **wrong}
    assert refused(sqs.send_message, QueueUrl=url, **given)[1] == 400
    entries = [{"Id": "0", "MessageBody": "x", **PLACE}, {"Id": "1", **given}]
    assert refused(sqs.send_message_batch, QueueUrl=url, Entries=entries)[1] == 400
    given["Message"] = given.pop("MessageBody")
    code, status = refused(sns.publish, TopicArn=topic_arn("facts"), **given)
    assert (code, status) == ("InvalidParameterValue", 400)
    assert stage.received() == []


def test_what_does_not_exist_is_said_so(stage: Stage) -> None:
    sqs, sns = stage.client("sqs"), stage.client("sns")
    given = {"MessageBody": "x", **PLACE}
    for name in ("nowhere.fifo", "frames", ""):
        url = f"{stage.plane.url}/{ACCOUNT}/{name}"
        code, status = refused(sqs.send_message, QueueUrl=url, **given)
        assert (code.rsplit(".", 1)[-1], status) == ("QueueDoesNotExist", 400)
    message = {"Message": "x", **PLACE}
    assert refused(sns.publish, TopicArn=topic_arn("nowhere"), **message) == ("NotFound", 400)
    assert refused(sns.list_topics) == ("InvalidAction", 400)
