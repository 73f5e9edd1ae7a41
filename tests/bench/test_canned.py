"""The database of canned answers: a workspace sends and reads through it and cannot tell."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import pymongo
import pytest
from pymongo.errors import PyMongoError

from tests.support.ddp import Ddp
from tests.support.program import ROOT, eventually, free_port
from tests.support.workspace import Workspace

SENT = 60
ROOM_MESSAGES = "stream-room-messages"


def answers(uri: str) -> bool:
    try:
        with pymongo.MongoClient[dict[str, object]](uri) as client:
            return bool(client.admin.command("ping"))
    except PyMongoError:
        return False


@pytest.fixture
def canned(mongo_uri: str) -> Iterator[str]:
    port, database = free_port(), urlsplit(mongo_uri)
    uri = database._replace(netloc=f"127.0.0.1:{port}").geturl()
    command = [sys.executable, "-m", "bench.chat.canned", str(port), str(database.port)]
    with subprocess.Popen(command, cwd=ROOT) as process:
        assert eventually(lambda: answers(uri))
        yield uri
        process.kill()


async def test_messages_reach_listeners_and_the_latest_are_read_but_none_is_stored(
    canned: str,
) -> None:
    workspace = Workspace(canned)
    try:
        person = workspace.person()
        rid = workspace.channel(person)["_id"]
        async with Ddp(workspace.ws_url) as client:
            await client.connect()
            await client.resume(person.token)
            await client.sub(ROOM_MESSAGES, rid, False)
            for number in range(SENT):
                given = {"message": {"rid": rid, "msg": str(number)}}
                person.ok("POST", "v1/chat.sendMessage", given)
            events = await client.until_events(ROOM_MESSAGES, rid, SENT)
        assert [args[0]["msg"] for args in events] == [str(number) for number in range(SENT)]
        page = person.ok("GET", "v1/channels.history", {"roomId": rid, "count": 50})["messages"]
        assert [one["msg"] for one in page] == [str(n) for n in reversed(range(10, SENT))]
        assert workspace.database["rocketchat_message"].count_documents({"rid": rid}) == 0
    finally:
        workspace.stop()
