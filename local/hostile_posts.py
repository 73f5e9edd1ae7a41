"""Frames to clients by way of the AWS adapter and the management API, as in the cloud.

So that what is tested under the hostile switch are the adapter's retries.
"""

from __future__ import annotations

import socket
from functools import partial
from typing import NamedTuple

from aiohttp import web

from contrail.ports.aws.endpoint import Endpoint
from contrail.ports.aws.provide import opening
from contrail.ports.aws.signing import Signer
from contrail.ports.aws.sockets import AT_ONCE, ManagementSockets
from contrail.ports.clock import Clock
from contrail.ports.connections import Connections
from local.hostile import Hostile
from local.management import routes
from local.sockets import LocalSockets


class Keys(NamedTuple):
    access_key: str
    secret_key: str
    token: str | None = None


KEYS = Keys("local", "local")
"""Nobody judges the signature here."""


class HostilePosts:
    """`sockets` is the port. Its address exists from construction on, and answers from `start`."""

    def __init__(
        self, sockets: LocalSockets, connections: Connections, clock: Clock, hostile: Hostile
    ) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
        port = self._listening.getsockname()[1]
        signer = Signer("execute-api", "local", lambda: KEYS)
        self.sockets = ManagementSockets(
            Endpoint(f"http://127.0.0.1:{port}/websocket", signer, 2 * AT_ONCE),
            partial(opening, connections, clock),
        )
        app = web.Application()
        app.add_routes(routes(sockets, hostile))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)

    async def start(self) -> None:
        await self._runner.setup()
        await web.SockSite(self._runner, self._listening).start()

    async def stop(self) -> None:
        await self._runner.cleanup()
        self._listening.close()
