"""A workspace on one machine: the real handlers, wired by the tables and the topology."""

from __future__ import annotations

import asyncio
import importlib
import math
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

from aiohttp import web
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.monitoring import CommandListener

from contrail.api.entry import Entry
from contrail.api.provide import DATABASE
from contrail.api.sharing import Shared, entries_of
from contrail.domain.environment import Environment
from contrail.domain.instance import Instance
from contrail.domain.workspace import prepare
from contrail.ports.clock import Clock, SystemClock
from contrail.ports.http.addresses import Allowed
from contrail.ports.http.web import HttpWeb
from contrail.shapes.logs import unexpected
from contrail.shapes.rows import Schedule
from contrail.store.database import Store, connect
from infra import tables
from infra.profiles import APART, Topology
from infra.topology import Function, Queue
from local.connections import MemoryConnections
from local.edge import Edge
from local.files import FilesChild, LocalBlobs
from local.gateway import Gateway
from local.hostile import Hostile
from local.hostile_frames import HostileFrames
from local.hostile_posts import HostilePosts
from local.ports import FileSecrets, LocalBus, LocalRpc, MemoryLimits
from local.queues import FifoQueue, QueueSpec
from local.sockets import LocalSockets
from local.supervisor import Report
from local.underway import Handler, Underway

WORKERS, HOSTILE_WORKERS = 16, 32
SHARED_WORKERS = 10
"""Batches of a queue that others share at once, as in profile `idle`."""
LONGEST = 30.0
"""Seconds that an invocation is waited for: the functions' timeouts are shorter."""


