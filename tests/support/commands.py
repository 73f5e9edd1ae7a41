"""Slash commands, as tests run them, and the notices that they answer with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import requests

from tests.support.ddp import Ddp
from tests.support.workspace import Json, Person

NOTIFY = "stream-notify-user"


def typed(person: Person, rid: str, line: str, **more: Any) -> requests.Response:
    """commands.run of what someone typed: `/kick @ann`."""
    command, _, params = line.removeprefix("/").partition(" ")
    given = {"command": command, "roomId": rid, "params": params, **more}
    return person.post("v1/commands.run", given)


def done(person: Person, rid: str, line: str, **more: Any) -> None:
    answer = typed(person, rid, line, **more)
    assert (answer.status_code, answer.json()) == (200, {"success": True}), answer.text


@asynccontextmanager
async def listening(person: Person) -> AsyncIterator[Ddp]:
    """A connection of theirs that hears what only they are told."""
    async with Ddp(person.workspace.ws_url) as client:
        await client.connect()
        await client.resume(person.token)
        await client.sub(NOTIFY, f"{person.id}/message", False)
        yield client


async def notices(client: Ddp, person: Person) -> list[str]:
    """The texts of all that came, once what was under way is done."""
    person.workspace.settle()
    await client.call("no/such")  # what was posted before comes before its answer
    return [message["msg"] for (message,) in client.events(NOTIFY, f"{person.id}/message")]


async def notice(client: Ddp, person: Person) -> Json:
    (message,) = await client.event(NOTIFY, f"{person.id}/message")
    return dict(message)


async def told(person: Person, rid: str, line: str) -> str:
    """What the notice says that a command answers with."""
    async with listening(person) as client:
        done(person, rid, line)
        return str((await notice(client, person))["msg"])
