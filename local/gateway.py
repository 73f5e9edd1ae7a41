"""The local REST and WebSocket gateway, with API Gateway's limits and codes."""

from __future__ import annotations

import asyncio
import base64
import itertools
import secrets
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Executor
from importlib import resources
from typing import Any

import orjson
from aiohttp import WSMsgType, web

from contrail.ddp.frames import PONG
from local.edge import Edge
from local.events import connect_event, rest_event
from local.queues import FifoQueue
from local.sockets import LocalSockets, Socket

BODY_LIMIT = 10 * 1024 * 1024
PAYLOAD_LIMIT = 6 * 1024 * 1024
FRAME_LIMIT = 32 * 1024
REST_TIMEOUT = 29.0
IDLE = 600.0
LIFETIME = 7200.0
Event = dict[str, Any]
Handler = Callable[[Event], Event]


class Gateway:
    """`services` maps a service to its handler; `connect` is the streamer's."""

    def __init__(
        self,
        *,
        edge: Edge,
        services: dict[str, Handler],
        connect: Handler,
        frames: FifoQueue,
        sockets: LocalSockets,
        executor: Executor,
    ) -> None:
        self._edge = edge
        self._services = services
        self._connect = connect
        self._frames = frames
        self._sockets = sockets
        self._executor = executor
        self._ids = itertools.count()
        self._page = resources.files("local").joinpath("page.html").read_text("utf-8")

    def app(self) -> web.Application:
        app = web.Application(client_max_size=BODY_LIMIT)
        app.router.add_get("/", self._root)
        app.router.add_get("/websocket", self._websocket)
        app.router.add_route("*", "/{path:.*}", self._rest)
        return app

    async def _root(self, request: web.Request) -> web.Response:  # noqa: ARG002
        return web.Response(text=self._page, content_type="text/html")

    async def _rest(self, request: web.Request) -> web.Response:
        found = self._edge.find(request.rel_url.raw_path)
        if found is None:
            return _refuse(404, "API endpoint not found")
        service, path = found
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _refuse(413, "Request entity too large")
        if len(body) > PAYLOAD_LIMIT:
            return _refuse(413, "Request entity too large")
        event = rest_event(request, path, body)
        loop = asyncio.get_running_loop()
        call = loop.run_in_executor(self._executor, self._services[service], event)
        try:
            answer = await asyncio.wait_for(asyncio.shield(call), REST_TIMEOUT)
        except TimeoutError:
            return _refuse(504, "Endpoint request timed out")
        raw = answer["body"]
        content = base64.b64decode(raw) if answer.get("isBase64Encoded") else raw.encode()
        return web.Response(status=answer["statusCode"], headers=answer["headers"], body=content)

    async def _websocket(self, request: web.Request) -> web.StreamResponse:
        connection_id = f"{secrets.token_urlsafe(9)}{next(self._ids)}="
        loop = asyncio.get_running_loop()
        socket = self._sockets.add(connection_id)
        try:
            event = connect_event(request, connection_id)
            answer = await loop.run_in_executor(self._executor, self._connect, event)
            if answer["statusCode"] != 200:
                return web.Response(status=answer["statusCode"])
            ws = web.WebSocketResponse(max_msg_size=FRAME_LIMIT + 1, compress=False)
            await ws.prepare(request)
            writer = asyncio.create_task(socket.write(ws))
            try:
                async with asyncio.timeout(LIFETIME):
                    await self._receive(ws, socket, connection_id)
            except TimeoutError:
                await ws.close(code=1001, message=b"Going away")
            finally:
                writer.cancel()
            return ws
        finally:
            self._sockets.drop(connection_id)
            self._send(connection_id, "", "DISCONNECT")

    async def _receive(self, ws: web.WebSocketResponse, socket: Socket, connection_id: str) -> None:
        while True:
            message = await ws.receive(timeout=IDLE)
            if message.type is WSMsgType.TEXT:
                if _is_ping(message.data):
                    socket.push(PONG)
                else:
                    body = base64.b64encode(message.data.encode()).decode()
                    self._send(connection_id, body, "MESSAGE")
            elif message.type is WSMsgType.BINARY:
                await ws.close(code=1003, message=b"Binary frames are not supported")
                return
            else:
                return

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
    if len(text) > 256 or "ping" not in text:
        return False
    try:
        frame = orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return isinstance(frame, dict) and frame.get("msg") == "ping"


def _refuse(status: int, error: str) -> web.Response:
    """A gateway response in Rocket.Chat's envelope."""
    body = orjson.dumps({"success": False, "error": error})
    return web.Response(status=status, body=body, headers={"Content-Type": "application/json"})
