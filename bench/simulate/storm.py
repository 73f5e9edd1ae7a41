"""`python -m bench.simulate.storm [CLIENTS]`: everybody comes at once, logs in and subscribes.

The local runtime with the embedded database; clients are in a process of their own. Each sends
`connect`, `login` and 35 subs without waiting, as after a network was away. Prints how long it took
until the last was ready, and what one client cost; processor time is that of the server's process.
"""

from __future__ import annotations

import asyncio
import logging
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import orjson
from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)

from contrail.domain.environment import Environment
from local.mongo import MongoChild
from local.runtime import Runtime

PEOPLE, ROOMS = 250, 8
"""With 1,000 clients each is one person's desktop, telephone, tablet and bot."""
PASSWORD = "of-the-bench"
OWN = """message otr webrtc notification rooms-changed subscriptions-changed uiInteraction userData
force_logout""".split()
LOGGED = "updateAvatar user-status Users:NameChanged permissions-changed roles-change".split()
CALLS = {"get": 1, "save": 1, "open": 1, "listen": 1, "unlisten": 2, "close": 2}
"""Of the connections port, and the calls of DynamoDB that each is, or a few more."""
SETTINGS = {"API_Enable_Rate_Limiter": "false"}
"""People are made and logged in from one address. What limits frames is on."""
Json = dict[str, Any]


class Commands(CommandListener):
    """Counts what the database is asked for."""

    def __init__(self) -> None:
        self.count = 0

    def started(self, event: CommandStartedEvent) -> None:
        self.count += event.command_name not in ("hello", "ping", "endSessions")

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Counted when it started."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Counted when it started."""


def wanted(uid: str, rids: Sequence[str]) -> list[tuple[str, str]]:
    """What a client with these rooms subscribes to."""
    subs = [("stream-notify-user", f"{uid}/{name}") for name in OWN]
    subs += [("stream-notify-logged", name) for name in LOGGED]
    subs += [("stream-notify-all", "public-settings-changed"), ("stream-apps", "apps")]
    subs += [("stream-notify-all", "updateCustomSound"), ("stream-roles", "roles")]
    subs += [("stream-room-messages", "__my_messages__")]
    subs += [("stream-room-messages", rid) for rid in rids]
    return subs + [("stream-notify-room", f"{rid}/user-activity") for rid in rids]


async def client(http: aiohttp.ClientSession, url: str, person: Json) -> None:
    """One that stays connected once all its subs are ready."""
    subs = wanted(person["id"], person["rids"])
    ws = await http.ws_connect(url, max_msg_size=0)
    login = {"msg": "method", "method": "login", "id": "1", "params": [{"resume": person["token"]}]}
    frames: list[Json] = [{"msg": "connect", "version": "1", "support": ["1"]}, login]
    for number, (stream, event) in enumerate(subs):
        frames.append({"msg": "sub", "id": f"s{number}", "name": stream, "params": [event, False]})
    for frame in frames:
        await ws.send_str(orjson.dumps(frame).decode())
    ready = 0
    while ready < len(subs):
        message = orjson.loads(await ws.receive_str())
        if message.get("msg") == "nosub":
            raise RuntimeError(f"a sub was refused: {message}")
        ready += message.get("msg") == "ready"


async def clients(task: Json) -> None:
    """In the other process: says `ready` and goes when its standard input ends."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        people = task["people"]
        await asyncio.gather(
            *(client(http, task["url"], people[n % len(people)]) for n in range(task["count"]))
        )
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


async def _people(url: str) -> list[Json]:
    async with aiohttp.ClientSession() as http:

        async def post(path: str, given: Json, headers: Json | None = None) -> Json:
            async with http.post(f"{url}/api/v1/{path}", json=given, headers=headers) as answer:
                return dict(await answer.json())

        async def login(name: str) -> Json:
            data = (await post("login", {"user": name, "password": PASSWORD}))["data"]
            return {"X-User-Id": data["userId"], "X-Auth-Token": data["authToken"]}

        admin = await login("boss")
        names = [f"person{number}" for number in range(PEOPLE)]
        for name in names:
            given: Json = {"username": name, "name": name, "email": f"{name}@example.com"}
            await post("users.create", {**given, "password": PASSWORD}, admin)
        rids = []
        for number in range(ROOMS - 1):
            given = {"name": f"room{number}", "members": names}
            rids.append((await post("channels.create", given, admin))["channel"]["_id"])
        heads = [await login(name) for name in names]
        return [
            {"id": one["X-User-Id"], "token": one["X-Auth-Token"], "rids": ["GENERAL", *rids]}
            for one in heads
        ]


def _count(port: object, counts: Counter[str]) -> None:
    """Count calls of the port's methods."""

    def counted(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            counts[name] += 1
            return real(*args)

        return call

    for name in CALLS:
        setattr(port, name, counted(name, getattr(port, name)))


async def storm(uri: str, count: int) -> str:
    commands, counts = Commands(), Counter[str]()
    environment = Environment(
        overwrites=SETTINGS,
        admin_username="boss",
        admin_pass=PASSWORD,
        admin_email="boss@example.com",
    )
    runtime = Runtime(
        uri=uri,
        environment=environment,
        secrets={"token-signing-key": "x" * 40},
        listeners=(commands,),
    )
    await asyncio.to_thread(runtime.prepare)
    await runtime.start("127.0.0.1", 0)
    address = f"http://127.0.0.1:{runtime.port}"
    people = await _people(address)
    await asyncio.to_thread(runtime.wait_idle, 60)
    _count(runtime.connections, counts)
    commands.count, before, cpu = 0, _memory(), time.process_time()
    task = {
        "url": address.replace("http", "ws", 1) + "/websocket",
        "people": people,
        "count": count,
    }
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.simulate.storm", "--clients"), stdin=pipe, stdout=pipe
    )
    assert child.stdin is not None
    assert child.stdout is not None
    began = time.monotonic()
    child.stdin.write(orjson.dumps(task) + b"\n")
    await child.stdin.drain()
    said = await child.stdout.readline()
    took = time.monotonic() - began
    await asyncio.to_thread(runtime.wait_idle, 120)
    memory, asked, calls = _memory() - before, commands.count, Counter(counts)
    cpu = time.process_time() - cpu
    child.stdin.close()
    code = await child.wait()
    await runtime.stop()
    if said != b"ready\n" or code:
        raise RuntimeError("the clients failed")
    table = sum(CALLS[name] * number for name, number in calls.items())
    return (
        f"{count} clients with {len(wanted('', people[0]['rids']))} subs each: all ready after "
        f"{took:.1f} s\n"
        f"for each client: {asked / count:.1f} commands of the database, "
        f"{table / count:.1f} calls of the connection table, {memory / count / 1024:.1f} KB, "
        f"{cpu / count * 1000:.1f} ms of a processor\n"
    )


def _memory() -> int:
    """Bytes that this process has, at most so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main(arguments: Sequence[str]) -> int:
    if arguments[:1] == ["--clients"]:
        asyncio.run(clients(orjson.loads(sys.stdin.readline())))
        return 0
    count = int(arguments[0]) if arguments else 1_000
    logging.getLogger("contrail").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        child = MongoChild(Path(folder))
        child.start()
        try:
            sys.stdout.write(asyncio.run(storm(f"{child.uri}", count)))
        finally:
            child.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
