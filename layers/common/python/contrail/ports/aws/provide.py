"""The ports, as a function's environment names them. Clients are created when first used."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic_core import PydanticCustomError

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
PREFIXES: Mapping[str, str] = {"queues": QUEUE, "functions": FUNCTION, "endpoints": ENDPOINT}
"""Of the fields that are maps."""
CALLS_AT_ONCE = 16


def _like(pattern: str, what: str) -> AfterValidator:
    shape = re.compile(pattern)

    def check(given: str) -> str:
        if not shape.fullmatch(given):
            raise PydanticCustomError("shape", "must be {what}", {"what": what})
        return given

    return AfterValidator(check)


_ARN = r"arn:aws[a-z-]*:{}:[a-z0-9-]+:\d+:"
Url = Annotated[str, _like(r"https?://[^\s/?#]+(/[^\s?#]*)?", "an http(s) address")]
Region = Annotated[str, _like(r"[a-z]{2,}(-[a-z]+)+-\d+", "a region of AWS")]
Table = Annotated[str, _like(r"[\w.-]{1,255}", "the name of a table")]
Bucket = Annotated[str, _like(r"[a-z0-9.-]{3,63}", "the name of a bucket")]
Prefix = Annotated[str, _like(r"[\w/.-]+/", "a path that ends with a slash")]
Topic = Annotated[str, _like(_ARN.format("sns") + r"[\w-]{1,251}\.fifo", "the ARN of a FIFO topic")]
Callee = Annotated[
    str,
    _like(
        f"({_ARN.format('lambda')}function:)?" + r"[\w-]{1,140}(:[\w$-]{1,128})?",
        "the name, alias or ARN of a function",
    ),
]


class Names(BaseModel):
    """What the stacks tell a function; what they leave out is missed when it is used.

    `sockets_url` is the https address of the WebSocket stage; for `secrets_prefix` see
    `CloudSecrets`. Of maps, `QUEUE_FRAMES` is the URL of queue `frames`, `FUNCTION_ACCOUNT` the
    name, alias or ARN of the function that runs service `account`, and `AWS_ENDPOINT_URL_SQS`
    the address of one AWS service, `AWS_ENDPOINT_URL` (key "") that of all others.
    """

    model_config = ConfigDict(frozen=True)

    aws_region: Region = "us-east-1"
    connections_table: Table = ""
    limits_table: Table = ""
    files_bucket: Bucket = ""
    facts_topic_arn: Topic = ""
    sockets_url: Url = ""
    secrets_prefix: Prefix = "/contrail/"
    queues: dict[str, Url] = {}
    functions: dict[str, Callee] = {}
    endpoints: dict[str, Url] = {}

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> Names:
        """Raises pydantic's ValidationError for what cannot be what it is said to be."""
        found: dict[str, object] = {
            name: variables[name.upper()]
            for name in cls.model_fields
            if name not in PREFIXES and variables.get(name.upper())
        }
        for name, prefix in PREFIXES.items():
            found[name] = {
                key.removeprefix(prefix).removeprefix("_").lower(): value
                for key, value in variables.items()
                if key.startswith(prefix) and value
            }
        return cls.model_validate(found)

    @staticmethod
    def variable(field: str, key: str = "") -> str:
        """What a field is called in the environment, or what `key` of one that is a map."""
        if field not in PREFIXES:
            return field.upper()
        return f"{PREFIXES[field]}_{key.upper()}".replace("__", "_").rstrip("_")

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
