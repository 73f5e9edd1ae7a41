"""The management API in front of the local gateway: its answers are API Gateway's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from urllib.parse import quote

import aiohttp
import pytest

from contrail.ports.aws.endpoint import Endpoint
from contrail.ports.aws.signing import Signer
from contrail.ports.aws.sockets import ManagementSockets
from local.hostile_posts import KEYS
from tests.support.gateway import Event, Front, gateway

KB = 1024
GONE = (410, "GoneException")


def at(front: Front, connection_id: str = "", stage: str = "/websocket") -> str:
    one = quote(connection_id or front.connection_id, safe="")
    return f"{front.management_url}{stage}/@connections/{one}"


async def refusal(answer: aiohttp.ClientResponse) -> tuple[int, str]:
    assert list(await answer.json()) == ["message"]
    return answer.status, answer.headers["x-amzn-ErrorType"]


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[Front, aiohttp.ClientWebSocketResponse]]:
    async with gateway() as front, front.socket() as ws:
        yield front, ws


@pytest.mark.parametrize("stage", ["", "/websocket"])
async def test_what_is_posted_reaches_the_client(stage: str) -> None:
    async with connected() as (front, ws):
        async with front.http.post(at(front, stage=stage), data='{"é":1}'.encode()) as answer:
            assert (answer.status, await answer.read()) == (200, b"")
        assert await ws.receive_str(timeout=10) == '{"é":1}'


async def test_what_is_known_of_a_connection() -> None:
    async with gateway() as front:
        before = time.time()
        async with front.http.ws_connect(front.url + "/websocket", headers={"User-Agent": "t/1"}):
            opened = time.time()
            await asyncio.sleep(0.05)
            front.sockets.post(front.connection_id, "x")
            await asyncio.sleep(0)
            async with front.http.get(at(front)) as answer:
                assert answer.status == 200
                assert answer.content_type == "application/json"
                facts = await answer.json()
    assert set(facts) == {"connectedAt", "identity", "lastActiveAt"}
    assert facts["identity"] == {"sourceIp": "127.0.0.1", "userAgent": "t/1"}
    connected_at, active_at = (
        datetime.fromisoformat(facts[name]).timestamp() for name in ("connectedAt", "lastActiveAt")
    )
    assert facts["connectedAt"].endswith("Z")
    assert before - 0.001 <= connected_at <= opened
    assert opened + 0.045 <= active_at <= time.time()


async def test_deleting_ends_a_connection() -> None:
    async with connected() as (front, ws):
        front.sockets.post(front.connection_id, "last words")
        async with front.http.delete(at(front)) as answer:
            assert (answer.status, await answer.read()) == (204, b"")
        async with front.http.post(at(front), data=b"too late") as answer:
            assert await refusal(answer) == GONE
        assert await ws.receive_str(timeout=10) == "last words"
        assert (await ws.receive(timeout=10)).type is aiohttp.WSMsgType.CLOSE
        assert ws.close_code == 1001


@pytest.mark.parametrize("verb", ["POST", "GET", "DELETE"])
async def test_a_connection_that_is_gone_is_410(verb: str) -> None:
    async with gateway() as front:
        async with front.socket():
            pass
        await front.all_received()
        for one in (front.connection_id, "never-was="):
            async with front.http.request(verb, at(front, one)) as answer:
                assert await refusal(answer) == GONE


async def test_a_connection_whose_connect_has_not_returned_is_410_and_then_open() -> None:
    seen: list[tuple[int, str]] = []
    loop = asyncio.get_running_loop()

    async def post(connection_id: str) -> None:
        async with front.http.post(at(front, connection_id), data=b"early") as answer:
            seen.append(await refusal(answer))

    def connect(event: Event) -> Event:
        connection_id = event["requestContext"]["connectionId"]
        asyncio.run_coroutine_threadsafe(post(connection_id), loop).result(10)
        return {"statusCode": 200}

    async with gateway(connect=connect) as front, front.socket() as ws:
        assert seen == [GONE]
        async with front.http.post(at(front), data=b"now") as answer:
            assert answer.status == 200
        assert await ws.receive_str(timeout=10) == "now"


async def test_128_kb_are_taken_and_one_byte_more_is_413() -> None:
    async with connected() as (front, ws):
        async with front.http.post(at(front), data=b"x" * (128 * KB)) as answer:
            assert answer.status == 200
        for size in (128 * KB + 1, 1000 * KB):
            async with front.http.post(at(front), data=b"y" * size) as answer:
                assert await refusal(answer) == (413, "PayloadTooLargeException")
        async with front.http.post(at(front), data=b"\xff") as answer:
            assert await refusal(answer) == (400, "BadRequestException")
        async with front.http.post(at(front), data=b"z") as answer:
            assert answer.status == 200
        assert len(await ws.receive_str(timeout=10)) == 128 * KB
        assert await ws.receive_str(timeout=10) == "z"


async def test_other_verbs_and_other_paths_are_refused() -> None:
    async with connected() as (front, _):
        async with front.http.put(at(front)) as answer:
            assert answer.status == 405
        async with front.http.get(front.management_url + "/") as answer:
            assert answer.status == 404
        url = at(front).replace(front.management_url, front.url)
        async with front.http.post(url, data=b"x") as answer:
            assert answer.status == 404, "clients' own port does not have it"


async def test_the_aws_adapter_is_at_home_here() -> None:
    async with connected() as (front, ws):
        signer = Signer("execute-api", "local", lambda: KEYS)
        sockets = ManagementSockets(
            Endpoint(f"{front.management_url}/websocket", signer, 4), lambda _: 0.0
        )
        one = front.connection_id
        posts = [(one, "a"), ("gone=", "a"), (one, "b")]
        assert await asyncio.to_thread(sockets.post_all, posts) == {"gone="}
        assert await asyncio.to_thread(sockets.post, one, "c")
        assert [await ws.receive_str(timeout=10) for _ in range(3)] == ["a", "b", "c"]
        active = await asyncio.to_thread(sockets.last_active, one)
        assert active is not None
        assert abs((datetime.now(UTC) - active).total_seconds()) < 10
        assert await asyncio.to_thread(sockets.last_active, "gone=") is None
        await asyncio.to_thread(sockets.close, one)
        assert (await ws.receive(timeout=10)).type is aiohttp.WSMsgType.CLOSE
        assert not await asyncio.to_thread(sockets.post, one, "d")
