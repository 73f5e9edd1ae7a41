"""Sending twice stores once, and an interrupted send can be completed by sending again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from pymongo.collection import Collection

from contrail.shapes.ids import random_id
from tests.support.ddp import Ddp
from tests.support.sends import die, killed, send, send_event, sent_once, state
from tests.support.workspace import Json, Workspace


@pytest.mark.parametrize("start", ["", "$_id", "$$ROOT.", "a.b", "$"])
def test_the_same_id_sent_twice_is_one_message(workspace: Workspace, start: str) -> None:
    owner = workspace.person()
    rid = workspace.channel(owner)["_id"]
    mid = start + random_id()
    first, second = send(owner, rid, mid), send(owner, rid, mid)
    assert first == second
    room, rows = state(workspace, rid)
    assert len(rows) == 1
    assert room == sent_once(workspace, owner)


def test_the_same_id_sent_concurrently_is_one_message(workspace: Workspace) -> None:
    owner = workspace.person()
    expected = sent_once(workspace, owner)
    with ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            rid, mid = workspace.channel(owner)["_id"], random_id()
            answers = list(pool.map(lambda _, r=rid, m=mid: send(owner, r, m), range(8)))
            assert all(answer["ts"] == answers[0]["ts"] for answer in answers)
            room, rows = state(workspace, rid)
            assert len(rows) == 1
            assert room == expected


@pytest.mark.parametrize("step", ["insert_one", "finish", "publish"])
def test_a_send_killed_at_any_step_is_completed_by_sending_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    owner = workspace.person()
    expected = sent_once(workspace, owner)
    rid, mid = workspace.channel(owner)["_id"], random_id()
    runtime = workspace.runtime
    store = runtime.instances["messaging"].store
    with monkeypatch.context() as patch:
        if step == "publish":
            patch.setattr(runtime.bus, "publish", die)
        elif step == "finish":
            patch.setattr(store.rooms, "finish_send", die)
        else:
            patch.setattr(store.messages, "insert", die)
        killed(workspace, send_event(owner, rid, mid))
    assert send(owner, rid, mid)["_id"] == mid
    room, rows = state(workspace, rid)
    assert len(rows) == 1
    assert room == expected
    assert "pending" not in rows[0]["_contrail"]


def test_someone_elses_message_id_is_refused_and_nothing_is_counted(workspace: Workspace) -> None:
    owner, other = workspace.person(), workspace.person()
    room = workspace.channel(owner, other)
    mid = random_id()
    send(owner, room["_id"], mid, "mine")
    before = state(workspace, room["_id"])
    elsewhere = workspace.channel(owner)
    rooms: Collection[Json] = workspace.database["rocketchat_room"]
    untouched = rooms.find_one({"_id": elsewhere["_id"]})
    for person, rid in ((other, room["_id"]), (owner, elsewhere["_id"])):
        message = {"_id": mid, "rid": rid, "msg": "stolen"}
        answer = person.post("v1/chat.sendMessage", {"message": message})
        assert answer.status_code == 400
        assert answer.json()["errorType"] == "error-not-allowed"
        assert "mine" not in answer.text
    assert state(workspace, room["_id"]) == before
    now = rooms.find_one({"_id": elsewhere["_id"]})
    assert (now or {})["msgs"] == (untouched or {})["msgs"]


def test_timestamps_rise_strictly_within_a_room_even_when_the_clock_stands(
    workspace: Workspace,
) -> None:
    owner = workspace.person()
    rid = workspace.channel(owner)["_id"]
    ahead = workspace.runtime.clock.now() + timedelta(minutes=1)
    workspace.database["rocketchat_room"].update_one(
        {"_id": rid}, {"$set": {"_contrail.clock": ahead}}
    )
    for _ in range(3):
        send(owner, rid, random_id())
    rows = list(workspace.database["rocketchat_message"].find({"rid": rid}).sort("ts", 1))
    assert [row["ts"] - ahead for row in rows] == [timedelta(milliseconds=n) for n in (1, 2, 3)]
    newest = owner.ok("GET", "v1/channels.history", {"roomId": rid})["messages"]
    assert [row["_id"] for row in newest] == [row["_id"] for row in reversed(rows)]


async def test_the_fan_out_clears_the_outbox_marker(workspace: Workspace) -> None:
    owner = workspace.person()
    rid, mid = workspace.channel(owner)["_id"], random_id()
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(owner.token)
        await client.sub("stream-room-messages", rid, False)
        send(owner, rid, mid)
        (pushed,) = await client.event("stream-room-messages", rid)
    workspace.settle()
    assert pushed["_id"] == mid
    assert "_contrail" not in pushed
    stored = workspace.database["rocketchat_message"].find_one({"_id": mid}) or {}
    assert stored["_contrail"] == {"rev": 1}
