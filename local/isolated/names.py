"""What things are called in the isolated runtime, and the variables that tell a function so."""

from __future__ import annotations

from contrail.domain.environment import Environment
from infra.grants import Grant, grants, names
from infra.profiles import APART, SHARED, Topology
from infra.topology import Function
from local.files_server import BUCKET

REGION, ACCOUNT = "us-east-1", "000000000000"
TOPICS = {"facts": "facts"}
"""FIFO topic -> the queue that is subscribed to it, with raw delivery."""
SECRETS = "contrail/"


def secrets_prefix(topology: Topology) -> str:
    """Parameters where services share a function, as in profile `idle`; else Secrets Manager's."""
    return f"/{SECRETS}" if topology.carried else SECRETS


def function_arn(name: str) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"


def topic_arn(name: str) -> str:
    return f"arn:aws:sns:{REGION}:{ACCOUNT}:{name}.fifo"


def credentials(function: Function) -> tuple[str, str, str]:
    """Id, key and session token. The id says whose call it is."""
    return function.name, f"key-of-{function.name}", "a-session"


def keys() -> dict[str, str]:
    """Key id -> key of every function there may be."""
    known = (*APART.functions, *SHARED.functions)
    return {key_id: key for key_id, key, _ in map(credentials, known)}


def variables(
    function: Function, url: str, environment: Environment, topology: Topology = APART
) -> dict[str, str]:
    """What the stacks give the function, where `url` is the address of everything of AWS."""
    return {
        "EDITION": environment.edition,
        "ROOT_URL": environment.root_url,
        "TEST_MODE": str(environment.test_mode).lower(),
        "ALLOWED_PRIVATE_HOSTS": environment.allowed_private_hosts,
        **({"MAIL_SERVICE": environment.mail_service} if environment.mail_service else {}),
        **({"MAIL_URL": environment.mail_url} if environment.mail_url else {}),
        **names(function),
        **{one.variable: _address(one, url, topology) for one in grants(function) if one.variable},
    }


def of_lambda(function: Function, url: str) -> dict[str, str]:
    """What Lambda itself tells every function, and where to find everything of AWS."""
    key_id, key, token = credentials(function)
    return {
        "AWS_ACCESS_KEY_ID": key_id,
        "AWS_SECRET_ACCESS_KEY": key,
        "AWS_SESSION_TOKEN": token,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": url,
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "LANG": "en_US.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "TZ": ":UTC",
    }


def _address(grant: Grant, url: str, topology: Topology) -> str:
    if grant.kind == "queue":
        return f"{url}/{ACCOUNT}/{grant.name}.fifo"
    if grant.kind == "topic":
        return topic_arn(grant.name)
    if grant.kind == "sockets":
        return f"{url}/websocket"
    if grant.kind == "function":
        return topology.answering()[grant.name].name
    if grant.kind == "secret":
        return secrets_prefix(topology)
    return BUCKET if grant.kind == "bucket" else grant.name
