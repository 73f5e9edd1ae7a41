"""The ports of a function, from its environment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from contrail.ddp import ejson
from contrail.ports.aws.provide import Clients, Names, Ports, ports_from_environment
from contrail.ports.blobs import Blobs
from contrail.ports.bus import Bus
from contrail.ports.connections import Connections
from contrail.ports.limits import Limits, Rule
from contrail.ports.rpc import Rpc
from contrail.ports.secrets import Secrets
from contrail.ports.sockets import Sockets
from contrail.shapes.connections import Connection
from tests.ports.conftest import REGION, Clock, Server

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


def _ports(server: Server, clock: Clock, **more: str) -> Ports:
    variables = {
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL": server.url,
        "AWS_ENDPOINT_URL_LAMBDA": f"{server.url}/functions",
        "CONNECTIONS_TABLE": "connections",
        "SOCKETS_URL": f"{server.url}/websocket",
        "FUNCTION_ACCOUNT": "account",
        "QUEUE_FRAMES": f"{server.url}/1/frames.fifo",
        **more,
    }
    return ports_from_environment(variables, ejson.dumps, clock)


def test_what_the_environment_names_is_read() -> None:
    names = Names.read(
        {
            "AWS_REGION": "eu-north-1",
            "LIMITS_TABLE": "limits",
            "FILES_BUCKET": "files",
            "FACTS_TOPIC_ARN": "arn:aws:sns:eu-north-1:1:facts.fifo",
            "SECRETS_PREFIX": "contrail/",
            "QUEUE_FRAMES": "https://frames",
            "FUNCTION_ACCOUNT": "account:live",
            "AWS_ENDPOINT_URL_SQS": "http://queues",
            "AWS_LAMBDA_FUNCTION_NAME": "of-no-interest",
        }
    )
    assert names == Names(
        aws_region="eu-north-1",
        limits_table="limits",
        files_bucket="files",
        facts_topic_arn="arn:aws:sns:eu-north-1:1:facts.fifo",
        secrets_prefix="contrail/",
        queues={"frames": "https://frames"},
        functions={"account": "account:live"},
        endpoints={"sqs": "http://queues"},
    )
    assert names.endpoint("sqs") == "http://queues"
    assert names.endpoint("sns") is None


def test_the_adapters_are_the_ports(server: Server, clock: Clock) -> None:
    ports = _ports(server, clock)
    kept: tuple[Blobs, Bus, Connections, Limits, Rpc, Secrets, Sockets] = (
        ports.blobs,
        ports.bus,
        ports.connections,
        ports.limits,
        ports.rpc,
        ports.secrets,
        ports.sockets,
    )
    assert all(kept)
    assert server.seen == []


def test_calls_go_where_the_environment_says(server: Server, clock: Clock) -> None:
    ports = _ports(server, clock)
    assert ports.connections.get("one=") is None
    assert server.seen[-1].headers["x-amz-target"] == "DynamoDB_20120810.GetItem"
    assert f"/{REGION}/dynamodb/" in server.seen[-1].headers["authorization"]
    assert ports.sockets.post("one=", "a")
    assert server.seen[-1].path == "/websocket/@connections/one%3D"
    assert f"/{REGION}/execute-api/" in server.seen[-1].headers["authorization"]
    assert ports.rpc.call("account", {}) == {}
    assert server.seen[-1].path == "/functions/2015-03-31/functions/account/invocations"
    attributes: dict[str, str] = {}
    ports.bus.enqueue("frames", "x", group="g", dedup="d", attributes=attributes)
    assert server.seen[-1].headers["x-amz-target"] == "AmazonSQS.SendMessage"


def test_a_name_that_is_missing_is_named_when_it_is_needed(clock: Clock) -> None:
    ports = ports_from_environment({}, ejson.dumps, clock)
    with pytest.raises(LookupError, match="CONNECTIONS_TABLE is not set"):
        ports.connections.get("one=")
    with pytest.raises(LookupError, match="LIMITS_TABLE is not set"):
        ports.limits.hit("u", [Rule("login", 1, 1)])
    with pytest.raises(LookupError):
        ports.sockets.post("one=", "a")


def test_no_call_waits_for_ever(server: Server) -> None:
    clients = Clients(Names.read({"AWS_REGION": REGION, "AWS_ENDPOINT_URL": server.url}))
    for service in ("dynamodb", "sns", "sqs", "ssm", "secretsmanager", "lambda", "s3"):
        config = clients.get(service).meta.config
        assert config.connect_timeout <= 2
        assert config.read_timeout <= 20
        assert config.retries["total_max_attempts"] == 3


@pytest.mark.parametrize(
    ("age", "session", "posts"),
    [(1, "", 2), (11, "", 1), (1, "connected", 1), (None, "", 1)],
    ids=["handshake may not be over", "old", "has spoken", "no record"],
)
def test_a_410_means_gone_unless_the_handshake_may_not_be_over(
    server: Server,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    age: int | None,
    session: str,
    posts: int,
) -> None:
    ports = _ports(server, clock)
    record = None
    if age is not None:
        opened = int(clock.now().timestamp() * 1000) - age * 1000
        record = Connection(id="one=", opened_at=opened, session=session)
    monkeypatch.setattr(type(ports.connections), "get", lambda *_: record)
    server.answer("/websocket/@connections/one%3D", 410, 200)
    assert ports.sockets.post("one=", "a") == (posts == 2)
    assert len(server.seen) == posts


def test_making_the_ports_imports_no_boto3_and_opens_nothing() -> None:
    script = f"""
import socket, sys, threading
sys.path[:0] = [{str(ROOT / "layers/common/python")!r}]
def refuse(*_, **__):
    raise AssertionError("a socket was opened")
socket.socket.connect = socket.getaddrinfo = refuse
from contrail.ports.aws.provide import ports_from_environment
ports_from_environment({{"CONNECTIONS_TABLE": "x", "SOCKETS_URL": "https://x/y"}}, str)
assert threading.active_count() == 1
loaded = {{"boto3", "botocore"}} & set(sys.modules)
assert not loaded, loaded
"""
    done = subprocess.run(
        [sys.executable, "-c", script], env={}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
