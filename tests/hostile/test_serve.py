"""`HOSTILE=<seed>` on the program as a person starts it."""

from __future__ import annotations

import uuid
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from contrail.domain.workspace import TEST_ADMIN
from tests.support.ddp import Ddp
from tests.support.program import Program


async def test_it_says_so_and_chat_goes_on(tmp_path: Path, mongo_uri: str) -> None:
    uri = urlsplit(mongo_uri)._replace(path=f"/test-{uuid.uuid4().hex}").geturl()
    with Program(tmp_path, MONGODB_URI=uri, TEST_MODE="true", HOSTILE="7") as program:
        screen = program.ready()
        assert "HOSTILE is on: messages and connections suffer on purpose, seed 7\n" in screen
        async with Ddp(f"{program.url.replace('http', 'ws', 1)}/websocket") as client:
            await client.connect()
            await client.login(TEST_ADMIN, TEST_ADMIN)
            await client.sub("stream-room-messages", "GENERAL", False)
            await client.call("sendMessage", {"rid": "GENERAL", "msg": "through all of it"})
            (message,) = await client.event("stream-room-messages", "GENERAL")
        assert message["msg"] == "through all of it"


@pytest.mark.parametrize("seed", ["yes", "-1", "1.5", "²", "1234567890"])
def test_a_seed_is_a_number(tmp_path: Path, seed: str) -> None:
    with Program(tmp_path / "data", HOSTILE=seed) as program:
        status, errors = program.ended(10)
    assert status == 1
    said = f"contrail: HOSTILE must be a seed, a number of at most 9 digits, not {seed!r}\n"
    assert errors == said
    assert not (tmp_path / "data").exists()
