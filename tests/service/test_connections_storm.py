"""Many clients at once, clients that read nothing, and what a connection may ask for."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import urlsplit

import pytest

from functions.streamer import beginning
from tests.support.counting import Calls, Commands
from tests.support.ddp import Ddp
from tests.support.frames import CONNECT, method, say, settled
from tests.support.workspace import Person, Workspace

MESSAGES, ROOM, USER = "stream-room-messages", "stream-notify-room", "stream-notify-user"
CLIENTS, ROOMS = 40, 8
OWN = """message otr webrtc notification rooms-changed subscriptions-changed uiInteraction userData
force_logout""".split()
LOGGED = "updateAvatar user-status Users:NameChanged permissions-changed roles-change".split()
ALL = "public-settings-changed updateCustomSound".split()


def wanted(uid: str, rids: list[str]) -> list[tuple[str, str]]:
    """What a client with these rooms subscribes to when it starts: 35 subs for eight."""
    subs = [(USER, f"{uid}/{name}") for name in OWN]
    subs += [("stream-notify-logged", name) for name in LOGGED]
    subs += [("stream-notify-all", name) for name in ALL]
    subs += [("stream-roles", "roles"), (MESSAGES, "__my_messages__")]
    subs += [(MESSAGES, rid) for rid in rids]
    return subs + [(ROOM, f"{rid}/user-activity") for rid in rids] + [("stream-apps", "apps")]


async def start(client: Ddp, person: Person, rids: list[str]) -> int:
    """As clients do it: without waiting for an answer. How many subs were made."""
    await client.send(CONNECT)
    await client.send(method("login", "login", {"resume": person.token}))
    subs = wanted(person.id, rids)
    for number, (stream, event) in enumerate(subs):
        frame = {"msg": "sub", "id": f"s{number}", "name": stream, "params": [event, False]}
        await client.send(frame)
    return len(subs)


async def ready(client: Ddp, count: int) -> None:
    await client.until(lambda _: _answered(client) >= count, 60)
    assert [frame for frame in client.frames if frame.get("msg") == "nosub"] == []


def _answered(client: Ddp) -> int:
    return sum(frame.get("msg") in ("ready", "nosub") for frame in client.frames)


async def test_a_storm_of_logins_is_absorbed_and_costs_each_client_the_same(
    new_workspace: Callable[..., Workspace], monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = Commands()
    workspace = new_workspace(listeners=(commands,))
    person = workspace.person()
    rids = [workspace.channel(person)["_id"] for _ in range(ROOMS)]
    workspace.settle()
    calls = Calls(monkeypatch)
    calls.watch(workspace.runtime.connections, "get", "save", "listen", "unlisten")
    costs = []
    for size in (1, CLIENTS):
        commands.reset()
        calls.reset()
        async with AsyncExitStack() as stack:
            clients = [Ddp(workspace.ws_url) for _ in range(size)]
            await asyncio.gather(*(stack.enter_async_context(one) for one in clients))
            counts = await asyncio.gather(*(start(one, person, rids) for one in clients))
            assert set(counts) == {35}
            await asyncio.gather(*(ready(one, 35) for one in clients))
            costs.append((len(commands.seen) / size, calls.count.total() / size))
            say(person, rids[0])
            for client in clients:
                await client.event(MESSAGES, rids[0], 30)
        await asyncio.to_thread(workspace.settle)
    (few_commands, few_calls), (commands_each, calls_each) = costs
    # Presence follows a person's connections in a few commands for each.
    assert commands_each <= few_commands + 8
    assert calls_each <= few_calls + 8
    # Subs are written ten at a time.
    assert few_calls <= 35
    assert few_commands <= 35


async def test_a_client_that_reads_nothing_delays_nobody(
    workspace: Workspace,
) -> None:
    person, text = workspace.person(), "x" * 4000
    rid = workspace.channel(person)["_id"]
    deaf = await _deaf(workspace, person, rid)
    try:
        async with Ddp(workspace.ws_url) as client:
            await client.connect()
            await client.resume(person.token)
            await client.sub(MESSAGES, rid, False)
            assert len(_listening(workspace, rid)) == 2
            for number in range(60):
                say(person, rid, f"{number} {text}")
            events = await client.until_events(MESSAGES, rid, 60, 30)
            numbers = [int(message["msg"].split()[0]) for (message,) in events]
    finally:
        deaf.close()
    assert numbers == list(range(60))
    workspace.wait_for(lambda: not _listening(workspace, rid), 30)


def _listening(workspace: Workspace, rid: str) -> list[str]:
    rows = workspace.runtime.connections.listeners(f"room:{rid}", 0)
    return [row.connection_id for row in rows]


async def _deaf(workspace: Workspace, person: Person, rid: str) -> socket.socket:
    """A raw socket whose client subscribes to the room and then reads no more."""
    parts = urlsplit(workspace.ws_url)
    loop = asyncio.get_running_loop()
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    sock.setblocking(False)
    await loop.sock_connect(sock, (parts.hostname or "", parts.port or 80))
    head = (
        f"GET /websocket HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    await loop.sock_sendall(sock, head.encode())
    sub = {"msg": "sub", "id": "s", "name": MESSAGES, "params": [rid, False]}
    for frame in (CONNECT, method("login", "1", {"resume": person.token}), sub):
        await loop.sock_sendall(sock, _masked(frame))
    await asyncio.to_thread(workspace.wait_for, lambda: bool(_listening(workspace, rid)))
    return sock


def _masked(frame: Any) -> bytes:
    """A text frame of a client. A mask of zeros leaves it as it is."""
    body = json.dumps(frame).encode()
    return b"\x81" + bytes([0x80 | 126]) + len(body).to_bytes(2, "big") + bytes(4) + body


async def test_a_connection_has_as_many_subs_as_its_record_holds(workspace: Workspace) -> None:
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        length, made = 20_000, 0
        while (answer := await client.sub("stream-notify-all", f"{made}{'e' * length}"))[
            "msg"
        ] == "ready":
            made += 1
        assert made <= beginning.LARGEST // length
        assert answer["error"]["error"] == "error-too-many-subscriptions"
        await client.send({"msg": "unsub", "id": "s1"})
        await settled(client)
        assert (await client.sub("stream-notify-all", "public-info"))["msg"] == "ready"
