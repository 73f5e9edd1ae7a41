"""A workspace on one machine: the real handlers, wired by the tables and the topology."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiohttp import web
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.monitoring import CommandListener

from contrail.api.entry import Entry
from contrail.domain.environment import Environment
from contrail.domain.instance import Instance
from contrail.domain.workspace import prepare
from contrail.ports.clock import Clock, SystemClock
from contrail.shapes.logs import unexpected
from contrail.shapes.rows import Schedule
from contrail.store.database import Store, connect
from infra import tables
from infra.topology import FUNCTIONS, QUEUES, Function
from local.connections import MemoryConnections
from local.edge import Edge
from local.gateway import Gateway
from local.ports import FileSecrets, LocalBus, LocalRpc, MemoryLimits
from local.queues import FifoQueue, QueueSpec
from local.sockets import LocalSockets

WORKERS = 16
DATABASE = "rocketchat"


class Runtime:
    """Made on the event loop that will serve it. `prepare` first, then `start`.

    `alone` says that no other process works on this database: what a killed one left half done
    is then finished at once, not only when it is old enough.
    """

    def __init__(
        self,
        *,
        uri: str,
        environment: Environment,
        secrets: Mapping[str, str],
        database: str = "",
        clock: Clock | None = None,
        listeners: tuple[CommandListener, ...] = (),
        alone: bool = False,
    ) -> None:
        self.environment = environment
        self._alone = alone
        self.clock = clock or SystemClock()
        self.client: MongoClient[dict[str, Any]] = connect(uri, pool=64, listeners=listeners)
        named = self.client.get_default_database(DATABASE) if not database else None
        self.database: Database[dict[str, Any]] = (
            named if named is not None else self.client[database]
        )
        self.connections = MemoryConnections()
        self.sockets = LocalSockets(asyncio.get_running_loop())
        self.bus = LocalBus("facts")
        self.rpc = LocalRpc()
        self._secrets = FileSecrets(secrets)
        self._limits = MemoryLimits()
        self._methods = tables.methods()
        self._executor = ThreadPoolExecutor(WORKERS, thread_name_prefix="rest")
        self.instances = {function.name: self._instance() for function in FUNCTIONS}
        self.functions = {function.name: self._bind(function) for function in FUNCTIONS}
        self._wire_queues()
        self._runner: web.AppRunner | None = None
        self._clockwork: list[asyncio.Task[None]] = []
        self.port = 0

    def prepare(self) -> None:
        """Collections, indexes, seeds. Before anything listens."""
        prepare(self.database, self.environment, self.clock)

    def admin(self) -> str | None:
        """The username of an admin, None while there is none."""
        admin = self.database["users"].find_one({"roles": "admin"}, {"username": 1})
        return str(admin["username"]) if admin else None

    async def start(self, host: str, port: int) -> None:
        """Listen. Raises `OSError` when the port is taken."""
        for queue in self.bus.queues.values():
            queue.start()
        services = {f.service: self.functions[f.name] for f in FUNCTIONS if f.rest}
        streamer = next(f for f in FUNCTIONS if f.socket)
        gateway = Gateway(
            edge=Edge(tables.routes()),
            services=dict(services),
            connect=self.functions[streamer.name],
            frames=self.bus.queues["frames"],
            sockets=self.sockets,
            executor=self._executor,
        )
        self._runner = web.AppRunner(gateway.app(), access_log=None, shutdown_timeout=3)
        await self._runner.setup()
        if self._alone:
            await self._run_schedule("workspace", {"schedule": "sweep", "age": 0})
        self._clockwork = [
            asyncio.create_task(self._repeat(name, schedule))
            for name, table in tables.tables().items()
            for schedule in table.schedules
        ]
        site = web.TCPSite(self._runner, host, port, backlog=1024)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening, work off what is queued, let go of the database."""
        if self._runner is not None:
            await self._runner.cleanup()
        for task in self._clockwork:
            task.cancel()
        loop = asyncio.get_running_loop()
        for queue in self.bus.queues.values():
            await loop.run_in_executor(None, queue.stop, 5.0)
        self._executor.shutdown(wait=True, cancel_futures=True)
        self.client.close()

    async def _repeat(self, service: str, schedule: Schedule) -> None:
        while True:
            await asyncio.sleep(schedule.every)
            await self._run_schedule(service, {"schedule": schedule.name})

    async def _run_schedule(self, service: str, event: dict[str, Any]) -> None:
        handler = self.rpc.handlers[service]
        try:
            await asyncio.get_running_loop().run_in_executor(self._executor, handler, event)
        except Exception:  # noqa: BLE001 - logged; the clock goes on
            unexpected("schedule failed", service=service, schedule=event["schedule"])

    def wait_idle(self, timeout: float = 10.0) -> bool:
        """Whether facts and deliveries were worked off in time. For tests."""
        return all(queue.wait_idle(timeout) for _ in range(2) for queue in self.bus.queues.values())

    def _instance(self) -> Instance:
        """Each function has caches of its own, as in the cloud; clients are shared here."""
        return Instance(
            store=Store(self.database),
            environment=self.environment,
            clock=self.clock,
            secrets=self._secrets,
            bus=self.bus,
            connections=self.connections,
            sockets=self.sockets,
            rpc=self.rpc,
            limits=self._limits,
            methods=self._methods,
        )

    def _bind(self, function: Function) -> Entry:
        handler: Entry = importlib.import_module(f"functions.{function.service}.handler").handler
        bound = handler.on(self.instances[function.name])
        if function.rest:
            self.rpc.handlers[function.service] = bound
        return bound

    def _wire_queues(self) -> None:
        for function in FUNCTIONS:
            for spec in QUEUES:
                if spec.name in function.consumes:
                    self.bus.queues[spec.name] = FifoQueue(
                        QueueSpec(
                            name=spec.name,
                            batch_size=spec.batch,
                            max_receives=spec.receives,
                            visibility=spec.visibility,
                        ),
                        self.functions[function.name],
                    )
