"""The local REST and WebSocket gateway, with API Gateway's limits and codes."""

from __future__ import annotations

import asyncio
import base64
import itertools
import logging
import secrets
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from importlib import resources
from typing import Any, Protocol

import orjson
from aiohttp import WSMessage, WSMsgType, web
from aiohttp.typedefs import Handler as TypedHandler
from aiohttp.typedefs import Middleware

from contrail.api.envelopes import TOO_LARGE
from contrail.api.fitting import PAYLOAD
from contrail.ddp.frames import PONG
from local import patience
from local.edge import Edge
from local.events import Event, connect_event, rest_event, size_of, web_response
from local.files_server import BUCKET
from local.passing import Passing
from local.sockets import GOING_AWAY, LocalSockets, Socket, framed

log = logging.getLogger("contrail.local")

UNSUPPORTED = 1003
LOOK = 0.05
"""Seconds until it is looked again whether a connection's frames were worked off."""
INERT = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}
"""Files come from an origin of their own in the cloud, here from the workspace's."""
Handler = Callable[[Event], Event]


class Frames(Protocol):
    """The queue of everything that connections send."""

    def send(self, body: str, *, group: str, dedup: str, attributes: Mapping[str, str]) -> None: ...

    def waiting(self, group: str) -> int: ...


@dataclass(frozen=True, slots=True)
class Bounds:
    """What API Gateway allows: sizes in bytes, times in seconds.

    `backlog` is ours: so many frames of a connection may wait, then no more are read from it.
    `headers` counts the request line and the values. `silent` is how long a client may take over
    headers, or over its next request; `taking` how long over a body, or over the answer.
    `heartbeat` is how often a client is asked, below what it sees, whether it is there: one
    that died without a word is gone half as long after it. `closing` is how long a client may
    take over what still waits for it when its connection ends, and as long again to answer the
    closing frame; so long, too, is read on of what was refused.
    """

    body: int = 10 * 1024 * 1024
    payload: int = PAYLOAD
    headers: int = 10_240
    frame: int = 32 * 1024
    backlog: int = 1000
    rest: float = 29.0
    idle: float = 600.0
    lifetime: float = 7200.0
    silent: float = 60.0
    taking: float = 60.0
    closing: float = 5.0
    heartbeat: float = 30.0


