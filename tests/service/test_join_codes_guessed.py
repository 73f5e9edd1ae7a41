"""Guessing the code of a channel that asks for one."""

from __future__ import annotations

from typing import Any

import pytest

from contrail.domain.entering import TRIES
from contrail.shapes.ids import random_id
from tests.support.ddp import Ddp
from tests.support.strict import Strict
from tests.support.workspace import Person


@pytest.fixture
def strict(mongo_uri: str) -> Any:
    made = Strict(mongo_uri)
    yield made
    made.stop()


def closed(strict: Strict, owner: Person) -> str:
    room = strict.channel(owner)["_id"]
    owner.ok("POST", "v1/channels.setJoinCode", {"roomId": room, "joinCode": "sesame"})
    return str(room)


async def test_a_person_tries_ten_codes_an_hour_whatever_the_room_and_the_way(
    strict: Strict,
) -> None:
    owner, guesser, other = (strict.settled_person() for _ in range(3))
    rooms = [closed(strict, owner), closed(strict, owner)]
    assert TRIES.calls == 10
    for number in range(TRIES.calls - 1):
        given = {"roomId": rooms[number % 2], "joinCode": random_id(4)}
        assert "error-code-invalid" in guesser.post("v1/channels.join", given).text
    async with Ddp(strict.ws_url) as client:
        await client.connect()
        await client.resume(guesser.token)
        told = await client.call("joinRoom", rooms[0], "wrong")
        assert told["error"]["error"] == "error-code-invalid"
        told = await client.call("joinRoom", rooms[0], "sesame")
        assert told["error"]["error"] == "too-many-requests"
        assert told["error"]["details"]["timeToReset"] <= TRIES.window
    refused = guesser.post("v1/channels.join", {"roomId": rooms[1], "joinCode": "sesame"})
    assert refused.status_code == 429
    other.ok("POST", "v1/channels.join", {"roomId": rooms[0], "joinCode": "sesame"})
    # Where no code is asked for nothing is counted.
    guesser.ok("POST", "v1/channels.join", {"roomId": strict.channel(owner)["_id"]})
