"""The WebSocket side of the local gateway: its events, its limits, its closings."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType

from local.gateway import Bounds
from local.sockets import MOST_WAITING
from tests.support.gateway import Event, Front, gateway

KB = 1024


async def end(ws: aiohttp.ClientWebSocketResponse) -> int | None:
    """The close code; fails if anything else comes first."""
    message = await ws.receive(timeout=10)
    assert message.type is WSMsgType.CLOSE, message
    return ws.close_code


async def test_opening_reaches_the_connect_handler_as_an_event() -> None:
    async with gateway() as front:
        headers = {"User-Agent": "test/1", "X-Forwarded-For": "6.6.6.6"}
        async with front.http.ws_connect(front.url + "/websocket?a=1", headers=headers):
            pass
    (event,) = front.connects
    context = event["requestContext"]
    assert set(event) == {
        *("headers", "multiValueHeaders", "requestContext", "isBase64Encoded"),
        *("queryStringParameters", "multiValueQueryStringParameters"),
    }
    keys = """apiId connectedAt connectionId domainName eventType extendedRequestId identity
    messageDirection requestId requestTime requestTimeEpoch routeKey stage"""
    assert set(context) == set(keys.split())
    assert (context["routeKey"], context["eventType"]) == ("$connect", "CONNECT")
    assert context["identity"] == {"sourceIp": "127.0.0.1", "userAgent": "test/1"}
    assert event["queryStringParameters"] == {"a": "1"}


async def test_frames_are_queued_in_order_under_their_connection_and_the_end_comes_last() -> None:
    async with gateway() as front:
        async with front.socket() as ws:
            for number in range(50):
                await ws.send_str(f'{{"number":{number}}}')
            await ws.send_str("not json é")
            await ws.send_str("")
        texts = [*(f'{{"number":{n}}}' for n in range(50)), "not json é", ""]
        assert await front.all_received() == [
            *(("MESSAGE", text) for text in texts),
            ("DISCONNECT", ""),
        ]
    groups = {item["attributes"]["MessageGroupId"] for item in front.items}
    assert groups == {front.connection_id}
    assert len({item["attributes"]["MessageDeduplicationId"] for item in front.items}) == 53


async def test_a_connection_without_a_goodbye_is_gone_at_once() -> None:
    async with gateway() as front:
        async with front.socket() as ws:
            await front.until(lambda: len(front.sockets) == 1)
            assert ws._response.connection is not None
            transport = ws._response.connection.transport
            assert isinstance(transport, asyncio.Transport)
            transport.abort()
            await front.until(lambda: bool(front.items))
        assert await front.all_received() == [("DISCONNECT", "")]
        assert not front.sockets.post(front.connection_id, "x")


async def test_a_plain_request_to_the_socket_is_told_to_upgrade() -> None:
    async with gateway() as front:
        answer = await front.http.get(front.url + "/websocket")
        assert answer.status == 426
        assert (await answer.json())["success"] is False
    assert front.connects == []


def _raises(_: Event) -> Event:
    raise RuntimeError


@pytest.mark.parametrize(
    ("connect", "status"), [(lambda _: {"statusCode": 403}, 403), (_raises, 502)]
)
async def test_a_refused_connection_gets_no_handshake_and_leaves_nothing(
    connect: Any, status: int
) -> None:
    async with gateway(connect=connect) as front:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            async with front.socket():
                pass
        assert refusal.value.status == status
        assert len(front.sockets) == 0
        assert front.received() == []


async def test_what_is_posted_before_the_handshake_is_over_comes_first() -> None:
    def connect(event: Event) -> Event:
        assert front.sockets.post(event["requestContext"]["connectionId"], "one", "two")
        return {"statusCode": 200}

    async with gateway(connect=connect) as front, front.socket() as ws:
        front.sockets.post(front.connection_id, "three")
        got = [await ws.receive_str(timeout=10) for _ in range(3)]
    assert got == ["one", "two", "three"]


async def test_what_is_posted_before_the_handshake_is_sent_to_who_is_sent_away_by_then() -> None:
    def connect(event: Event) -> Event:
        connection_id = event["requestContext"]["connectionId"]
        assert front.sockets.post(connection_id, "one", "two")
        front.sockets.close(connection_id)
        return {"statusCode": 200}

    async with gateway(connect=connect) as front, front.socket() as ws:
        assert [await ws.receive_str(timeout=10) for _ in range(2)] == ["one", "two"]
        assert await end(ws) == 1001


async def test_pings_are_answered_by_the_gateway_and_reach_no_queue() -> None:
    pings = ['{"msg":"ping"}', '{"id":"1","msg":"ping"}', '{ "msg" : "ping" }']
    pings.append('{"msg":"ping","id":"' + "x" * 1000 + '"}')
    others = ['{"msg":"pong"}', '{"msg":"sub","name":"ping"}', '["ping"]', "ping", '{"ping":']
    async with gateway() as front:
        async with front.socket() as ws:
            for text in pings + others:
                await ws.send_str(text)
            for _ in pings:
                assert await ws.receive_str(timeout=10) == '{"msg":"pong"}'
        assert [text for _, text in await front.all_received()] == [*others, ""]


@pytest.mark.parametrize(
    "text", ["x" * (32 * KB), "é" * (16 * KB)], ids=["ascii", "two bytes each"]
)
async def test_a_frame_of_32_kb_is_taken_and_one_byte_more_closes_with_1009(text: str) -> None:
    async with gateway() as front:
        async with front.socket() as ws:
            await ws.send_str(text)
            await front.until(lambda: bool(front.items))
            await ws.send_str(text + "x")
            assert await end(ws) == 1009
        assert await front.all_received() == [("MESSAGE", text), ("DISCONNECT", "")]


async def test_binary_frames_close_with_1003() -> None:
    async with gateway() as front:
        async with front.socket() as ws:
            await ws.send_bytes(b'{"msg":"ping"}')
            assert await end(ws) == 1003
        assert await front.all_received() == [("DISCONNECT", "")]


async def test_closing_from_the_server_sends_what_waits_first() -> None:
    async with gateway() as front, front.socket() as ws:
        front.sockets.post(front.connection_id, "one", "two")
        front.sockets.close(front.connection_id)
        front.sockets.post(front.connection_id, "too late")
        assert [await ws.receive_str(timeout=10) for _ in range(2)] == ["one", "two"]
        assert await end(ws) == 1001
        assert await front.all_received() == [("DISCONNECT", "")]


async def test_a_silent_connection_is_closed_with_1001() -> None:
    async with gateway(Bounds(idle=0.2)) as front, front.socket() as ws:
        assert await end(ws) == 1001


@pytest.mark.parametrize("sign", ["client", "server", "protocol ping"])
async def test_traffic_of_any_kind_keeps_a_connection_open(sign: str) -> None:
    loop = asyncio.get_running_loop()
    async with gateway(Bounds(idle=0.4)) as front, front.socket() as ws:
        started = loop.time()
        reading = asyncio.create_task(end_after_texts(ws))
        while loop.time() - started < 1.2:
            assert not reading.done()
            if sign == "client":
                await ws.send_str("{}")
            elif sign == "server":
                front.sockets.post(front.connection_id, "x")
            else:
                await ws.ping()
            await asyncio.sleep(0.05)
        assert await reading == 1001


async def end_after_texts(ws: aiohttp.ClientWebSocketResponse) -> int | None:
    while (await ws.receive(timeout=10)).type is WSMsgType.TEXT:
        pass
    return ws.close_code


async def test_a_connection_ends_with_its_lifetime_however_busy() -> None:
    async with gateway(Bounds(lifetime=0.3)) as front, front.socket() as ws:
        reading = asyncio.create_task(end_after_texts(ws))
        while not reading.done():
            await ws.send_str('{"msg":"ping"}')
            await asyncio.sleep(0.02)
        assert await reading == 1001


async def flood(front: Front, connection_id: str) -> None:
    """Post to a client that reads nothing until the gateway has given it up."""
    for _ in range(1000):
        if not front.sockets.post(connection_id, "x" * 64 * KB):
            return
        await asyncio.sleep(0)
    raise AssertionError("64 MB waited for one client")


async def test_a_slow_client_is_given_up_with_1008_and_delays_nobody() -> None:
    async with gateway() as front, front.socket() as slow:
        slow_id = front.connection_id
        async with front.socket() as quick:
            quick_id = front.connection_id
            flooding = asyncio.create_task(flood(front, slow_id))
            while not flooding.done():
                front.sockets.post(quick_id, "event")
                assert await quick.receive_str(timeout=20) == "event"
            await flooding
            await front.until(lambda: bool(front.items))
            (gone,) = front.items
            assert gone["attributes"]["MessageGroupId"] == slow_id, "before it has read anything"
            assert front.sockets.post_all([(slow_id, "x"), (quick_id, "still")]) == {slow_id}
            assert await quick.receive_str(timeout=20) == "still"
        assert await end_after_texts(slow) == 1008


async def test_a_client_that_takes_nothing_at_all_is_cut_off() -> None:
    async with gateway(Bounds(closing=0.1)) as front, front.socket() as stuck:
        await flood(front, front.connection_id)
        server = front.runner.server
        assert server is not None
        await front.until(lambda: not server.connections, 5)
        assert stuck.close_code is None


async def test_a_burst_within_the_limit_is_delivered_whole() -> None:
    frame, count = "x" * 1000, MOST_WAITING // 1000
    async with gateway() as front, front.socket() as ws:
        front.sockets.post_all([(front.connection_id, frame)] * count)
        for _ in range(count):
            assert await ws.receive_str(timeout=10) == frame
        await ws.close()


async def test_stopping_sends_every_client_away_with_1001() -> None:
    async with gateway() as front, front.socket() as one, front.socket() as other:
        await front.until(lambda: len(front.sockets) == 2)
        stopping = asyncio.create_task(front.runner.cleanup())
        assert [await end(one), await end(other)] == [1001, 1001]
        async with asyncio.timeout(20):
            await stopping
        assert front.received() == [("DISCONNECT", "")] * 2


async def test_a_client_that_died_without_a_word_is_found_out_and_cut_off() -> None:
    bounds = Bounds(heartbeat=0.2, closing=0.1)
    async with gateway(bounds) as front:
        url = front.url + "/websocket"
        # Answers nothing that comes, like a machine that lost its network.
        async with front.http.ws_connect(url, autoping=False) as dead:
            assert await front.all_received() == [("DISCONNECT", "")]
            assert dead.close_code is None


async def test_a_client_that_only_listens_is_left_alone() -> None:
    async with gateway(Bounds(heartbeat=0.1)) as front, front.socket() as ws:
        reading = asyncio.create_task(ws.receive())
        await asyncio.sleep(0.6)
        assert not reading.done()
        front.sockets.post(front.connection_id, "still here")
        assert (await reading).data == "still here"
