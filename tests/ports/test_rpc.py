"""The rpc port against a server that answers as Lambda's Invoke does, and the local one."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import Counter
from functools import partial
from typing import Any

import pytest
from botocore.credentials import ReadOnlyCredentials

from contrail.ports.aws.endpoint import Endpoint
from contrail.ports.aws.provide import Clients, Names
from contrail.ports.aws.rpc import LambdaRpc, RpcFailedError
from contrail.ports.aws.signing import Signer
from contrail.ports.bounds import QUEUED, TooLargeError
from contrail.ports.rpc import Rpc
from contrail.shapes.caller import Caller
from local.ports import LocalRpc
from tests.ports.conftest import REGION, Clock, Server

PATH = "/2015-03-31/functions/contrail-account%3Alive/invocations"


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


@pytest.fixture
def rpc(server: Server, clock: Clock) -> LambdaRpc:
    return _rpc(server.url, clock)


def _rpc(url: str, clock: Clock) -> LambdaRpc:
    signer = Signer("lambda", REGION, lambda: ReadOnlyCredentials("AKIA", "secret", "token"))
    functions = {"account": "contrail-account:live"}
    clients = Clients(Names(aws_region=REGION, endpoints={"lambda": url}))
    client = partial(clients.get, "lambda")
    return LambdaRpc(Endpoint(url, signer, 4), client, functions, clock, sleep=clock.move)


def _answers(server: Server, answer: Any, **headers: str) -> None:
    server.script[PATH].append((200, headers, json.dumps(answer).encode()))


def test_the_owner_gets_the_event_and_its_answer_comes_back(server: Server, rpc: LambdaRpc) -> None:
    _answers(server, {"result": "[1]"})
    caller = Caller(uid="u", roles=("admin", "user"), user_agent="bad \ud800")
    event = {"method": "login", "params": "[]", "caller": caller.model_dump()}
    assert rpc.call("account", event) == {"result": "[1]"}
    [seen] = server.seen
    sent = json.loads(seen.body)
    assert Caller.model_validate(sent["caller"]).roles == ("admin", "user")
    assert (seen.path, sent["method"], sent["params"]) == (PATH, "login", "[]")
    assert "x-amz-invocation-type" not in seen.headers


def test_a_service_in_the_same_function_is_called_without_the_network(
    server: Server, rpc: LambdaRpc
) -> None:
    rpc.here["account"] = lambda event: {"result": event["params"]}
    assert rpc.call("account", {"params": "[2]"}) == {"result": "[2]"}
    assert server.seen == []


def test_an_unknown_service_is_an_error(rpc: LambdaRpc) -> None:
    with pytest.raises(KeyError):
        rpc.call("unheard-of", {})


def test_a_callee_that_raises_says_no_more_than_its_errors_type(
    server: Server, rpc: LambdaRpc
) -> None:
    failure = {"errorType": "ValueError", "errorMessage": "a password", "stackTrace": ["secret"]}
    _answers(server, failure, **{"X-Amz-Function-Error": "Unhandled"})
    with pytest.raises(RpcFailedError) as raised:
        rpc.call("account", {"method": "login"})
    assert str(raised.value) == "account failed: ValueError"
    assert len(server.seen) == 1, "it may have run: it is not called again"


@pytest.mark.parametrize("body", [b"[1]", b'"x"', b"null"])
def test_an_answer_that_is_no_object_is_an_error(
    server: Server, rpc: LambdaRpc, body: bytes
) -> None:
    server.script[PATH].append((200, {}, body))
    with pytest.raises(RpcFailedError):
        rpc.call("account", {})
    server.script[PATH].append((200, {"X-Amz-Function-Error": "Unhandled"}, body))
    with pytest.raises(RpcFailedError):
        rpc.call("account", {})


@pytest.mark.parametrize(
    "said",
    [
        {"errorType": "Sandbox.Timedout", "errorMessage": "RequestId: x Error: Task timed out"},
        {"errorMessage": "2026-01-01T00:00:00Z x Task timed out after 29.00 seconds"},
    ],
)
def test_a_callee_that_ran_out_of_time_is_a_timeout(
    server: Server, rpc: LambdaRpc, said: dict[str, str]
) -> None:
    _answers(server, said, **{"X-Amz-Function-Error": "Unhandled"})
    with pytest.raises(TimeoutError):
        rpc.call("account", {})


def test_the_deadline_ends_the_wait_and_nothing_is_sent_past_it(
    server: Server, rpc: LambdaRpc, clock: Clock
) -> None:
    now = round(clock.now().timestamp() * 1000)
    server.answer(PATH, 0)
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        rpc.call("account", {"deadline": now + 300})
    assert time.monotonic() - began < 20
    assert len(server.seen) == 1
    with pytest.raises(TimeoutError):
        rpc.call("account", {"deadline": now})
    assert len(server.seen) == 1


def test_what_was_throttled_did_not_run_and_is_tried_again(server: Server, rpc: LambdaRpc) -> None:
    server.answer(PATH, 429, 429)
    _answers(server, {"result": "1"})
    assert rpc.call("account", {}) == {"result": "1"}
    assert len(server.seen) == 3
    server.always = {PATH: 429}
    with pytest.raises(TimeoutError):
        rpc.call("account", {})


def test_what_may_have_run_is_not_called_again(server: Server, rpc: LambdaRpc) -> None:
    server.answer(PATH, 500)
    with pytest.raises(RpcFailedError, match="500"):
        rpc.call("account", {})
    server.answer(PATH, 0)
    server.let_go.set()
    with pytest.raises(ConnectionError):
        rpc.call("account", {})
    assert len(server.seen) == 2


def test_no_connection_is_tried_until_the_deadline(clock: Clock) -> None:
    began = clock.now()
    with pytest.raises(TimeoutError):
        _rpc("http://127.0.0.1:1", clock).call("account", {})
    assert 28 <= (clock.now() - began).total_seconds() < 29


def test_what_is_sent_is_accepted_and_not_waited_for(server: Server, rpc: LambdaRpc) -> None:
    rpc.here["account"] = lambda event: event
    server.answer(PATH, 202)
    rpc.send("account", {"schedule": "sweep", "text": "ж"})
    [seen] = server.seen
    assert (seen.method, seen.path) == ("POST", PATH)
    assert json.loads(seen.body) == {"schedule": "sweep", "text": "ж"}
    assert seen.headers["x-amz-invocation-type"] == "Event"
    assert "x-amz-invocation-type" in seen.headers["authorization"], "what is not signed is refused"


def test_what_may_not_have_been_accepted_is_sent_again(server: Server, rpc: LambdaRpc) -> None:
    server.answer(PATH, 429, 500, 202)
    rpc.send("account", {})
    assert len(server.seen) == 3


def test_what_is_not_accepted_is_an_error(server: Server, rpc: LambdaRpc) -> None:
    server.answer(PATH, 200)
    with pytest.raises(RpcFailedError, match="200"):
        rpc.send("account", {})
    server.answer(PATH, 404)
    with pytest.raises(Exception, match="404"):
        rpc.send("account", {})
    assert len(server.seen) == 2


@pytest.fixture(params=["lambda", "local"])
def either(request: pytest.FixtureRequest, server: Server) -> Rpc:
    if request.param == "local":
        local = LocalRpc(retry_delay=0.01)
        local.handlers["account"] = lambda _: {}
        return local
    server.always[PATH] = 202
    adapter: Rpc = request.getfixturevalue("rpc")
    return adapter


def test_an_event_of_the_largest_size_can_be_sent_and_none_above(either: Rpc) -> None:
    room = QUEUED - len('{"x":""}')
    either.send("account", {"x": "a" * room})
    for text in ("a" * (room + 1), "ж" * (room // 2 + 1)):
        with pytest.raises(TooLargeError, match="an event for account"):
            either.send("account", {"x": text})


def test_an_unknown_service_is_sent_nothing(either: Rpc) -> None:
    with pytest.raises(KeyError):
        either.send("unheard-of", {})


def _local(handler: Any) -> LocalRpc:
    local = LocalRpc(retry_delay=0.01)
    local.handlers["account"] = handler
    return local


def test_locally_it_runs_later_and_once() -> None:
    begun, seen = threading.Event(), list[dict[str, Any]]()

    def handler(event: dict[str, Any]) -> dict[str, Any]:
        begun.wait(10)
        seen.append(event)
        return {}

    local = _local(handler)
    event = {"text": "ж", "list": [1]}
    local.send("account", event)
    event["list"] = []
    assert not seen
    begun.set()
    assert local.sent.wait_idle(10)
    assert seen == [{"text": "ж", "list": [1]}], "as it was when it was sent"


def test_locally_a_failure_is_tried_twice_more_and_then_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tries = Counter[str]()

    def handler(event: dict[str, Any]) -> dict[str, Any]:
        tries[event["name"]] += 1
        if event["name"] == "hopeless" or tries[event["name"]] < 3:
            raise RuntimeError
        return {}

    local = _local(handler)
    for name in ("hopeless", "third time lucky"):
        local.send("account", {"name": name})
    assert local.sent.wait_idle(10)
    assert tries == {"hopeless": 3, "third time lucky": 3}
    (dead,) = [line for line in caplog.records if line.levelno == logging.ERROR]
    assert "account" in dead.getMessage()
    assert [json.loads(one["body"]) for one in local.sent.dead] == [{"name": "hopeless"}]


def test_locally_one_that_is_slow_or_fails_holds_back_no_other() -> None:
    others = threading.Semaphore(0)

    def handler(event: dict[str, Any]) -> dict[str, Any]:
        if event["slow"]:
            # Ends only when all the others have run.
            assert all(others.acquire(timeout=10) for _ in range(5))
        others.release()
        return {}

    local = _local(handler)
    for slow in (True, *[False] * 5):
        local.send("account", {"slow": slow})
    assert local.sent.wait_idle(10)
    assert local.sent.dead == []
