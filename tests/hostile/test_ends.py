"""Connections whose end was not told, or told too early, leave nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from local.hostile import Hostile, Rates
from tests.hostile.bursts import Burst, record_of, rows_of, settled
from tests.support.ddp import Ddp
from tests.support.frames import say
from tests.support.workspace import Workspace


async def test_one_whose_end_was_not_told_goes_when_a_post_finds_it_gone(
    hostile_workspace: Callable[[Hostile], Workspace],
) -> None:
    workspace = hostile_workspace(Hostile(1, Rates(dropped=1.0)))
    writer, reader = workspace.person(), workspace.person()
    rid = workspace.channel(writer, reader)["_id"]
    places = (f"room:{rid}", f"user:{reader.id}")
    async with Ddp(workspace.ws_url) as client, Ddp(workspace.ws_url) as other:
        for one in (client, other):
            await one.connect()
            await one.resume(reader.token)
            await one.sub("stream-room-messages", rid, False)
        record, stays = record_of(client, workspace), record_of(other, workspace)
        await client.ws.close()
        await settled(workspace)
        assert workspace.runtime.connections.get(record.id), "nobody has noticed"
        assert set(rows_of(record, workspace, *places)) == set(places)
        say(writer, rid)
        await other.event("stream-room-messages", rid)
        await settled(workspace)
        assert workspace.runtime.connections.get(record.id) is None
        assert rows_of(record, workspace, *places) == {}
        assert set(rows_of(stays, workspace, *places)) == set(places)


async def test_one_whose_end_came_ahead_of_its_frames_leaves_nothing(
    hostile_workspace: Callable[[Hostile], Workspace], monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = hostile_workspace(Hostile(1, Rates(displaced=1.0, hurried=1.0)))
    person = workspace.person()
    rid = workspace.channel(person)["_id"]
    queue, queued = workspace.runtime.bus.queues["frames"], list[tuple[str, str]]()
    send = queue.send

    def watched(body: str, **more: Any) -> None:
        queued.append((more["group"], more["attributes"]["event"]))
        send(body, **more)

    monkeypatch.setattr(queue, "send", watched)
    burst = Burst("early-end", person, rid)
    for first in range(len(burst.frames())):
        async with Ddp(workspace.ws_url) as client:
            if first:
                await client.connect()
            if first > 1:
                await client.resume(person.token)
            for frame in burst.frames()[first:]:
                await client.send(frame)
    await settled(workspace)
    early = [one for at, one in enumerate(queued) if one[1] == "DISCONNECT" and _more(queued, at)]
    assert len(early) == len(burst.frames()), "each had frames behind its end"
    assert workspace.runtime.connections.records() == []
    for audience in (f"room:{rid}", f"user:{person.id}"):
        assert workspace.runtime.connections.listeners(audience, 0) == []


def _more(queued: list[tuple[str, str]], at: int) -> bool:
    """Whether frames of the same connection were queued later."""
    return (queued[at][0], "MESSAGE") in queued[at:]
