"""What functions meet on their first request: a workspace's database, and AWS in this process.

moto plays DynamoDB, S3, SNS, SQS, Parameter Store and Secrets Manager. What it lacks, Lambda's
Invoke and the posts to connections, is answered by a server that says yes.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from contrail.ddp import ejson
from contrail.domain.environment import Environment
from contrail.domain.tokens import hash_token, sign_token
from contrail.domain.workspace import TEST_ADMIN, prepare
from contrail.ports.aws.provide import Ports, ports_from_environment
from contrail.ports.aws.table import TABLES, definition
from contrail.ports.clock import SystemClock
from contrail.shapes.connections import Connection
from contrail.shapes.ids import random_id
from contrail.store.database import Store, connect
from infra.grants import ADMIN, DATABASE, ORIGIN, SIGNING
from infra.profiles import APART, SHARED
from infra.topology import FUNCTIONS, QUEUES, Function
from local.files_server import BUCKET
from local.isolated.names import ACCOUNT, REGION, SECRETS, of_lambda, topic_arn, variables
from local.mongo import MongoChild
from local.ports import FileSecrets

WORKSPACE = "bench"
KEPT = {SIGNING: "only-for-benches-" + "x" * 40, ORIGIN: "o" * 40, ADMIN: "a" * 40}


@dataclass(frozen=True)
class World:
    """`uid` has `token` and is in the room `rid`, whose connections are in DynamoDB."""

    database: str
    aws: str
    yes: str
    store: Store
    ports: Ports
    uid: str
    token: str
    rid: str

    def variables(self, function: Function) -> dict[str, str]:
        """The environment of a function, whole."""
        profile = SHARED if function.shared else APART
        environment = variables(function, self.aws, Environment(), profile)
        told = {**of_lambda(function, self.aws), **environment}
        if "SOCKETS_URL" in told:
            told["SOCKETS_URL"] = f"{self.yes}/websocket"
        return {**told, "AWS_ENDPOINT_URL_LAMBDA": self.yes}

    def connection(self) -> str:
        """The id of a new connection, whose client has not said anything yet."""
        opened = int(self.ports.clock.now().timestamp() * 1000)
        connection = Connection(id=f"{random_id()}=", opened_at=opened)
        self.ports.connections.open(connection)
        return connection.id


@contextmanager
def world(folder: Path) -> Iterator[World]:
    with ExitStack() as stack:
        child = MongoChild(folder)
        child.start()
        stack.callback(child.stop)
        aws, yes = stack.enter_context(_moto()), stack.enter_context(_yes())
        uri = child.uri.replace("/?", f"/{WORKSPACE}?")
        client = connect(uri)
        stack.callback(client.close)
        store, clock = Store(client[WORKSPACE]), SystemClock()
        prepare(store.database, Environment(test_mode=True), clock)
        now, secrets = clock.now(), FileSecrets(KEPT)
        token = sign_token(secrets, TEST_ADMIN, now)
        kept = {"hashedToken": hash_token(token), "when": now}
        store.database["users"].update_one(
            {"_id": TEST_ADMIN}, {"$push": {"services.resume.loginTokens": kept}}
        )
        made = World(
            database=uri,
            aws=aws,
            yes=yes,
            store=store,
            ports=_ports(aws),
            uid=TEST_ADMIN,
            token=token,
            rid="GENERAL",
        )
        _fill(made)
        yield made


def _ports(aws: str) -> Ports:
    function = next(one for one in FUNCTIONS if one.socket)
    credentials = {k: v for k, v in of_lambda(function, aws).items() if k.startswith("AWS_")}
    os.environ |= credentials
    told = {**credentials, **variables(function, aws, Environment())}
    return ports_from_environment(told, ejson.dumps)


def _fill(made: World) -> None:
    """What the stacks make, a secret in both of its places; a listener in the room."""
    import boto3  # noqa: PLC0415 - after the environment names its credentials

    session = boto3.Session(region_name=REGION)
    clients = {
        name: session.client(name, endpoint_url=made.aws)
        for name in ("dynamodb", "s3", "sns", "sqs", "secretsmanager", "ssm")
    }
    for name, keys in TABLES.items():
        clients["dynamodb"].create_table(**definition(name, keys))
    fifo = {"FifoQueue": "true"}
    for queue in QUEUES:
        clients["sqs"].create_queue(QueueName=f"{queue.name}.fifo", Attributes=fifo)
    made_topic = clients["sns"].create_topic(Name="facts.fifo", Attributes={"FifoTopic": "true"})
    assert made_topic["TopicArn"] == topic_arn("facts")
    for name, value in {**KEPT, DATABASE: made.database}.items():
        clients["secretsmanager"].create_secret(Name=f"{SECRETS}{name}", SecretString=value)
        parameter = {"Name": f"/{SECRETS}{name}", "Type": "SecureString"}
        clients["ssm"].put_parameter(**parameter, Value=value)
    clients["s3"].create_bucket(Bucket=BUCKET)
    key = (f"room:{made.rid}", f"stream-room-messages/{made.rid}")
    made.ports.connections.listen(made.connection(), made.uid, [key])


@contextmanager
def _moto() -> Iterator[str]:
    # Read when moto is imported: what it makes has names of this account.
    os.environ["MOTO_ACCOUNT_ID"] = ACCOUNT
    from moto.server import ThreadedMotoServer  # noqa: PLC0415

    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


class _Yes(BaseHTTPRequestHandler):
    """Any method has a result, any post arrives."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        body = b'{"result":"[]"}'
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None: ...


@contextmanager
def _yes() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Yes)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
