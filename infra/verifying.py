"""A data stack in an account, for what checks it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from botocore.config import Config

from contrail.ports.aws.blobs import client_options
from infra.context import Context


class WrongError(Exception):
    """What is not as it must be, in one line."""


@dataclass(frozen=True)
class Deployed:
    """A data stack: `session` as boto3's, `endpoint` where AWS is played by something else."""

    session: Any
    context: Context
    endpoint: str | None = None

    def client(self, service: str) -> Any:
        options: dict[str, Any] = {"retries": {"mode": "standard", "total_max_attempts": 3}}
        if service == "s3":
            options |= client_options(own_address=self.endpoint is not None)
        return self.session.client(service, endpoint_url=self.endpoint, config=Config(**options))

    @cached_property
    def made(self) -> dict[str, dict[str, str]]:
        """Type -> logical id -> the id that AWS gave it."""
        pages = self.client("cloudformation").get_paginator("list_stack_resources")
        found: dict[str, dict[str, str]] = {}
        for page in pages.paginate(StackName=f"{self.context.prefix}-data"):
            for one in page["StackResourceSummaries"]:
                place = found.setdefault(one["ResourceType"].removeprefix("AWS::"), {})
                place[one["LogicalResourceId"]] = one["PhysicalResourceId"]
        return found

    def only(self, kind: str, named: str = "") -> str:
        """The one resource of a type whose id begins so. Raises `WrongError`."""
        its = self.made.get(kind, {})
        found = [value for name, value in its.items() if name.startswith(named)]
        if len(found) != 1:
            raise WrongError(f"{len(found)} of {kind} {named} instead of one")
        return found[0]
