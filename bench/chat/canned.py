"""A database that costs next to nothing: what a run would be without the embedded one.

`python -m bench.chat.canned PORT DATABASE_PORT`. It stands in front of the embedded server and
answers by itself what sending a message and reading the latest ones ask: it remembers the last
messages of a room and what reads were answered before. All the rest goes through. What it is told
to store is lost: nothing but a bench has a use for it.
"""

from __future__ import annotations

import asyncio
import struct
import sys
from abc import ABC, abstractmethod
from collections import defaultdict, deque
from datetime import timedelta
from functools import partial
from typing import Any, cast

import bson
import uvloop
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument

Body = dict[str, Any]
HEADER = struct.Struct("<iiii")
OP_MSG = 2013
KEPT = 50
"""Messages of a room: as many as a history of the bench asks for."""
READS = {
    ("aggregate", "users"),
    ("aggregate", "rocketchat_subscription"),
    ("find", "rocketchat_subscription"),
}
WRITES = {"insert", "update", "delete", "findAndModify"}
OF_A_CONNECTION = ("lsid", "$clusterTime", "txnNumber")
TICK = timedelta(milliseconds=1)
CODEC: CodecOptions[Body] = CodecOptions(tz_aware=True)


def parsed(data: bytes) -> tuple[Body, list[Body]]:
    """The command of an OP_MSG, and the documents that it comes with."""
    body: Body = {}
    documents: list[Body] = []
    place = 4
    while place < len(data):
        kind, place = data[place], place + 1
        (size,) = struct.unpack_from("<i", data, place)
        if kind == 0:
            body = bson.decode(data[place : place + size], CODEC)
        else:
            start = data.index(b"\0", place + 4) + 1
            documents = bson.decode_all(data[start : place + size], CODEC)
        place += size
    return body, documents


def framed(answer: bytes, request: int) -> bytes:
    """An OP_MSG that answers a request with a document."""
    return HEADER.pack(16 + 5 + len(answer), 0, request, OP_MSG) + b"\0\0\0\0\0" + answer


def cursor(collection: str, documents: list[Any]) -> Body:
    return {"cursor": {"firstBatch": documents, "id": 0, "ns": f"x.{collection}"}, "ok": 1.0}


class Canned:
    def __init__(self) -> None:
        self._reads: dict[bytes, bytes] = {}
        self._rooms: dict[str, Body] = {}
        self._messages: dict[str, deque[RawBSONDocument]] = defaultdict(lambda: deque(maxlen=KEPT))

    def answer(self, body: Body, documents: list[Body]) -> tuple[bytes | None, bytes]:
        """An answer, or None and the key under which to `learn` the database's."""
        name = next(iter(body))
        what = (name, str(body[name]))
        if what == ("insert", "rocketchat_message"):
            for one in documents or body["documents"]:
                shown = {key: value for key, value in one.items() if key != "_contrail"}
                self._messages[one["rid"]].appendleft(RawBSONDocument(bson.encode(shown)))
            return bson.encode({"n": len(documents or body["documents"]), "ok": 1.0}), b""
        if what == ("update", "rocketchat_message"):
            return bson.encode({"n": 1, "nModified": 1, "ok": 1.0}), b""
        if what == ("aggregate", "rocketchat_message"):
            return self._latest(body), b""
        if what == ("findAndModify", "rocketchat_room") and isinstance(body["update"], list):
            return self._moved(body), f"room {body['query']['_id']}".encode()
        if what in READS:
            asked = {key: value for key, value in body.items() if key not in OF_A_CONNECTION}
            key = bson.encode(asked)
            return self._reads.get(key), key
        if name in WRITES:
            self._reads.clear()
        return None, b""

    def learn(self, key: bytes, answer: bytes) -> None:
        if key.startswith(b"room "):
            self._rooms[key[5:].decode()] = bson.decode(answer, CODEC)["value"]
        else:
            self._reads[key] = answer

    def _latest(self, body: Body) -> bytes | None:
        match: Body = body["pipeline"][0]["$match"]
        if "ts" in match:
            return bson.encode(cursor("rocketchat_message", list(self._messages[match["rid"]])))
        return bson.encode(cursor("rocketchat_message", []))

    def _moved(self, body: Body) -> bytes | None:
        """A room that begins or ends to take a message; the first one has to be the database's."""
        room, change = self._rooms.get(body["query"]["_id"]), body["update"][0]["$set"]
        listed = change["_contrail.sending"]
        begun = listed.get("$concatArrays", ({}, {}))[1].get("$cond")
        if room is None or not (begun or "lastMessage" in change):
            return None
        own = room["_contrail"]
        if begun:
            entry = begun[2][0]
            own["clock"] = max(entry["ts"]["$max"][0], own["clock"] + TICK)
            sending = [{"_id": entry["_id"]["$literal"], "ts": own["clock"], "was": own["clock"]}]
        else:
            room["lastMessage"] = change["lastMessage"]["$cond"][1]["$literal"]
            room["lm"], sending = room["lastMessage"]["ts"], []
        value = {**room, "_contrail": {**own, "sending": sending}}
        return bson.encode({"lastErrorObject": {"n": 1}, "value": value, "ok": 1.0})


class Messages(ABC, asyncio.Protocol):
    """One end of a connection."""

    def __init__(self) -> None:
        self._held = b""
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        held = self._held + data
        while len(held) >= 16 and len(held) >= (size := HEADER.unpack_from(held)[0]):
            self.taken(held[:size])
            held = held[size:]
        self._held = held

    @abstractmethod
    def taken(self, message: bytes) -> None:
        """One has come whole, as it is on the wire."""


class Database(Messages):
    """What could not be answered goes here, and its answers back to the client."""

    def __init__(self, canned: Canned, client: asyncio.Transport) -> None:
        super().__init__()
        self._canned, self._client = canned, client
        self.wanted: dict[int, bytes] = {}

    def taken(self, message: bytes) -> None:
        if key := self.wanted.pop(HEADER.unpack_from(message)[2], b""):
            self._canned.learn(key, message[21:])
        self._client.write(message)

    def connection_lost(self, _: Exception | None) -> None:
        self._client.close()


class Client(Messages):
    """A connection of a client, with one to the database of its own."""

    def __init__(self, canned: Canned, port: int) -> None:
        super().__init__()
        self._canned, self._port = canned, port
        self._database: Database | None = None
        self._early: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._opening = asyncio.ensure_future(self._open())

    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        made = partial(Database, self._canned, self.transport)
        self._database = (await loop.create_connection(made, "127.0.0.1", self._port))[1]
        early, self._early = self._early, []
        for message in early:
            self.taken(message)

    def taken(self, message: bytes) -> None:
        if self._database is None:
            self._early.append(message)
            return
        _, request, _, kind = HEADER.unpack_from(message)
        parts = parsed(message[16:]) if kind == OP_MSG else None
        answer, key = self._canned.answer(*parts) if parts else (None, b"")
        if answer is not None:
            self.transport.write(framed(answer, request))
            return
        if key:
            self._database.wanted[request] = key
        self._database.transport.write(message)

    def connection_lost(self, _: Exception | None) -> None:
        self._opening.cancel()
        if self._database is not None:
            self._database.transport.close()


async def main(port: int, database: int) -> None:
    made, loop = partial(Client, Canned(), database), asyncio.get_running_loop()
    server = await loop.create_server(made, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(*map(int, sys.argv[1:3])))
