"""A handler that nobody has bound, as Lambda calls it."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from contrail.api import entry as entry_module
from contrail.api import provide as provide_module
from contrail.api.entry import entry
from contrail.api.provide import NotConfiguredError, provide
from contrail.domain.instance import Instance
from contrail.shapes import registry
from contrail.shapes.rows import Table
from infra import tables
from infra.topology import FUNCTIONS

URI = "mongodb://someone:hunter2@127.0.0.1:1/"
CALL = {"method": "nope", "params": "[]", "caller": {}}


@pytest.fixture(autouse=True)
def layer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The part of it that only a built one has."""
    built = tmp_path / "methods.json"
    built.write_bytes(registry.dump(tables.methods()))
    assert provide_module.METHODS.name == built.name
    monkeypatch.setattr(provide_module, "METHODS", built)
    monkeypatch.setattr(entry_module, "log_to_stdout", lambda: None)
    return built


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "MONGODB_URI is not set, nor does MONGODB_URI_SECRET name it"),
        ({"MONGODB_URI": URI, "EDITION": "hunter2"}, "EDITION: Input should be"),
        ({"MONGODB_URI": URI.replace("mongodb", "http")}, "MONGODB_URI is not usable: InvalidURI"),
        ({"MONGODB_URI": URI.replace("hunter2", "hunter2@")}, "MONGODB_URI is not usable"),
        ({"ROOT_URL": "hunter2.example.com"}, "ROOT_URL: must be an http(s) address"),
        ({"AWS_REGION": "hunter2"}, "AWS_REGION: must be a region of AWS"),
        ({"FACTS_TOPIC_ARN": "hunter2"}, "FACTS_TOPIC_ARN: must be the ARN of a FIFO topic"),
        (
            {"FACTS_TOPIC_ARN": "arn:aws:sqs:us-east-1:1:hunter2.fifo"},
            "FACTS_TOPIC_ARN: must be the ARN of a FIFO topic",
        ),
        ({"SOCKETS_URL": "wss://hunter2/websocket"}, "SOCKETS_URL: must be an http(s) address"),
        ({"QUEUE_FRAMES": "hunter2"}, "QUEUE_FRAMES: must be an http(s) address"),
        (
            {"FUNCTION_ACCOUNT": "arn:aws:lambda:hunter2"},
            "FUNCTION_ACCOUNT: must be the name, alias or ARN",
        ),
        ({"AWS_ENDPOINT_URL": "hunter2"}, "AWS_ENDPOINT_URL: must be an http(s) address"),
        ({"AWS_ENDPOINT_URL_SQS": "hunter2"}, "AWS_ENDPOINT_URL_SQS: must be an http(s) address"),
        ({"CONNECTIONS_TABLE": "hunter2/x"}, "CONNECTIONS_TABLE: must be the name of a table"),
        ({"FILES_BUCKET": "Hunter2,hunter2"}, "FILES_BUCKET: must be the name of a bucket"),
        ({"SECRETS_PREFIX": "hunter2"}, "SECRETS_PREFIX: must be a path that ends with a slash"),
    ],
)
def test_what_is_wrong_is_named_in_one_line_and_not_quoted(
    variables: Mapping[str, str], said: str
) -> None:
    with pytest.raises(NotConfiguredError) as refused:
        provide(variables, {})
    text = str(refused.value)
    assert text.startswith(said)
    assert "\n" not in text
    assert "hunter2" not in text


def test_a_layer_without_the_registry_is_not_whole(layer: Path) -> None:
    layer.unlink()
    with pytest.raises(NotConfiguredError, match=r"^the layer lacks contrail/data/methods\.json$"):
        provide({"MONGODB_URI": URI}, {})


def test_the_database_may_be_named_by_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "an-id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")
    named = {"MONGODB_URI_SECRET": "mongodb-uri"}
    with mock_aws():
        with pytest.raises(NotConfiguredError, match="there is no secret 'mongodb-uri'"):
            provide(named, {})
        boto3.client("ssm", "us-east-1").put_parameter(
            Name="/contrail/mongodb-uri", Value="mongodb://db.test:7/hangar", Type="SecureString"
        )
        at = provide(named, {})
        both = provide({**named, "MONGODB_URI": "mongodb://other.test:7/?retryWrites=false"}, {})
    assert at.store.database.name == "hangar"
    assert at.store.database.client.options.retry_writes is True
    assert both.store.database.name == "rocketchat"
    assert both.store.database.client.options.retry_writes is False
    for instance in (at, both):
        instance.store.database.client.close()


def test_the_databases_waits_are_shorter_than_any_functions() -> None:
    at = provide({"MONGODB_URI": URI}, {})
    options = at.store.database.client.options
    pool = options.pool_options
    assert (pool.max_pool_size, pool.max_idle_time_seconds) == (2, 60)
    waits = options.server_selection_timeout + (pool.socket_timeout or 60)
    assert waits < min(function.timeout for function in FUNCTIONS)
    at.store.database.client.close()


def test_the_instance_is_what_the_environment_and_the_layer_say() -> None:
    answers: list[Any] = []

    def handler(event: dict[str, Any]) -> dict[str, Any]:
        answers.append(event)
        return {"result": "1"}

    variables = {"MONGODB_URI": URI, "ROOT_URL": "https://chat.test/", "EDITION": "enterprise"}
    at = provide(variables, {"account": handler})
    assert at.environment.root_url == "https://chat.test"
    assert at.environment.edition == "enterprise"
    assert at.methods == tables.methods()
    # A service that shares the function is called without leaving the process.
    assert at.rpc.call("account", CALL) == {"result": "1"}
    assert answers == [CALL]
    at.store.database.client.close()


def test_first_calls_at_once_make_one_instance(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Instance] = []
    monkeypatch.setenv("MONGODB_URI", URI)

    def slowly(*given: Any) -> Instance:
        time.sleep(0.05)
        made.append(provide(*given))
        return made[-1]

    monkeypatch.setattr(entry_module, "provide", slowly)
    handler = entry(Table("account"))
    together = threading.Barrier(50)

    def call(_: int) -> Any:
        together.wait()
        return handler(CALL)

    with ThreadPoolExecutor(50) as threads:
        answers = list(threads.map(call, range(50)))
    assert [answer["error"]["error"] for answer in answers] == [404] * 50
    assert len(made) == 1
    made[0].store.database.client.close()


def test_a_failed_first_call_leaves_the_next_one_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MONGODB_URI", raising=False)
    handler = entry(Table("account"))
    for _ in range(2):
        with pytest.raises(NotConfiguredError):
            handler(CALL)
    monkeypatch.setenv("MONGODB_URI", URI)
    assert handler(CALL)["error"]["error"] == 404
    assert handler.instance is not None
    handler.instance.store.database.client.close()
