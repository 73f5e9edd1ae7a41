"""How long a client may take over a request and its answer, and how much of it may be headers.

Whoever sends or takes a byte a second would otherwise have a connection, and what it holds, for as
long as they like. What no middleware sees (headers that trickle in, a connection that says nothing)
is bounded by aiohttp's own timer: see `Bounds.silent`.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator

from aiohttp import StreamReader, web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler, Middleware

STRETCH = 64 * 1024
"""Bytes that a client has to send or take within the time: a floor under how slow it may be."""


class TooSlowError(Exception):
    """The client did not send what it had announced in time, or left before it had."""


def answering(seconds: float) -> Middleware:
    """A middleware: an answer that is not taken within the time ends its connection."""

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        _give_up_untaken(request, seconds)
        response = await handler(request)
        if isinstance(response, web.Response):
            try:
                async with asyncio.timeout(seconds):
                    await response.prepare(request)
                    await response.write_eof()
            except (TimeoutError, ConnectionError):
                cut_off(request)
        return response

    return answer


async def read(request: web.Request, seconds: float) -> bytes:
    """The body. Raises `TooSlowError`, `HTTPRequestEntityTooLarge`."""
    try:
        async with asyncio.timeout(seconds):
            return await request.read()
    except (TimeoutError, ConnectionError, web.RequestPayloadError):
        raise TooSlowError from None


async def stream(content: StreamReader, seconds: float) -> AsyncIterator[bytes]:
    """A body of any length: each `STRETCH` is waited for so long. Raises `TooSlowError`."""
    loop = asyncio.get_running_loop()
    taken, left = 0, seconds
    while True:
        began = loop.time()
        try:
            async with asyncio.timeout(left):
                chunk = await content.readany()
        except TimeoutError:
            raise TooSlowError from None
        if not chunk:
            return
        taken, left = taken + len(chunk), left - (loop.time() - began)
        if taken >= STRETCH:
            taken, left = 0, seconds
        yield chunk


async def write(response: web.StreamResponse, chunk: bytes, seconds: float) -> None:
    """Raises `TooSlowError`."""
    try:
        async with asyncio.timeout(seconds):
            await response.write(chunk)
    except TimeoutError:
        raise TooSlowError from None


def protocol_log() -> logging.Logger:
    """For aiohttp: with what goes wrong here, and without what clients write that is no HTTP.

    Anyone can send that as often as they like, and it holds what they wrote.
    """
    log = logging.getLogger("contrail.local.http")
    log.addFilter(_is_ours)
    return log


def size_of_headers(request: web.Request) -> int:
    """Bytes of the request line and of all values, which is what API Gateway counts."""
    line = len(request.method) + len(request.raw_path) + len("  HTTP/1.1")
    return line + sum(len(value) for _, value in request.raw_headers)


def cut_off(request: web.Request) -> None:
    """End the connection at once, whatever still waits for the client."""
    if isinstance(request.transport, asyncio.WriteTransport):
        request.transport.abort()


def _give_up_untaken(request: web.Request, seconds: float) -> None:
    """Have the kernel end a connection whose client takes nothing, also once it is closed here."""
    plug = request.get_extra_info("socket")
    option = getattr(socket, "TCP_USER_TIMEOUT", None)  # Linux has it
    if plug is not None and option is not None:
        plug.setsockopt(socket.IPPROTO_TCP, option, int(seconds * 1000))


def _is_ours(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError)
