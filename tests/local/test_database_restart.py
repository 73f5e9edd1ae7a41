"""The database under a running program ends, hangs, or is beyond help."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests
from pymongo.database import Database

from tests.support.ddp import Ddp
from tests.support.program import Program, eventually, running
from tests.support.storm import Storm, quiet

ADMIN = {"ADMIN_USERNAME": "boss", "ADMIN_PASS": "secret", "ADMIN_EMAIL": "boss@example.com"}
INTERNAL = {"success": False, "error": "Internal server error"}
AGAIN = "starting it again (log: {0}/logs/mongo.log)"


def begin_and_never_store(database: Database[dict[str, Any]], rid: str) -> None:
    """What a send leaves that was cut off after the room had counted it.

    It is old enough for nobody to wait for it.
    """
    rooms = database["rocketchat_room"]
    clock = (rooms.find_one({"_id": rid}) or {})["_contrail"]["clock"] - timedelta(seconds=10)
    entry = {"_id": "ghost", "ts": clock, "was": clock}
    change = {"$push": {"_contrail.sending": entry}, "$inc": {"msgs": 1}}
    assert rooms.update_one({"_id": rid}, change).modified_count == 1


async def test_a_killed_database_comes_back_under_load_and_nothing_is_lost(tmp_path: Path) -> None:
    with Program(tmp_path, **ADMIN) as program:
        program.ready()
        boss = program.client("boss", "secret")
        headers = {key: boss.headers[key] for key in ("X-User-Id", "X-Auth-Token")}
        rid = boss.channels_create("storm")["channel"]["_id"]
        async with Ddp(f"{program.url}/websocket") as listener:
            await listener.connect()
            await listener.resume(headers["X-Auth-Token"])
            await listener.sub("stream-room-messages", rid, False)
            async with Storm(program.url, headers, rid) as storm:
                await storm.until_acknowledged(20)
                with program.database() as server:
                    begin_and_never_store(server["rocketchat"], rid)
                killed = program.database_pid
                os.kill(killed, signal.SIGKILL)
                said = await asyncio.to_thread(program.say, AGAIN.format(tmp_path))
                assert said.strip() == f"MongoDB was ended by SIGKILL; {AGAIN.format(tmp_path)}"
                await storm.until_acknowledged(len(storm.sent.acknowledged) + 50)
            assert program.database_pid != killed
            assert len(program.left()) == 3
            with program.database() as server:
                database = server["rocketchat"]
                # The regular sweep would take a minute.
                assert await asyncio.to_thread(eventually, lambda: quiet(database), 20)
                rows = storm.sent.check(database, rid)
                pushed = await listener.until_events("stream-room-messages", rid, len(rows))
                assert {args[0]["_id"] for args in pushed} == {row["_id"] for row in rows}
                for mid, text in storm.sent.open.items():
                    boss.chat_send_message({"_id": mid, "rid": rid, "msg": text})
                storm.sent.check(database, rid)
        program.process.send_signal(signal.SIGTERM)
        assert program.ended() == (0, "")
        assert program.left() == []


async def test_a_database_that_stands_still_is_replaced_while_clients_wait(tmp_path: Path) -> None:
    with Program(tmp_path, **ADMIN) as program:
        program.ready()
        boss = program.client("boss", "secret")
        stopped = program.database_pid
        async with Ddp(f"{program.url}/websocket") as client:
            await client.connect()
            await client.resume(boss.headers["X-Auth-Token"])
            os.kill(stopped, signal.SIGSTOP)
            begun = time.monotonic()
            message = {"_id": "over-ddp", "rid": "GENERAL", "msg": "hi"}
            sending = asyncio.create_task(client.call("sendMessage", message, seconds=60))
            asking = asyncio.create_task(asyncio.to_thread(me, program.url, boss.headers))
            said = await asyncio.to_thread(program.say, AGAIN.format(tmp_path))
            assert said.lstrip().startswith("MongoDB does not answer (")
            assert not running(stopped)
            frame, answer = await sending, await asking
            assert time.monotonic() - begun < 60
            assert "result" in frame or frame["error"]["error"] == 500
            assert answer.status_code == 200 or answer.json() == INTERNAL
            again = await client.call("sendMessage", message)
            assert again["result"]["_id"] == "over-ddp"
        assert [row["_id"] for row in boss.channels_history("GENERAL")] == ["over-ddp"]
        assert len(program.left()) == 3


def me(url: str, headers: dict[str, str]) -> requests.Response:
    return requests.get(f"{url}/api/v1/me", headers=headers, timeout=60)


async def test_a_database_beyond_help_ends_the_program_with_one_line(tmp_path: Path) -> None:
    turtle = tmp_path / "mongo" / "WiredTiger.turtle"
    with Program(tmp_path, **ADMIN) as program:
        program.ready()
        boss = program.client("boss", "secret")
        async with Ddp(f"{program.url}/websocket") as client:
            await client.connect()
            await client.resume(boss.headers["X-Auth-Token"])
            shutil.copy(turtle, tmp_path / "kept")
            os.kill(program.database_pid, signal.SIGKILL)
            turtle.write_text("damage")
            # Until then clients are told, soon enough for any of them.
            begun = time.monotonic()
            answer, frame = await asyncio.gather(
                asyncio.to_thread(me, program.url, boss.headers),
                client.call("sendMessage", {"rid": "GENERAL", "msg": "hi"}),
            )
            assert time.monotonic() - begun < 25
            assert (answer.status_code, answer.json()) == (500, INTERNAL)
            assert frame["error"]["error"] == 500
            status, errors = await asyncio.to_thread(program.ended, 60)
        assert status == 1
        assert errors.startswith("contrail: MongoDB did not start: ")
        said = f"given up after 5 restarts within 5 minutes (log: {tmp_path}/logs/mongo.log)\n"
        assert errors.endswith(said)
        assert errors.count("\n") == 1
        assert program.left() == []
    (tmp_path / "kept").replace(turtle)
    with Program(tmp_path) as again:
        again.ready()
        boss.server_url = again.url
        assert boss.me()["username"] == "boss"
