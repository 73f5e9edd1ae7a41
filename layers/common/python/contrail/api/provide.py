"""What a function's environment says -> the instance that its handler runs in.

| variable | meaning |
|---|---|
| MONGODB_URI | the database; without a database in its path, `rocketchat` |
| MONGODB_URI_SECRET | read where MONGODB_URI is unset: the name of the secret that holds it |

For the others see `Environment` and `ports.aws.provide.Names`.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from importlib import resources
from typing import Any

from pydantic import ValidationError
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from contrail.ddp import ejson
from contrail.domain.environment import Environment
from contrail.domain.instance import Instance
from contrail.ports.aws.provide import Names, Ports, ports_from_environment
from contrail.ports.aws.rpc import Handler
from contrail.ports.http.addresses import Allowed
from contrail.ports.http.web import HttpWeb
from contrail.ports.secrets import Secrets
from contrail.shapes import registry
from contrail.shapes.logs import LOG, JsonFormatter
from contrail.store.database import Store, connect

DATABASE = "rocketchat"
METHODS = resources.files("contrail.data").joinpath("methods.json")
"""Built into the layer, because only all tables together tell who owns a method."""


class NotConfiguredError(RuntimeError):
    """One line that names the variable, or the part of the layer, that is missing or wrong."""


def provide(variables: Mapping[str, str], here: Mapping[str, Handler]) -> Instance:
    """`here` has the handlers of the services that share this function, for calls among them.

    Reads the database's secret where a variable names one, and opens no other connection before
    the instance is used. Raises `NotConfiguredError`, and botocore's exceptions for that read.
    """
    environment, methods = _environment(variables), _methods()
    ports = _ports(variables)
    ports.rpc.here.update(here)
    client = _client(_uri(variables, ports.secrets))
    return Instance(
        store=Store(client.get_default_database(DATABASE)),
        environment=environment,
        clock=ports.clock,
        secrets=ports.secrets,
        bus=ports.bus,
        connections=ports.connections,
        sockets=ports.sockets,
        rpc=ports.rpc,
        limits=ports.limits,
        web=_web(environment),
        blobs=ports.blobs,
        methods=methods,
        mail=ports.mail,
    )


def log_to_stdout() -> None:
    """One JSON object a line, which is what CloudWatch takes. The runtime's own handlers stay."""
    if LOG.handlers:
        return
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    LOG.addHandler(handler)
    LOG.setLevel(logging.INFO)
    LOG.propagate = False


def _environment(variables: Mapping[str, str]) -> Environment:
    try:
        environment = Environment.read(variables)
    except ValidationError as error:
        raise NotConfiguredError(_worded(error)) from None
    if not environment.root_url.startswith(("http://", "https://")):
        raise NotConfiguredError("ROOT_URL: must be an http(s) address")
    return environment


def _ports(variables: Mapping[str, str]) -> Ports:
    try:
        return ports_from_environment(variables, ejson.dumps)
    except ValidationError as error:
        raise NotConfiguredError(_worded(error)) from None


def _web(environment: Environment) -> HttpWeb:
    try:
        return HttpWeb(Allowed.read(environment.allowed_private_hosts))
    except ValueError as error:
        raise NotConfiguredError(f"ALLOWED_PRIVATE_HOSTS: {error}") from None


def _worded(error: ValidationError) -> str:
    """Without the value, which may be a secret."""
    first = error.errors(include_input=False, include_url=False)[0]
    return f"{Names.variable(*map(str, first['loc'][:2]))}: {first['msg']}"


def _uri(variables: Mapping[str, str], secrets: Secrets) -> str:
    uri = variables.get("MONGODB_URI", "")
    if uri:
        return uri
    name = variables.get("MONGODB_URI_SECRET", "")
    if not name:
        raise NotConfiguredError("MONGODB_URI is not set, nor does MONGODB_URI_SECRET name it")
    try:
        return secrets.get(name)
    except KeyError:
        raise NotConfiguredError(f"MONGODB_URI_SECRET: there is no secret {name!r}") from None


def _client(uri: str) -> MongoClient[dict[str, Any]]:
    try:
        return connect(uri)
    except (PyMongoError, ValueError) as error:
        # The driver's words may quote the URI, and with it the password.
        raise NotConfiguredError(f"MONGODB_URI is not usable: {type(error).__name__}") from None


def _methods() -> registry.Registry:
    try:
        return registry.load(METHODS.read_bytes())
    except FileNotFoundError:
        raise NotConfiguredError(f"the layer lacks contrail/data/{METHODS.name}") from None
