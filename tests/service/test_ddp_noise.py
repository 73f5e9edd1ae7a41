"""Frames that are no DDP: answered, and not for ever."""

from __future__ import annotations

from typing import Any

import pytest

from functions.streamer.frames import NOISE
from tests.support.ddp import Ddp
from tests.support.strict import Strict

PATIENCE = 60.0


@pytest.fixture
def strict(mongo_uri: str) -> Any:
    made = Strict(mongo_uri)
    yield made
    made.stop()


async def test_who_sends_noise_is_sent_away_after_a_hundred_frames_of_it(strict: Strict) -> None:
    async with Ddp(strict.ws_url) as noisy, Ddp(strict.ws_url) as other:
        await other.connect()
        for number in range(NOISE.calls):
            await noisy.ws.send_str("hello" if number % 2 else '{"no":"msg"}')
        await noisy.send({"msg": "connect", "version": "1", "support": ["1"]})
        await noisy.until(lambda frame: frame.get("msg") == "connected", PATIENCE)
        told = [frame["reason"] for frame in noisy.frames if frame.get("msg") == "error"]
        assert told == ["Bad request", "Parse error"] * (NOISE.calls // 2)
        await noisy.ws.send_str("hello")
        assert await noisy.closed(PATIENCE) == 1001
        assert (await other.call("getUserRoles", seconds=PATIENCE))["msg"] == "result"
