"""Servers under load, on one core, each a process: the whole program, and the two anchors."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from contrail.domain.workspace import TEST_ADMIN
from local.mongo import MongoChild

ROOT = Path(__file__).resolve().parents[2]
READY = 60.0
PASSWORD = "secret"
SERVERS_CORE, CLIENT_CORE = 0, 1


@dataclass(frozen=True)
class Login:
    uid: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"X-User-Id": self.uid, "X-Auth-Token": self.token}


@dataclass(frozen=True)
class Server:
    """`people` are logged in and in the room `rid`; whoever logs in again is `name`."""

    label: str
    pid: int
    port: int
    http: aiohttp.ClientSession
    people: list[Login]
    rid: str
    name: str

    async def call(self, verb: str, path: str, login: Login | None = None, **more: Any) -> Any:
        headers = login.headers if login else {}
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}"
        async with self.http.request(verb, url, headers=headers, **more) as answer:
            if answer.status != 200:
                raise RuntimeError(f"{self.label}: {path}: {(await answer.text())[:200]}")
            return await answer.json(content_type=None)

    async def send(self, login: Login, text: str) -> None:
        message = {"message": {"rid": self.rid, "msg": text}}
        await self.call("POST", "chat.sendMessage", login, json=message)

    async def history(self, login: Login) -> None:
        given = {"roomId": self.rid, "count": "50"}
        found = await self.call("GET", "channels.history", login, params=given)
        if len(found["messages"]) != 50:
            raise RuntimeError(f"{self.label}: {len(found['messages'])} messages, not 50")

    async def login(self) -> Login:
        given = {"user": self.name, "password": PASSWORD}
        data = (await self.call("POST", "login", json=given))["data"]
        return Login(data["userId"], data["authToken"])


@asynccontextmanager
async def anchor(folder: Path, people: int, *, durable: bool) -> AsyncIterator[Server]:
    file = [str(folder / "anchor.db")] if durable else []
    port = _free_port()
    label = "durable anchor" if durable else "anchor in memory"
    async with _running(label, port, ["-m", "bench.chat.anchor", str(port), *file], {}) as server:
        server.people.extend(Login(f"u{number}", "token") for number in range(people))
        yield server


@asynccontextmanager
async def contrail(folder: Path, people: int) -> AsyncIterator[Server]:
    async with _contrail("Contrail", folder / "data", people) as server:
        yield server


@asynccontextmanager
async def contrail_alone(folder: Path, people: int) -> AsyncIterator[Server]:
    """With a database in front of the embedded one that answers what is measured by itself, and has
    nothing to do with the servers' core.
    """
    database = MongoChild(folder / "database")
    await asyncio.to_thread(database.start)
    port = _free_port()
    child = urlsplit(database.uri)
    command = ["-m", "bench.chat.canned", str(port), str(child.port)]
    try:
        async with _running("canned database", port, command, {}, core=CLIENT_CORE):
            uri = child._replace(netloc=f"127.0.0.1:{port}", path="/rocketchat").geturl()
            given = {"MONGODB_URI": uri}
            async with _contrail(
                "Contrail, no database", folder / "alone", people, given
            ) as server:
                yield server
    finally:
        await asyncio.to_thread(database.stop)


@asynccontextmanager
async def _contrail(
    label: str, data: Path, people: int, more: Mapping[str, str] = MappingProxyType({})
) -> AsyncIterator[Server]:
    port = _free_port()
    given = {"PORT": str(port), "DATA_DIR": str(data), "TEST_MODE": "true", **more}
    async with _running(label, port, ["-m", "local"], given) as server:
        credentials = {"user": TEST_ADMIN, "password": TEST_ADMIN}
        first = (await server.call("POST", "login", json=credentials))["data"]
        admin = Login(first["userId"], first["authToken"])
        names = [f"u{number}" for number in range(people)]
        for name in names:
            person = {"name": name, "username": name, "email": f"{name}@example.com"}
            given_ = {**person, "password": PASSWORD, "joinDefaultChannels": False}
            await server.call("POST", "users.create", admin, json=given_)
        room = {"name": server.rid, "members": names}
        made = (await server.call("POST", "channels.create", admin, json=room))["channel"]
        logins = []
        for name in names:
            person = {"user": name, "password": PASSWORD}
            found = (await server.call("POST", "login", json=person))["data"]
            logins.append(Login(found["userId"], found["authToken"]))
        yield Server(label, server.pid, port, server.http, logins, made["_id"], names[0])


@asynccontextmanager
async def _running(
    label: str, port: int, command: list[str], given: dict[str, str], core: int = SERVERS_CORE
) -> AsyncIterator[Server]:
    layer = ROOT / "layers/common/python"
    process = subprocess.Popen(
        ["taskset", "-c", str(core), sys.executable, *command],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": f"{ROOT}:{layer}", **given},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    timeout = aiohttp.ClientTimeout(total=120)
    connector = aiohttp.TCPConnector(limit=0)
    try:
        await _listening(process, port)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as http:
            yield Server(label, process.pid, port, http, [], "bench", "u0")
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


async def _listening(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + READY
    while time.monotonic() < deadline and process.poll() is None:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
    raise RuntimeError("the server did not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
