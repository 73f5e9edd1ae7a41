"""moto's server as a child: an isolated workspace's DynamoDB and its secrets, in memory."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from contrail.ports.aws.table import TABLES, definition
from local.isolated.names import REGION
from local.supervisor import Child, Report, Supervisor

"""By name their keys, all of them strings."""


class Moto:
    """`secrets`, by their whole names, are put in at each start: with a slash as parameters.

    What functions wrote is gone with the process: connections then find out that they are.
    """

    def __init__(self, logs: Path, secrets: Mapping[str, str]) -> None:
        self._secrets = dict(secrets)
        self._port = _free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        program = (sys.executable, "-m", "moto.server")
        self._supervisor = Supervisor(
            Child(
                name="moto",
                command=[*program, "--host", "127.0.0.1", "--port", str(self._port)],
                environment={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
                log=logs / "moto.log",
                ready=self._fill,
                health=self._check,
            )
        )

    @property
    def pid(self) -> int | None:
        """While it runs."""
        return self._supervisor.pid

    def start(self) -> None:
        """Raises LocalError, or OSError."""
        self._supervisor.start()

    def watch(self, on_give_up: Report) -> None:
        self._supervisor.watch(on_give_up=on_give_up)

    def stop(self) -> None:
        self._supervisor.stop()

    def _fill(self, _: int, seconds: float) -> None:
        """Tables and secrets, as the stacks make them. Raises while it does not answer."""
        dynamodb = self._client("dynamodb", seconds)
        there = dynamodb.list_tables()["TableNames"]
        for name, keys in TABLES.items():
            if name in there:
                continue
            dynamodb.create_table(**definition(name, keys))
        parameters, manager = self._client("ssm", seconds), self._client("secretsmanager", seconds)
        known = {one["Name"] for one in manager.list_secrets()["SecretList"]}
        for name in self._secrets.keys() - known:
            value = self._secrets[name]
            if name.startswith("/"):
                parameters.put_parameter(
                    Name=name, Value=value, Type="SecureString", Overwrite=True
                )
            else:
                manager.create_secret(Name=name, SecretString=value)

    def _check(self, _: int, seconds: float) -> None:
        for name in TABLES:
            self._client("dynamodb", seconds).describe_table(TableName=name)

    def _client(self, service: str, seconds: float) -> Any:
        session = boto3.Session("plane", "no-secret", region_name=REGION)
        waits = Config(
            connect_timeout=seconds, read_timeout=seconds, retries={"total_max_attempts": 1}
        )
        return session.client(service, endpoint_url=self.url, config=waits)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
