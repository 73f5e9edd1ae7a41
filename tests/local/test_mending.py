"""After a restart of the database: what was cut off is finished, what goes on is left alone."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from contrail.shapes.ids import random_id
from local.underway import Underway
from tests.support.sends import die, killed, send, send_event, sent_once, state
from tests.support.workspace import Json, Workspace

SPARED = 1.1
"""A little more than the second that the sweep spares."""


def test_what_was_cut_off_is_finished_without_waiting_for_the_regular_sweep(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = workspace.person()
    expected = sent_once(workspace, owner)
    rid, mid = workspace.channel(owner)["_id"], random_id()
    store = workspace.runtime.instances["messaging"].store
    with monkeypatch.context() as patch:
        patch.setattr(store.rooms, "finish_send", die)
        killed(workspace, send_event(owner, rid, mid))
        patch.setattr(store.messages, "insert", die)
        killed(workspace, send_event(owner, rid, random_id()))
    time.sleep(SPARED)
    workspace.runtime.mend()
    messages = workspace.database["rocketchat_message"]
    rooms = workspace.database["rocketchat_room"]

    def mended() -> bool:
        room: Json = rooms.find_one({"_id": rid}) or {}
        rows = list(messages.find({"rid": rid}))
        return not room["_contrail"]["sending"] and rows[0]["_contrail"] == {"rev": 1}

    workspace.wait_for(mended)
    room, rows = state(workspace, rid)
    assert room == expected
    assert [row["_id"] for row in rows] == [mid]


def test_a_send_that_goes_on_is_not_swept_from_under_it(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = workspace.person()
    expected = sent_once(workspace, owner)
    rid, mid = workspace.channel(owner)["_id"], random_id()
    begun, go_on = threading.Event(), threading.Event()
    store = workspace.runtime.instances["messaging"].store
    insert = store.messages.insert

    def slowly(*given: Any) -> None:
        begun.set()
        assert go_on.wait(10)
        insert(*given)

    with monkeypatch.context() as patch, ThreadPoolExecutor(1) as pool:
        patch.setattr(store.messages, "insert", slowly)
        sending = pool.submit(send, owner, rid, mid)
        assert begun.wait(10)
        time.sleep(SPARED)
        workspace.runtime.mend()
        time.sleep(0.3)
        go_on.set()
        assert sending.result(10)["_id"] == mid
    room, rows = state(workspace, rid)
    assert room == expected
    assert len(rows) == 1


def test_only_what_is_under_way_already_is_waited_for() -> None:
    underway = Underway()
    gates: dict[str, threading.Event] = {}

    def handler(event: dict[str, Any]) -> dict[str, Any]:
        gates[event["name"]].wait(10)
        raise SystemExit  # whatever leaves a handler

    invoke = underway.track(handler)
    assert underway.outlast(0)
    with ThreadPoolExecutor(3) as pool:

        def begin(name: str) -> None:
            gates[name] = threading.Event()
            pool.submit(invoke, {"name": name})
            while len(underway._present) < len(gates):
                time.sleep(0.01)

        begin("first")
        assert not underway.outlast(0.05)
        waiting = pool.submit(underway.outlast, 10)
        time.sleep(0.05)
        begin("second")
        gates["first"].set()
        assert waiting.result(5) is True
        assert not underway.outlast(0.05)
        gates["second"].set()
    assert underway.outlast(0)
