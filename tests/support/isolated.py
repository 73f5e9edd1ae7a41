"""A workspace whose functions run in processes of their own, for tests to talk to."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import boto3
import orjson
from botocore.config import Config

from infra.packages_wheels import Target, libraries, runtime
from infra.profiles import APART, Topology
from local.isolated.names import REGION
from local.isolated.runtime import IsolatedRuntime
from tests.support.workspace import Workspace


class IsolatedWorkspace(Workspace):
    """`folder` gets `packages/` and `logs/`."""

    runtime: IsolatedRuntime

    def __init__(self, uri: str, folder: Path, topology: Topology = APART, **more: Any) -> None:
        # Installed first: that takes its time where it has not been done before.
        for install in (libraries, runtime):
            install(Target.HOST)
        self.folder = folder
        (folder / "logs").mkdir(parents=True)
        super().__init__(
            uri, make=partial(IsolatedRuntime, folder=folder, topology=topology), **more
        )

    def verify_sender(self, address: str) -> None:
        """Have SES take mail of this address."""
        session = boto3.Session("tests", "-", region_name=REGION)
        client = session.client("sesv2", endpoint_url=self.runtime.moto.url)
        client.create_email_identity(EmailIdentity=address)

    def records(self) -> list[dict[str, Any]]:
        """Of every connection. Raises botocore's errors while moto is away."""
        once = Config(retries={"total_max_attempts": 1})
        dynamodb = boto3.Session("tests", "-", region_name=REGION).client(
            "dynamodb", endpoint_url=self.runtime.moto.url, config=once
        )
        items = dynamodb.scan(TableName="connections")["Items"]
        return [orjson.loads(item["body"]["S"]) for item in items if "body" in item]
