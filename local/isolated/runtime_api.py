"""Lambda's Runtime API, for one process: next, response, error."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass

import orjson
from aiohttp import web

from contrail.api.fitting import PAYLOAD

Answer = tuple[bytes, bool]
"""What came back, and whether it is an error."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """`payload` is JSON."""

    request_id: str
    function_arn: str
    payload: bytes


class RuntimeApi:
    """Listens on a port of its own, so that whoever asks is the one process that was told of it.

    `asked` is set once the process has asked for work; `init_error` is what it says of its start.
    """

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.init_error = b""
        self._next: asyncio.Queue[tuple[Invocation, int] | None] = asyncio.Queue()
        self._current = ""
        self._answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=1)

    async def start(self) -> int:
        """The port."""
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        port: int = self._runner.addresses[0][1]
        return port

    async def stop(self) -> None:
        self._next.put_nowait(None)
        await self._runner.cleanup()

    def hand_out(self, invocation: Invocation, timeout: float) -> asyncio.Future[Answer]:
        """Give it to the process when it asks; it must answer within `timeout` seconds."""
        self._current = invocation.request_id
        self._answer = asyncio.get_running_loop().create_future()
        self._next.put_nowait((invocation, int((time.time() + timeout) * 1000)))
        return self._answer

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=2 * PAYLOAD)
        runtime = "/2018-06-01/runtime"
        app.router.add_get(f"{runtime}/invocation/next", self._give)
        app.router.add_post(f"{runtime}/invocation/{{id}}/response", self._take_response)
        app.router.add_post(f"{runtime}/invocation/{{id}}/error", self._take_error)
        app.router.add_post(f"{runtime}/init/error", self._take_init_error)
        return app

    async def _give(self, request: web.Request) -> web.Response:  # noqa: ARG002
        self.asked.set()
        work = await self._next.get()
        if work is None:
            return _refuse(410, "Gone")
        invocation, deadline = work
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(deadline),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
        }
        return web.Response(body=invocation.payload, headers=headers)

    async def _take_response(self, request: web.Request) -> web.Response:
        body: bytes | None = None
        with suppress(web.HTTPRequestEntityTooLarge):
            body = await request.read()
        if body is not None and len(body) <= PAYLOAD:
            return self._settle(request, body, failed=False)
        too_large = f"Response payload size exceeded maximum allowed size ({PAYLOAD} bytes)."
        error = {"errorType": "Function.ResponseSizeTooLarge", "errorMessage": too_large}
        return self._settle(request, orjson.dumps(error), failed=True)

    async def _take_error(self, request: web.Request) -> web.Response:
        return self._settle(request, await request.read(), failed=True)

    async def _take_init_error(self, request: web.Request) -> web.Response:
        self.init_error = await request.read()
        return _accepted()

    def _settle(self, request: web.Request, body: bytes, *, failed: bool) -> web.Response:
        if request.match_info["id"] != self._current or self._answer.done():
            return _refuse(400, "InvalidRequestID")
        self._answer.set_result((body, failed))
        return _accepted()


def _accepted() -> web.Response:
    return web.json_response({"status": "OK"}, status=202)


def _refuse(status: int, kind: str) -> web.Response:
    return web.json_response({"errorType": kind, "errorMessage": kind}, status=status)