class Gateway:
    """`services` maps a service to its handler; `connect` is the streamer's.

    `files` is the address of the store of files, which clients reach through here.
    """

    def __init__(
        self,
        *,
        edge: Edge,
        services: dict[str, Handler],
        connect: Handler,
        frames: Frames,
        sockets: LocalSockets,
        executor: Executor,
        bounds: Bounds | None = None,
        files: str = "",
    ) -> None:
        self._edge = edge
        self._services = services
        self._connect = connect
        self._frames = frames
        self._sockets = sockets
        self._executor = executor
        self._bounds = bounds or Bounds()
        self._files = files
        self._ids = itertools.count()
        self._page = resources.files("local").joinpath("page.html").read_text("utf-8")

    def runner(self) -> web.AppRunner:
        """What listens, for the sites that are made of it."""
        return web.AppRunner(
            self._app(),
            access_log=None,
            logger=patience.protocol_log(),
            shutdown_timeout=3,
            keepalive_timeout=self._bounds.silent,
            lingering_time=self._bounds.closing,
            # As it came, like API Gateway: what is small may be huge once it is unpacked.
            auto_decompress=False,
            max_line_size=self._bounds.headers,
            max_field_size=self._bounds.headers,
        )

    def _app(self) -> web.Application:
        middlewares: tuple[Middleware, ...] = (
            patience.answering(self._bounds.taking),
            self._headed,
        )
        app = web.Application(client_max_size=self._bounds.body, middlewares=middlewares)
        app.router.add_get("/", self._root)
        app.router.add_get("/websocket", self._websocket)
        if self._files:
            passing = Passing(self._files, INERT, self._bounds.taking)
            app.cleanup_ctx.append(passing.opened)
            app.router.add_route("*", f"/{BUCKET}/{{key:.+}}", passing.pass_on)
        app.router.add_route("*", "/{path:.*}", self._rest)
        app.on_shutdown.append(self._shut_down)
        return app

    async def _shut_down(self, app: web.Application) -> None:  # noqa: ARG002
        self._sockets.close_all()

    @web.middleware
    async def _headed(self, request: web.Request, handler: TypedHandler) -> web.StreamResponse:
        if patience.size_of_headers(request) > self._bounds.headers:
            return _refuse(431, "Request header fields too large")
        return await handler(request)

    async def _root(self, request: web.Request) -> web.Response:  # noqa: ARG002
        return web.Response(text=self._page, content_type="text/html")

    async def _rest(self, request: web.Request) -> web.Response:
        found = self._edge.find(request.rel_url.raw_path)
        if found is None:
            return _refuse(404, "API endpoint not found")
        service, path = found
        try:
            body = await patience.read(request, self._bounds.taking)
        except web.HTTPRequestEntityTooLarge:
            return _refuse(413, TOO_LARGE)
        except patience.TooSlowError:
            answer = _refuse(408, "Request timeout")
            answer.force_close()
            return answer
        event = rest_event(request, path, body)
        if size_of(event, len(body), self._bounds.payload) > self._bounds.payload:
            return _refuse(413, TOO_LARGE)
        return await self._invoke(self._services[service], event)

    async def _invoke(self, handler: Handler, event: Event) -> web.Response:
        loop = asyncio.get_running_loop()
        call = loop.run_in_executor(self._executor, handler, event)
        done, _ = await asyncio.wait({call}, timeout=self._bounds.rest)
        if not done:
            return _refuse(504, "Endpoint request timed out")
        try:
            answer = call.result()
            body, most = len(answer.get("body") or ""), self._bounds.payload
            if size_of(answer, body, most) > most:
                raise ValueError("an answer larger than a function's payload")
            return web_response(answer)
        except Exception:
            log.exception("handler failed: path=%s", event["path"])
            return _refuse(502, "Internal server error")

    async def _websocket(self, request: web.Request) -> web.StreamResponse:
        ws = web.WebSocketResponse(
            max_msg_size=self._bounds.frame + 1,
            compress=False,
            timeout=self._bounds.closing,
            heartbeat=self._bounds.heartbeat,
        )
        if not ws.can_prepare(request):
            return _refuse(426, "Upgrade required")
        connection_id = f"{secrets.token_urlsafe(9)}{next(self._ids)}="
        event = connect_event(request, connection_id)
        socket = self._sockets.add(connection_id, event["requestContext"]["identity"])
        status = await self._open(event)
        if status != 200:
            self._sockets.drop(connection_id)
            return _refuse(status, "Connection refused")
        socket.opened = True
        try:
            await ws.prepare(request)
            socket.start(request.transport)
            await self._converse(ws, socket, connection_id)
        finally:
            self._sockets.drop(connection_id)
            self._send(connection_id, "", "DISCONNECT")
        await socket.close(ws, self._bounds.closing)
        return ws

    async def _open(self, event: Event) -> int:
        loop = asyncio.get_running_loop()
        try:
            answer = await loop.run_in_executor(self._executor, self._connect, event)
        except Exception:
            log.exception("$connect failed")
            return 502
        return int(answer["statusCode"])

    async def _converse(
        self, ws: web.WebSocketResponse, socket: Socket, connection_id: str
    ) -> None:
        """Take frames until the client leaves, the server ends it, or its lifetime is over."""
        reader = asyncio.create_task(self._receive(ws, socket, connection_id))
        ended = asyncio.create_task(socket.ended.wait())
        try:
            await asyncio.wait(
                {reader, ended},
                timeout=self._bounds.lifetime,
                return_when=asyncio.FIRST_COMPLETED,
            )
            socket.end(GOING_AWAY)
        finally:
            ended.cancel()
            reader.cancel()
            await asyncio.wait({reader})

    async def _receive(self, ws: web.WebSocketResponse, socket: Socket, connection_id: str) -> None:
        while True:
            await self._wait_for_room(connection_id)
            message = await self._next(ws, socket)
            if message is None:
                socket.end(GOING_AWAY)
                return
            if message.type is WSMsgType.BINARY:
                socket.end(UNSUPPORTED)
                return
            if message.type is not WSMsgType.TEXT:
                return
            if _is_ping(message.data):
                socket.push(framed(PONG))
            else:
                body = base64.b64encode(message.data.encode()).decode()
                self._send(connection_id, body, "MESSAGE")

    async def _wait_for_room(self, connection_id: str) -> None:
        while self._frames.waiting(connection_id) >= self._bounds.backlog:
            await asyncio.sleep(LOOK)

    async def _next(self, ws: web.WebSocketResponse, socket: Socket) -> WSMessage | None:
        """None when nothing has gone either way for too long."""
        while (left := socket.active_at + self._bounds.idle - time.monotonic()) > 0:
            try:
                message = await ws.receive(timeout=left)
            except TimeoutError:
                continue
            socket.active_at = time.monotonic()
            return message
        return None

    def _send(self, connection_id: str, body: str, event: str) -> None:
        request_id = str(uuid.uuid4())
        attributes = {
            "event": event,
            "time": str(int(time.time() * 1000)),
            "correlation_id": request_id,
        }
        self._frames.send(body, group=connection_id, dedup=request_id, attributes=attributes)


def _is_ping(text: str) -> bool:
    """Routing by `$request.body.msg`, as the gateway does it without any function."""
    if "ping" not in text:
        return False
    try:
        frame: Any = orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return isinstance(frame, dict) and frame.get("msg") == "ping"


def _refuse(status: int, error: str) -> web.Response:
    """A gateway response in Rocket.Chat's envelope."""
    body = orjson.dumps({"success": False, "error": error})
    return web.Response(status=status, body=body, headers={"Content-Type": "application/json"})
