"""The ports, as a function's environment names them. Clients are created when first used."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import BaseModel, ConfigDict

from contrail.ports.aws.blobs import S3Blobs, client_options
from contrail.ports.aws.bus import TopicBus
from contrail.ports.aws.connections import DynamoConnections
from contrail.ports.aws.endpoint import Endpoint
from contrail.ports.aws.limits import DynamoLimits
from contrail.ports.aws.mail import SesMail
from contrail.ports.aws.rpc import LambdaRpc
from contrail.ports.aws.secrets import CloudSecrets
from contrail.ports.aws.signing import Credentials, Signer
from contrail.ports.aws.sockets import AT_ONCE, YOUNG, ManagementSockets
from contrail.ports.clock import Clock, SystemClock
from contrail.ports.connections import Connections

QUEUE, FUNCTION, ENDPOINT = "QUEUE_", "FUNCTION_", "AWS_ENDPOINT_URL"
CALLS_AT_ONCE = 16


class Names(BaseModel):
    """What the stacks tell a function; what they leave out is missed when it is used.

    `sockets_url` is the https address of the WebSocket stage; for `secrets_prefix` see
    `CloudSecrets`. Of maps, `QUEUE_FRAMES` is the URL of queue `frames`, `FUNCTION_ACCOUNT` the
    name, alias or ARN of the function that runs service `account`, and `AWS_ENDPOINT_URL_SQS`
    the address of one AWS service, `AWS_ENDPOINT_URL` (key "") that of all others.
    """

    model_config = ConfigDict(frozen=True)

    aws_region: str = "us-east-1"
    connections_table: str = ""
    limits_table: str = ""
    files_bucket: str = ""
    facts_topic_arn: str = ""
    sockets_url: str = ""
    secrets_prefix: str = "/contrail/"
    queues: dict[str, str] = {}
    functions: dict[str, str] = {}
    endpoints: dict[str, str] = {}

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> Names:
        maps = {"queues": QUEUE, "functions": FUNCTION, "endpoints": ENDPOINT}
        found: dict[str, object] = {
            name: variables[name.upper()]
            for name in cls.model_fields
            if name not in maps and variables.get(name.upper())
        }
        for name, prefix in maps.items():
            found[name] = {
                key.removeprefix(prefix).removeprefix("_").lower(): value
                for key, value in variables.items()
                if key.startswith(prefix) and value
            }
        return cls.model_validate(found)

    def endpoint(self, service: str) -> str | None:
        """None where AWS's own address holds."""
        return self.endpoints.get(service) or self.endpoints.get("")


@dataclass(frozen=True)
class Ports:
    """What an Instance needs of the ports. `rpc` is told of handlers that share the function."""

    clock: Clock
    secrets: CloudSecrets
    bus: TopicBus
    connections: DynamoConnections
    sockets: ManagementSockets
    rpc: LambdaRpc
    limits: DynamoLimits
    blobs: S3Blobs
    mail: SesMail


def ports_from_environment(
    variables: Mapping[str, str], encode: Callable[[object], str], clock: Clock | None = None
) -> Ports:
    """`encode` makes EJSON text of a fact. Makes no call and no client."""
    names = Names.read(variables)
    clock = clock or SystemClock()
    clients = Clients(names)
    connections = DynamoConnections(
        partial(clients.get, "dynamodb", "connections_table"), names.connections_table, clock
    )
    rpc_url = names.endpoint("lambda") or _address("lambda", names.aws_region)
    return Ports(
        clock=clock,
        secrets=CloudSecrets(
            partial(clients.get, "ssm"),
            partial(clients.get, "secretsmanager"),
            names.secrets_prefix,
        ),
        bus=TopicBus(
            partial(clients.get, "sns", "facts_topic_arn"),
            partial(clients.get, "sqs"),
            topic=names.facts_topic_arn,
            queues=names.queues,
            encode=encode,
        ),
        connections=connections,
        sockets=ManagementSockets(
            Endpoint(names.sockets_url, clients.signer("execute-api"), 2 * AT_ONCE),
            partial(opening, connections, clock),
        ),
        rpc=LambdaRpc(
            Endpoint(rpc_url, clients.signer("lambda"), CALLS_AT_ONCE),
            partial(clients.get, "lambda"),
            names.functions,
            clock,
        ),
        limits=DynamoLimits(
            partial(clients.get, "dynamodb", "limits_table"), names.limits_table, clock
        ),
        blobs=S3Blobs(partial(clients.get, "s3", "files_bucket"), names.files_bucket),
        mail=SesMail(partial(clients.get, "sesv2")),
    )


class Clients:
    """The clients of one function instance. boto3 is imported when the first is asked for."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}
        self._session: Any = None
        self._credentials: Any = None

    def get(self, service: str, needed: str = "") -> Any:
        """Raises `LookupError` when the environment lacks the name that the caller needs."""
        if needed and not getattr(self._names, needed):
            raise LookupError(f"{needed.upper()} is not set")
        client = self._clients.get(service)
        return client if client is not None else self._create(service)

    def signer(self, service: str) -> Signer:
        return Signer(service, self._names.aws_region, self._frozen)

    def _create(self, service: str) -> Any:
        from botocore.config import Config  # noqa: PLC0415 - boto3 takes long to import

        address = self._names.endpoint(service)
        options: dict[str, Any] = {
            "connect_timeout": 2,
            "read_timeout": 5,
            "retries": {"mode": "standard", "total_max_attempts": 3},
            "tcp_keepalive": True,
            "max_pool_connections": CALLS_AT_ONCE,
        }
        if service == "s3":
            options |= client_options(own_address=address is not None)
        if service == "sesv2":
            # What was taken must not be sent again; the queue tries again where it may.
            options |= {"retries": {"total_max_attempts": 1}, "read_timeout": 10}
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._opened().client(
                    service, endpoint_url=address, config=Config(**options)
                )
            return self._clients[service]

    def _frozen(self) -> Credentials:
        if self._credentials is None:
            with self._lock:
                self._credentials = self._opened().get_credentials()
            if self._credentials is None:
                raise LookupError("there are no AWS credentials")
        frozen: Credentials = self._credentials.get_frozen_credentials()
        return frozen

    def _opened(self) -> Any:
        """Under the lock: making clients of one session is not safe for threads."""
        if self._session is None:
            import boto3  # noqa: PLC0415

            self._session = boto3.Session(region_name=self._names.aws_region)
        return self._session


def opening(connections: Connections, clock: Clock, connection_id: str) -> float:
    """See `ManagementSockets`. A client that sent `connect` has seen its handshake through."""
    record = connections.get(connection_id)
    if record is None or record.session:
        return 0.0
    return max(0.0, YOUNG - (clock.now().timestamp() - record.opened_at / 1000))


def _address(service: str, region: str) -> str:
    suffix = ".cn" if region.startswith("cn-") else ""
    return f"https://{service}.{region}.amazonaws.com{suffix}"
