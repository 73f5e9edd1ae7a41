"""The local gateway by itself, in front of handlers that record what they are given."""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web

from local.edge import Edge
from local.gateway import Bounds, Gateway
from local.management import routes
from local.queues import FifoQueue, QueueSpec
from local.sockets import LocalSockets

Event = dict[str, Any]
Handler = Callable[[Event], Event]
ROUTES = {
    "v1/me": "account",
    "v1/rooms.media/:rid": "upload",
    "v1/rooms.media/own/:name": "rooms",
    "v1/method.call/:name": "streamer",
    "v1/method.callAnon/:name": "streamer",
}
OK: Event = {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": "{}"}


class Front:
    """`requests`, `connects` and `items` are what reached the handlers and the queue.

    While `going` is not set nothing of the queue is worked off.
    """

    def __init__(self, bounds: Bounds, handler: Handler, connect: Handler) -> None:
        self.requests: list[Event] = []
        self.connects: list[Event] = []
        self.items: list[Event] = []
        self.going = threading.Event()
        self.going.set()
        self._news = threading.Condition()
        self._handler, self._connect = handler, connect
        self.sockets = LocalSockets(asyncio.get_running_loop())
        self.frames = FifoQueue(QueueSpec("frames"), self._consume)
        self.executor = ThreadPoolExecutor(4)
        gateway = Gateway(
            edge=Edge(ROUTES),
            services=dict.fromkeys(ROUTES.values(), self._request),
            connect=self._open,
            frames=self.frames,
            sockets=self.sockets,
            executor=self.executor,
            bounds=bounds,
        )
        self.runner = gateway.runner()
        app = web.Application()
        app.add_routes(routes(self.sockets))
        self.management = web.AppRunner(app, access_log=None)
        self.http: aiohttp.ClientSession
        self.url = ""
        self.management_url = ""

    def _request(self, event: Event) -> Event:
        self.requests.append(event)
        return self._handler(event)

    def _open(self, event: Event) -> Event:
        self.connects.append(event)
        return self._connect(event)

    def _consume(self, event: Event) -> None:
        assert self.going.wait(30)
        self.items += event["Records"]

    async def all_received(self) -> list[tuple[str, str]]:
        """The same, once the latest connection is over."""
        over = ("DISCONNECT", "")
        await self.until(lambda: self.received()[-1:] == [over])
        return self.received()

    @property
    def connection_id(self) -> str:
        """The latest connection's."""
        return str(self.connects[-1]["requestContext"]["connectionId"])

    def received(self) -> list[tuple[str, str]]:
        """The event and the text of everything queued, once it is worked off."""
        assert self.frames.wait_idle(10)
        return [
            (
                item["messageAttributes"]["event"]["stringValue"],
                base64.b64decode(item["body"]).decode(),
            )
            for item in self.items
        ]

    async def until(self, true: Callable[[], bool], seconds: float = 30.0) -> None:
        """Let the loop run until `true()` holds."""
        async with asyncio.timeout(seconds):
            while not true():
                await asyncio.sleep(0.01)

    @asynccontextmanager
    async def socket(self) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        async with self.http.ws_connect(self.url + "/websocket", max_msg_size=0) as ws:
            yield ws


@asynccontextmanager
async def gateway(
    bounds: Bounds | None = None,
    handler: Handler = lambda _: OK,
    connect: Handler = lambda _: {"statusCode": 200},
) -> AsyncIterator[Front]:
    """A gateway that listens, and an HTTP client beside it."""
    front = Front(bounds or Bounds(), handler, connect)
    front.frames.start()
    front.url = await _listen(front.runner)
    front.management_url = await _listen(front.management)
    try:
        async with aiohttp.ClientSession() as front.http:
            yield front
    finally:
        await front.runner.cleanup()
        await front.management.cleanup()
        front.frames.stop(5)
        front.executor.shutdown()


async def _listen(runner: web.AppRunner) -> str:
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return f"http://127.0.0.1:{runner.addresses[0][1]}"
