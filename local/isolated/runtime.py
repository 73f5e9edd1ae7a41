"""A workspace on one machine whose functions run in processes of their own, made from packages.

The gateway, the queues and the clock are those of `local.runtime`; instead of handlers in this
process they call pools of workers, and what functions want of AWS comes back over HTTP.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlsplit

from contrail.domain.environment import Environment
from infra.grants import ADMIN, DATABASE, ORIGIN, SIGNING
from infra.packages import Packages, Target, build
from infra.packages_wheels import PackagingError
from infra.topology import Function
from local.console import LocalError, step
from local.isolated.calls import Calls
from local.isolated.edge import behind_edge
from local.isolated.lambda_service import LambdaService
from local.isolated.moto import Moto
from local.isolated.names import of_lambda, secrets_prefix, variables
from local.isolated.plane import Plane
from local.isolated.pool import Pool, Sizes
from local.isolated.queue_services import QueueServices
from local.isolated.worker import Launch
from local.management import routes
from local.runtime import Runtime
from local.supervisor import Report
from local.underway import Handler

LOG_SIZE = 20 * 1024 * 1024
STOPPING = 6.0
"""Seconds after which what is still being worked on is killed when the workspace stops."""


class IsolatedRuntime(Runtime):
    """`folder` gets `packages/` (what runs) and `logs/` (what it says, and `aws-calls.json`)."""

    def __init__(
        self,
        *,
        folder: Path,
        uri: str,
        environment: Environment,
        secrets: Mapping[str, str],
        database: str = "",
        sizes: Sizes | None = None,
        **more: Any,
    ) -> None:
        self._folder = folder
        self._logs = folder / "logs"
        self._sizes = sizes or Sizes()
        self._packages: Packages | None = None
        """What the workspace starts with."""
        self._plane: Plane | None = None
        self._origin = token_urlsafe(32)
        self.pools: dict[str, Pool] = {}
        super().__init__(
            uri=uri, environment=environment, secrets=secrets, database=database, **more
        )
        self._lambda = LambdaService(self.pools)
        self.calls = Calls(self._logs / "aws-calls.json")
        known = {
            DATABASE: _address(uri, database),
            SIGNING: secrets["token-signing-key"],
            ORIGIN: self._origin,
            ADMIN: environment.admin_pass or token_urlsafe(15),
        }
        prefix = secrets_prefix(self.topology)
        self.moto = Moto(self._logs, {prefix + name: value for name, value in known.items()})

    def prepare(self) -> None:
        """The packages and moto too. Raises LocalError."""
        super().prepare()
        step("Building the packages")
        try:
            self._packages = build(self._folder / "packages", Target.HOST, self.topology.functions)
        except (PackagingError, OSError) as error:
            raise LocalError(f"cannot build the packages: {error}") from None
        for name in (*self.pools, "moto"):
            _set_aside(self._logs / f"{name}.log")
        self.moto.start()

    async def start(self, host: str, port: int) -> None:
        queues = QueueServices(self.bus.queues)
        self._plane = Plane(
            functions=set(self.pools),
            services={"lambda": self._lambda.play, "sns": queues.sns, "sqs": queues.sqs},
            management=routes(self.sockets, self._hostile),
            moto=self.moto.url,
            files=self.files.url if self.files else "",
            calls=self.calls,
        )
        await self._plane.start()
        await super().start(host, port)

    def watch(self, give_up: Report) -> None:
        super().watch(give_up)
        self.moto.watch(give_up)

    async def stop(self) -> None:
        killing = self._loop.call_later(STOPPING, lambda: asyncio.ensure_future(self._kill()))
        await super().stop()
        killing.cancel()
        await self._lambda.stop()
        await self._kill()
        if self._plane is not None:
            await self._plane.stop()
        await self._loop.run_in_executor(None, self.moto.stop)

    def _handler(self, function: Function) -> Handler:
        pool = Pool(function, partial(self.launch, function), self._sizes)
        self.pools[function.name] = pool
        return behind_edge(pool, self._origin)

    async def replace(self, name: str, packages: Packages, together: float = 0.0) -> None:
        """Have a function run from other packages: see `Pool.replace`."""
        pool = self.pools[name]
        await pool.replace(partial(self.launch, pool.function, packages), together)

    def launch(self, function: Function, packages: Packages | None = None) -> Launch:
        """How a process of the function is started; valid after `start`."""
        packages, plane = packages or self._packages, self._plane
        assert packages is not None
        assert plane is not None
        path = (packages.functions[function.name], packages.layer / "python", packages.runtime)
        # Compiled sources are kept beside the packages: there are none in them.
        compiled = self._folder / "packages" / "compiled"
        options = ("-S", "-P", "-X", f"pycache_prefix={compiled}")
        return Launch(
            name=function.name,
            command=(sys.executable, *options, "-m", "awslambdaric", function.handler),
            environment={
                **of_lambda(function, plane.url),
                **variables(function, plane.url, self.environment, self.topology),
                "PYTHONPATH": ":".join(map(str, path)),
            },
            log=self._logs / f"{function.name}.log",
        )

    def _files_address(self) -> str:
        """Functions sign for the plane, which is where clients go then."""
        return ""

    async def _kill(self) -> None:
        await asyncio.gather(*(pool.stop() for pool in self.pools.values()))


def _set_aside(log: Path) -> None:
    """One that has grown long is kept as it is until the next takes its place."""
    if log.exists() and log.stat().st_size > LOG_SIZE:
        log.replace(log.with_suffix(".log.1"))


def _address(uri: str, database: str) -> str:
    """What functions are told: they know no other way to name the database than its URI."""
    return urlsplit(uri)._replace(path=f"/{database}").geturl() if database else uri
