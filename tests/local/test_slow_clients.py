"""Clients that take their time, over sockets of their own: each has so much of it, and no more."""

from __future__ import annotations

import asyncio
import base64
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import aiohttp
import pytest
from aiohttp import web

from local.gateway import Bounds
from local.passing import Passing
from local.patience import STRETCH
from tests.support.gateway import Event, Front, gateway

PATIENCE = 30.0
"""Seconds for what takes a fraction of one where nothing else is running."""
MB = 1024 * 1024
HEAD = b"GET /api/v1/me HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /api/v1/me HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


class Slow:
    """A connection to a server, a byte at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def trickle(self, more: bytes) -> bytes:
        """Send it byte by byte, over and over, until the server says something; all it says."""
        heard = asyncio.create_task(self.reader.read(1))
        async with asyncio.timeout(PATIENCE):
            while not heard.done():
                for byte in more:
                    with suppress(ConnectionError):
                        self.writer.write(bytes([byte]))
                        await self.writer.drain()
                    await asyncio.wait({heard}, timeout=0.02)
        with suppress(ConnectionError):
            return heard.result() + await self.rest()
        return b""

    async def rest(self) -> bytes:
        """What the server says until it closes."""
        async with asyncio.timeout(PATIENCE):
            return await self.reader.read()


@asynccontextmanager
async def slow(url: str) -> AsyncIterator[Slow]:
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield Slow(reader, writer)
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def answers(front: Front) -> None:
    """Others are served meanwhile."""
    async with front.http.get(f"{front.url}/api/v1/me") as answer:
        assert answer.status == 200


async def test_headers_that_trickle_in_are_not_waited_for() -> None:
    async with gateway(Bounds(silent=0.5)) as front, slow(front.url) as client:
        client.writer.write(HEAD)
        trickling = asyncio.create_task(client.trickle(b"X-Padding: a\r\n"))
        await answers(front)
        assert await trickling == b""
        assert len(front.requests) == 1, "the other one's"


async def test_a_connection_that_says_nothing_is_closed() -> None:
    async with gateway(Bounds(silent=0.3)) as front, slow(front.url) as client:
        assert await client.rest() == b""


async def test_a_connection_is_kept_for_the_next_request_and_not_for_ever() -> None:
    async with gateway(Bounds(silent=0.5)) as front, slow(front.url) as client:
        for _ in range(2):
            client.writer.write(HEAD + b"\r\n")
            assert b"200 OK" in await client.reader.readuntil(b"\r\n\r\n")
            assert await client.reader.readexactly(2) == b"{}"
        assert await client.rest() == b""
    assert len(front.requests) == 2


@pytest.mark.parametrize("sent", [b"", b'"'], ids=["nothing of it", "a byte at a time"])
async def test_a_body_that_does_not_come_is_408_and_reaches_no_function(sent: bytes) -> None:
    async with gateway(Bounds(taking=0.5, closing=1.0)) as front, slow(front.url) as client:
        client.writer.write(POST + b"Content-Length: 100000\r\n\r\n")
        said = asyncio.create_task(client.trickle(sent) if sent else client.rest())
        await answers(front)
        head, _, body = (await said).partition(b"\r\n\r\n")
        assert b" 408 " in head
        assert b"connection: close" in head.lower()
        assert body == b'{"success":false,"error":"Request timeout"}'
        assert len(front.requests) == 1, "the other one's"


async def test_a_client_that_leaves_within_a_body_leaves_no_line_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with gateway() as front:
        async with slow(front.url) as client:
            client.writer.write(POST + b"Content-Length: 100000\r\n\r\n{")
            await client.writer.drain()
        await answers(front)
        server = front.runner.server
        assert server is not None
        await front.until(lambda: len(server.connections) < 2)
    assert len(front.requests) == 1
    assert caplog.messages == []


async def test_a_hundred_slow_clients_delay_nobody() -> None:
    async with gateway() as front:
        async with asyncio.TaskGroup() as group, asyncio.timeout(PATIENCE):
            many = [slow(front.url) for _ in range(100)]
            clients = [await one.__aenter__() for one in many]
            for number, client in enumerate(clients):
                begun = HEAD if number % 2 else POST + b"Content-Length: 9\r\n\r\n1"
                client.writer.write(begun)
            for _ in range(10):
                group.create_task(answers(front))
        for one in many:
            await one.__aexit__(None, None, None)
    assert len(front.requests) == 10


async def test_headers_beyond_10_kb_are_431_and_one_that_is_so_by_itself_400() -> None:
    async with gateway() as front:
        url = f"{front.url}/api/v1/me"
        fits = {f"X-{number}": "x" * 900 for number in range(10)}
        async with front.http.get(url, headers=fits) as answer:
            assert answer.status == 200
        many = {**fits, "X-More": "x" * 2000}
        async with front.http.get(url, headers=many) as answer:
            assert answer.status == 431
            assert (await answer.json())["success"] is False
        async with front.http.get(url, headers={"X-Long": "x" * 11_000}) as answer:
            assert answer.status == 400
        async with front.http.get(f"{url}?q={'x' * 11_000}") as answer:
            assert answer.status == 400
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            await front.http.ws_connect(f"{front.url}/websocket", headers=many)
        assert refusal.value.status == 431
    assert len(front.requests) == 1
    assert front.connects == []


async def test_what_is_no_request_is_refused_and_fills_no_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with gateway() as front:
        for sent in (
            b"\x16\x03\x01 not HTTP\r\n\r\n",
            HEAD + b"a b: c\r\n\r\n",
            HEAD + b": \r\n\r\n",
        ):
            async with slow(front.url) as client:
                client.writer.write(sent)
                assert b" 400 " in await client.rest()
        assert front.requests == []
    assert not caplog.records


async def test_an_answer_that_is_not_taken_ends_its_connection() -> None:
    def much(_: Event) -> Event:
        return {"statusCode": 200, "body": "x" * 5 * MB}

    async with gateway(Bounds(taking=0.5), much) as front, slow(front.url) as client:
        client.writer.write(HEAD + b"\r\n")
        await client.reader.readexactly(1)
        server = front.runner.server
        assert server is not None
        await front.until(lambda: not server.connections, PATIENCE)


async def test_what_is_packed_is_not_unpacked() -> None:
    """A few kilobytes may be gigabytes."""
    packed = gzip.compress(bytes(MB))
    async with gateway() as front:
        url, headers = f"{front.url}/api/v1/me", {"Content-Encoding": "gzip"}
        async with front.http.post(url, data=packed, headers=headers) as answer:
            assert answer.status == 200
    (event,) = front.requests
    assert base64.b64decode(event["body"]) == packed


async def test_frames_that_nobody_works_off_are_left_with_their_client() -> None:
    most, sent = 50, 400
    async with gateway(Bounds(backlog=most)) as front:
        front.going.clear()
        async with front.socket() as ws, front.socket() as other:
            flooder, _ = (one["requestContext"]["connectionId"] for one in front.connects)
            await _flood(ws, sent)
            await front.until(lambda: front.frames.waiting(flooder) == most, PATIENCE)
            await other.send_str('{"msg":"ping"}')
            assert await other.receive_str(timeout=PATIENCE) == '{"msg":"pong"}'
            assert front.frames.waiting(flooder) == most
            front.going.set()
            await front.until(lambda: len(front.items) == sent, PATIENCE)
        frames = await front.all_received()
    assert [text for _, text in frames if text.isdecimal()] == [str(n) for n in range(sent)]


async def _flood(ws: aiohttp.ClientWebSocketResponse, count: int) -> None:
    for number in range(count):
        await ws.send_str(str(number))


async def test_a_frame_that_never_ends_is_not_waited_for() -> None:
    """Its client goes on answering pings, or nothing tells it from one that died."""
    async with gateway(Bounds(idle=0.5, closing=0.1)) as front, slow(front.url) as client:
        upgrade = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        key = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        client.writer.write(b"GET /websocket HTTP/1.1\r\nHost: x\r\n" + upgrade + key)
        assert b" 101 " in await client.reader.readuntil(b"\r\n\r\n")
        client.writer.write(b"\x81\xfe\x7f\xff")  # a text of 32 KB, of which nothing comes
        assert (await client.trickle(b"x"))[:2] == b"\x88\x02", "a closing frame"
        assert await front.all_received() == [("DISCONNECT", "")]


@asynccontextmanager
async def passing(patience: float) -> AsyncIterator[tuple[str, list[int], web.AppRunner]]:
    """A server that passes everything on, and how long each body was that reached the store."""
    taken: list[int] = []

    async def store(request: web.Request) -> web.StreamResponse:
        taken.append(len(await request.read()))
        return web.Response(body=bytes(int(request.query.get("much", 0))))

    runners: list[web.AppRunner] = []

    async def listen(app: web.Application) -> str:
        runners.append(web.AppRunner(app, access_log=None, lingering_time=0.1))
        await runners[-1].setup()
        await web.TCPSite(runners[-1], "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runners[-1].addresses[0][1]}"

    behind = web.Application(client_max_size=64 * MB)
    behind.router.add_route("*", "/{path:.*}", store)
    through = Passing(await listen(behind), patience=patience)
    front = web.Application()
    front.cleanup_ctx.append(through.opened)
    front.router.add_route("*", "/{path:.*}", through.pass_on)
    try:
        yield await listen(front), taken, runners[-1]
    finally:
        for runner in reversed(runners):
            await runner.cleanup()


async def test_a_file_comes_in_stretches_each_in_its_time() -> None:
    async with passing(1.0) as (url, taken, _), slow(url) as client:
        client.writer.write(b"PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n")
        await client.trickle(b"x")
        assert taken == []
    async with passing(PATIENCE) as (url, taken, _), slow(url) as client:
        size = 4 * STRETCH
        client.writer.write(
            f"PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n".encode()
        )
        for _ in range(4):
            client.writer.write(bytes(STRETCH))
            await client.writer.drain()
        assert b" 200 " in await client.reader.readuntil(b"\r\n\r\n")
        assert taken == [size]


async def test_a_file_that_is_not_taken_ends_its_connection() -> None:
    async with passing(0.5) as (url, _, runner), slow(url) as client:
        client.writer.write(f"GET /a?much={32 * MB} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        await client.reader.readexactly(1)
        server = runner.server
        assert server is not None
        async with asyncio.timeout(PATIENCE):
            while server.connections:
                await asyncio.sleep(0.02)
