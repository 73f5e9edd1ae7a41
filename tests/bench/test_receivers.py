"""The bench's receivers: gone for nobody while they listen."""

from __future__ import annotations

import asyncio

from aiohttp import WSMsgType, web

from bench.chat.receivers import connected

ANSWER = '{"msg":"connected","and":"result"}'


async def test_a_receiver_answers_the_pings_of_a_server() -> None:
    ended = asyncio.Event()

    async def serve(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(heartbeat=0.2)
        await socket.prepare(request)
        async for frame in socket:
            if frame.type is WSMsgType.TEXT:
                await socket.send_str(ANSWER)
        ended.set()
        return socket

    app = web.Application()
    app.router.add_get("/websocket", serve)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver = await connected(runner.addresses[0][1], "token")
    await asyncio.sleep(1)
    assert not ended.is_set()
    receiver.close()
    await asyncio.wait_for(ended.wait(), 10)
    await runner.cleanup()
