"""What figures are held against: the smallest Python server that does the same work on the wire.

`python -m bench.chat.anchor PORT [FILE]`. It knows nothing of chat: a message goes to a list, or
with a file to SQLite, committed and synchronized before it is acknowledged, those that wait
together. Figures mean something only as ratios to it, in one run on one machine.
"""

from __future__ import annotations

import asyncio
import json
import queue
import sqlite3
import sys
import threading
import time
from collections import defaultdict
from typing import Any

import bcrypt
import uvloop
from aiohttp import WSMsgType, web

from contrail.shapes.ids import random_id

KEPT = 20_000
"""Messages of a room that the list holds."""
ROUNDS = 10
"""Cost of a password, as in Rocket.Chat."""
Row = tuple[str, float, str]


class Disk:
    """Commits in the order of arrival, whatever waits in one transaction."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._waiting: queue.SimpleQueue[tuple[Row, asyncio.Future[None]]] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._reader = self._open()
        self._reader.execute("create table if not exists m(rid text, ts real, doc text)")
        self._reader.execute("create index if not exists i on m(rid, ts)")
        threading.Thread(target=self._write, daemon=True).start()

    def _open(self) -> sqlite3.Connection:
        made = sqlite3.connect(self._file, isolation_level=None)
        made.execute("pragma journal_mode=wal")
        made.execute("pragma synchronous=full")
        return made

    def _write(self) -> None:
        connection = self._open()
        while True:
            batch = [self._waiting.get()]
            while not self._waiting.empty():
                batch.append(self._waiting.get())
            connection.execute("begin")
            connection.executemany("insert into m values (?, ?, ?)", [row for row, _ in batch])
            connection.execute("commit")
            self._loop.call_soon_threadsafe(self._acknowledge, batch)

    @staticmethod
    def _acknowledge(batch: list[tuple[Row, asyncio.Future[None]]]) -> None:
        for _, done in batch:
            if not done.done():
                done.set_result(None)

    async def add(self, row: Row) -> None:
        done: asyncio.Future[None] = self._loop.create_future()
        self._waiting.put((row, done))
        await done

    def last(self, rid: str, count: int) -> list[str]:
        found = "select doc from m where rid = ? order by ts desc limit ?"
        return [row[0] for row in self._reader.execute(found, (rid, count))]


class Memory:
    def __init__(self) -> None:
        self._rows: dict[str, list[str]] = defaultdict(list)

    async def add(self, row: Row) -> None:
        rows = self._rows[row[0]]
        rows.append(row[2])
        del rows[:-KEPT]

    def last(self, rid: str, count: int) -> list[str]:
        return self._rows[rid][-count:]


class Anchor:
    def __init__(self, file: str | None) -> None:
        self.rows: Disk | Memory = Disk(file) if file else Memory()
        self._listening: dict[str, set[web.WebSocketResponse]] = defaultdict(set)
        self._password = bcrypt.hashpw(b"secret", bcrypt.gensalt(ROUNDS))

    async def login(self, request: web.Request) -> web.Response:
        given = await request.json()
        check = asyncio.get_running_loop().run_in_executor
        if not await check(None, bcrypt.checkpw, given["password"].encode(), self._password):
            raise web.HTTPUnauthorized
        data = {"authToken": random_id(43), "userId": given["user"]}
        return web.json_response({"status": "success", "data": data})

    async def send(self, request: web.Request) -> web.Response:
        given, now = (await request.json())["message"], time.time()
        author = {"_id": request.headers["X-User-Id"], "username": request.headers["X-User-Id"]}
        message = {"_id": random_id(), "rid": given["rid"], "msg": given["msg"], "u": author}
        text = json.dumps({**message, "ts": {"$date": int(now * 1000)}})
        await self.rows.add((given["rid"], now, text))
        frame = (
            '{"msg":"changed","collection":"stream-room-messages","id":"id",'
            f'"fields":{{"eventName":"{given["rid"]}","args":[{text}]}}}}'
        )
        await asyncio.gather(*(one.send_str(frame) for one in self._listening[given["rid"]]))
        return web.Response(text=f'{{"message":{text},"success":true}}')

    async def history(self, request: web.Request) -> web.Response:
        rows = self.rows.last(request.query["roomId"], int(request.query["count"]))
        return web.Response(text=f'{{"messages":[{",".join(rows)}],"success":true}}')

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        async for frame in socket:
            if frame.type is not WSMsgType.TEXT:
                break
            await socket.send_str(self._answer(socket, json.loads(frame.data)))
        for listening in self._listening.values():
            listening.discard(socket)
        return socket

    def _answer(self, socket: web.WebSocketResponse, frame: dict[str, Any]) -> str:
        if frame["msg"] == "connect":
            return '{"msg":"connected","session":"s"}'
        if frame["msg"] == "sub":
            self._listening[frame["params"][0]].add(socket)
            return f'{{"msg":"ready","subs":["{frame["id"]}"]}}'
        return f'{{"msg":"result","id":"{frame.get("id", "")}","result":{{}}}}'


async def _app(file: str | None) -> web.Application:
    anchor, app = Anchor(file), web.Application()
    app.add_routes(
        [
            web.post("/api/v1/login", anchor.login),
            web.post("/api/v1/chat.sendMessage", anchor.send),
            web.get("/api/v1/channels.history", anchor.history),
            web.get("/websocket", anchor.socket),
        ]
    )
    return app


if __name__ == "__main__":
    uvloop.install()
    where = sys.argv[2] if len(sys.argv) > 2 else None
    web.run_app(_app(where), host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
