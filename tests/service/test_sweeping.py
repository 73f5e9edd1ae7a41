"""What a process that died left half done is finished without anybody sending again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contrail.shapes.ids import random_id
from tests.support.ddp import Ddp
from tests.support.sends import die, killed, send_event, sent_once, state
from tests.support.workspace import Workspace


def _sweep(workspace: Workspace, age: int) -> None:
    workspace.runtime.functions["workspace"]({"schedule": "sweep", "age": age})
    workspace.settle()


@pytest.mark.parametrize("step", ["finish_send", "publish"])
async def test_a_stored_message_is_delivered_once_and_its_room_finished(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    owner = workspace.person()
    expected = sent_once(workspace, owner)
    rid, mid = workspace.channel(owner)["_id"], random_id()
    runtime = workspace.runtime
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(owner.token)
        await client.sub("stream-room-messages", rid, False)
        with monkeypatch.context() as patch:
            store = runtime.instances["messaging"].store
            patch.setattr(runtime.bus if step == "publish" else store.rooms, step, die)
            killed(workspace, send_event(owner, rid, mid))
        _sweep(workspace, 30)
        assert client.events("stream-room-messages", rid) == [], "too young to be abandoned"
        _sweep(workspace, 0)
        (pushed,) = await client.event("stream-room-messages", rid)
        _sweep(workspace, 0)
        assert pushed["_id"] == mid
        assert len(client.events("stream-room-messages", rid)) == 1
    room, rows = state(workspace, rid)
    assert room == expected
    assert rows[0]["_contrail"] == {"rev": 1}


def test_a_message_that_was_never_stored_is_uncounted(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = workspace.person()
    rid = workspace.channel(owner)["_id"]
    rooms = workspace.database["rocketchat_room"]
    with monkeypatch.context() as patch:
        store = workspace.runtime.instances["messaging"].store
        patch.setattr(store.messages, "insert", die)
        killed(workspace, send_event(owner, rid, random_id()))
    assert (rooms.find_one({"_id": rid}) or {})["msgs"] == 1
    _sweep(workspace, 30)
    assert (rooms.find_one({"_id": rid}) or {})["msgs"] == 1
    _sweep(workspace, 0)
    swept = rooms.find_one({"_id": rid}) or {}
    assert swept["msgs"] == 0
    assert swept["_contrail"]["sending"] == []


def test_two_sweeps_at_once_settle_as_one(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = workspace.person()
    rid = workspace.channel(owner)["_id"]
    with monkeypatch.context() as patch:
        store = workspace.runtime.instances["messaging"].store
        patch.setattr(store.messages, "insert", die)
        for _ in range(3):
            killed(workspace, send_event(owner, rid, random_id()))
    store = workspace.runtime.instances["workspace"].store
    before = workspace.runtime.clock.now() + timedelta(seconds=1)
    twice = [*store.rooms.left_over(before, 500), *store.rooms.left_over(before, 500)]
    for room_id, entry in twice:
        store.rooms.take_back(room_id, entry)
    room = workspace.database["rocketchat_room"].find_one({"_id": rid}) or {}
    assert room["msgs"] == 0
