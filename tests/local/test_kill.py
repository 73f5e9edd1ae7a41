"""kill -9 of the whole tree under load, again and again on one data folder."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import signal
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from tests.support.ddp import Ddp
from tests.support.program import Program, eventually, free_port
from tests.support.storm import Sent, Storm, quiet

Json = dict[str, Any]
ADMIN = {"ADMIN_USERNAME": "boss", "ADMIN_PASS": "secret", "ADMIN_EMAIL": "boss@example.com"}
ROUNDS = 5


@pytest.fixture
def dice() -> random.Random:
    """Seeded by KILL_SEED, or anew; a test that fails shows the seed."""
    seed = os.environ.get("KILL_SEED") or str(random.SystemRandom().randrange(10**6))
    logging.getLogger(__name__).warning("KILL_SEED=%s", seed)
    return random.Random(seed)


class Visitor:
    """A person who logs in once and comes back with the same token after every start."""

    def __init__(self) -> None:
        self.client: Any = None
        self.rid = ""

    def arrive(self, program: Program) -> None:
        if self.client is None:
            self.client = program.client("boss", "secret")
            self.rid = self.client.channels_create("storm")["channel"]["_id"]

    @property
    def headers(self) -> dict[str, str]:
        return {key: self.client.headers[key] for key in ("X-User-Id", "X-Auth-Token")}

    def send_again(self, sent: Sent, dice: random.Random) -> None:
        """Everything named that was never answered, and a few messages that were."""
        known = [mid for mid in sent.acknowledged if sent.acknowledged[mid] not in sent.unnamed]
        for mid in [*sent.open, *dice.sample(known, min(3, len(known)))]:
            text = sent.open.get(mid) or sent.acknowledged[mid]
            message = {"_id": mid, "rid": self.rid, "msg": text}
            answer = self.client.chat_send_message(message)["message"]
            assert (answer["_id"], answer["msg"]) == (mid, text)
        sent.acknowledged |= sent.open
        sent.open.clear()

    async def find_all(self, program: Program, rows: list[Json]) -> None:
        """Over REST every message, over DDP the latest."""
        wanted = [row["_id"] for row in reversed(rows)]
        assert [row["_id"] for row in self.client.channels_history(self.rid)] == wanted
        async with Ddp(f"{program.url}/websocket") as client:
            await client.connect()
            await client.resume(self.headers["X-Auth-Token"])
            answer = await client.call("loadHistory", self.rid, None, 50)
            assert [row["_id"] for row in answer["result"]["messages"]] == wanted[:50]


async def kill_at_random(program: Program, dice: random.Random) -> None:
    """Everything at once, or the program alone, perhaps while it starts its database again."""
    await asyncio.sleep(dice.uniform(0, 1.2))
    how = dice.choice(("everything", "program", "database"))
    if how == "everything":
        await asyncio.to_thread(program.kill)
        return
    if how == "database":
        os.kill(program.database_pid, signal.SIGKILL)
        await asyncio.sleep(dice.uniform(0, 2))
    program.process.kill()
    assert await asyncio.to_thread(eventually, lambda: not program.left())


async def check(program: Program, visitor: Visitor, sent: Sent, dice: random.Random) -> None:
    """A clean start, and everything that was promised."""
    assert program.seconds < 30
    with program.database() as server:
        database: Database[Json] = server["rocketchat"]
        assert eventually(lambda: quiet(database))
        await visitor.find_all(program, sent.check(database, visitor.rid))
        visitor.send_again(sent, dice)
        sent.check(database, visitor.rid)
    assert program.logged("WARNING", "ERROR", "CRITICAL") == []


async def test_kill_9_of_everything_under_load_loses_nothing(
    tmp_path: Path, dice: random.Random
) -> None:
    sent, visitor, port = Sent(), Visitor(), str(free_port())
    for _ in range(ROUNDS):
        with Program(tmp_path, PORT=port, **ADMIN) as program:
            program.ready()
            visitor.arrive(program)
            await check(program, visitor, sent, dice)
            async with Storm(program.url, visitor.headers, visitor.rid) as storm:
                await storm.until_acknowledged(10)
                await kill_at_random(program, dice)
            sent.merge(storm.sent)
            assert program.ended() == (-signal.SIGKILL, "")
    with Program(tmp_path, PORT=port, **ADMIN) as program:
        program.ready()
        await check(program, visitor, sent, dice)
        program.process.send_signal(signal.SIGTERM)
        assert program.ended() == (0, "")
        assert program.left() == []
    assert len(sent.acknowledged) > 10 * ROUNDS