class Runtime:
    """Made on the event loop that will serve it. `prepare` first, then `start`.

    `alone` says that no other process works on this database: what a killed one left half done
    is then finished at once, not only when it is old enough. With `hostile` the plane behaves as
    badly as the cloud may, and frames go the way they go there. Without `files` nothing can be
    stored. `topology` says which services and queues are one.
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
        hostile: Hostile | None = None,
        files: FilesChild | None = None,
        topology: Topology = APART,
    ) -> None:
        self.environment = environment
        self.topology = topology
        self._alone = alone
        self.clock = clock or SystemClock()
        self.client: MongoClient[dict[str, Any]] = connect(uri, pool=64, listeners=listeners)
        named = self.client.get_default_database(DATABASE) if not database else None
        self.database: Database[dict[str, Any]] = (
            named if named is not None else self.client[database]
        )
        self.connections = MemoryConnections()
        self._loop = asyncio.get_running_loop()
        self.sockets = LocalSockets(self._loop)
        self._hostile = hostile
        self._posts = (
            HostilePosts(self.sockets, self.connections, self.clock, hostile) if hostile else None
        )
        self._frames: HostileFrames | None = None
        self.bus = LocalBus("facts")
        self.rpc = LocalRpc()
        self._secrets = FileSecrets(secrets)
        self._limits = MemoryLimits()
        self._web = HttpWeb(Allowed.read(environment.allowed_private_hosts))
        self.files = files
        self.blobs = files.blobs() if files else LocalBlobs("", "")
        self.blobs.public = environment.root_url
        self._methods = tables.methods()
        self._executor = ThreadPoolExecutor(WORKERS, thread_name_prefix="rest")
        self.instances: dict[str, Instance] = {}
        self._underway = Underway()
        self.functions = {one.name: self._bind(one) for one in topology.functions}
        self._wire_queues()
        self._runner: web.AppRunner | None = None
        self._clockwork: list[asyncio.Task[None]] = []
        self.port = 0

    def prepare(self) -> None:
        """What the deploy function does at each deployment. Before anything listens."""
        prepare(self.database, self.environment, self.clock, alone=self._alone)

    def admin(self) -> str | None:
        """The username of an admin, None while there is none."""
        admin = self.database["users"].find_one({"roles": "admin"}, {"username": 1})
        return str(admin["username"]) if admin else None

    async def start(self, host: str, port: int) -> None:
        """Listen. Raises `OSError` when the port is taken."""
        for queue in self.bus.polled:
            queue.start()
        answering = self.topology.answering()
        services = {name: self.functions[one.name] for name, one in answering.items()}
        streamer = next(one for one in self.topology.functions if one.socket)
        connect, frames = self.functions[streamer.name], self.bus.queues["frames"]
        if self._hostile and self._posts:
            connect = self._hostile.connecting(connect)
            self._frames = HostileFrames(frames, self._hostile, self._loop)
            await self._posts.start()
        gateway = Gateway(
            edge=Edge(tables.routes(), tables.roots()),
            services=services,
            connect=connect,
            frames=self._frames or frames,
            sockets=self.sockets,
            executor=self._executor,
            files=self._files_address(),
        )
        self._runner = gateway.runner()
        await self._runner.setup()
        if self._alone:
            await self._run_schedule("workspace", {"schedule": "sweep", "age": 0})
            await self._run_schedule("presence", {"schedule": "presence", "everyone": True})
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
        if self._frames:
            self._frames.flush()
        loop = asyncio.get_running_loop()
        # All of them first: what one works off may be sent to another.
        await loop.run_in_executor(None, self.wait_idle, 5.0)
        for queue in (*self.bus.polled, self.rpc.sent):
            await loop.run_in_executor(None, queue.stop, 5.0)
        if self._posts:
            await self._posts.stop()
        # Off the loop: what still runs may need it to come to an end.
        end = partial(self._executor.shutdown, wait=True, cancel_futures=True)
        await loop.run_in_executor(None, end)
        self.client.close()

    async def _repeat(self, service: str, schedule: Schedule) -> None:
        while True:
            await asyncio.sleep(schedule.every)
            await self._run_schedule(service, {"schedule": schedule.name})

    def watch(self, give_up: Report) -> None:
        """Have `give_up` called, on some thread, once a child of the runtime's is gone for good."""
        if self.files is not None:
            self.files.watch(give_up)

    def mend(self) -> None:
        """Finish what a restart of the database left half done. From any thread."""

        def begin() -> None:
            self._clockwork.append(asyncio.create_task(self._mend()))

        self._loop.call_soon_threadsafe(begin)

    async def _mend(self) -> None:
        """Sweep what was begun before now, once none of it can be going on any more.

        A send that the restart found between two steps goes on with the new server: swept away
        from under it, its message would be stored and not counted.
        """
        now = time.monotonic()
        await self._loop.run_in_executor(None, self._underway.outlast, LONGEST)
        # Whole seconds: rounding up spares the last one, through which the server was away (it is
        # started again after a pause of at least that).
        age = math.ceil(time.monotonic() - now)
        await self._run_schedule("workspace", {"schedule": "sweep", "age": age})

    async def _run_schedule(self, service: str, event: dict[str, Any]) -> None:
        handler = self.rpc.handlers[service]
        try:
            await asyncio.get_running_loop().run_in_executor(self._executor, handler, event)
        except Exception:  # noqa: BLE001 - logged; the clock goes on
            unexpected("schedule failed", service=service, schedule=event["schedule"])

    def wait_idle(self, timeout: float = 10.0) -> bool:
        """Whether everything queued was worked off in time."""
        queues: list[FifoQueue | HostileFrames] = [*self.bus.polled, self.rpc.sent]
        if self._frames:
            queues.append(self._frames)
        deadline = time.monotonic() + timeout
        while all(queue.wait_idle(deadline - time.monotonic()) for queue in queues):
            # Twice: what moves from one queue to another may be missed once.
            if all(queue.idle() for _ in range(2) for queue in queues):
                return True
        return False

    def _instance(self) -> Instance:
        """Each function has caches of its own, as in the cloud; clients are shared here."""
        return Instance(
            store=Store(self.database),
            environment=self.environment,
            clock=self.clock,
            secrets=self._secrets,
            bus=self.bus,
            connections=self.connections,
            sockets=self._posts.sockets if self._posts else self.sockets,
            rpc=self.rpc,
            limits=self._limits,
            web=self._web,
            blobs=self.blobs,
            methods=self._methods,
        )

    def _files_address(self) -> str:
        """Where the gateway finds the files that it passes on, empty where it does not."""
        return self.files.url if self.files else ""

    def _bind(self, function: Function) -> Handler:
        bound = self._underway.track(self._handler(function))
        if function.rest:
            self.rpc.handlers |= dict.fromkeys(function.services, bound)
        return bound

    def _handler(self, function: Function) -> Handler:
        if function.shared:
            handler: Entry | Shared = Shared(entries_of(function.shared))
        else:
            handler = importlib.import_module(f"functions.{function.service}.handler").handler
        instance = self.instances[function.name] = self._instance()
        return handler.on(instance)

    def _wire_queues(self) -> None:
        polled: dict[str, FifoQueue] = {}
        for function in self.topology.functions:
            for spec in self.topology.queues:
                if spec.name in function.consumes:
                    polled[spec.name] = self._queue(spec, self.functions[function.name])
        for name, carrier in self.topology.addresses().items():
            self.bus.queues[name] = polled[carrier]

    def _queue(self, spec: Queue, handler: Handler) -> FifoQueue:
        wanted = QueueSpec(
            name=spec.name,
            batch_size=spec.batch,
            max_receives=spec.receives,
            visibility=spec.visibility,
            delay=spec.delay,
        )
        if spec.name in self.topology.carried.values():
            wanted = replace(wanted, workers=SHARED_WORKERS)
        if self._hostile is None:
            return FifoQueue(wanted, handler)
        # Workers wait for clients here, and in the cloud there are as many as are needed.
        wanted = replace(wanted, workers=HOSTILE_WORKERS)
        return FifoQueue(wanted, self._hostile.consumer(handler, spec.receives))
