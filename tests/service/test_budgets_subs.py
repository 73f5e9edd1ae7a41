"""Subs that come together are judged one by one, written at once and answered in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pymongo.errors import AutoReconnect

from tests.service.test_frame_order import Streamer
from tests.support.counting import Calls, Commands
from tests.support.events import Event, batch
from tests.support.frames import BROKEN, CONNECT, method
from tests.support.scene import fresh
from tests.support.workspace import Person, Workspace

MESSAGES, ROOM, USER = "stream-room-messages", "stream-notify-room", "stream-notify-user"
TABLE = ("get", "save", "listen", "unlisten")
COMMANDS = [
    "aggregate rocketchat_subscription",
    "find rocketchat_room",
    "aggregate users",
    "find rocketchat_subscription",
]
"""Their own rooms among those asked for, these rooms, themselves, all rooms that they are in."""


def _sub(number: int, stream: str, *params: Any) -> dict[str, Any]:
    return {"msg": "sub", "id": f"s{number}", "name": stream, "params": list(params)}


def _logged_in(
    workspace: Workspace, patch: pytest.MonkeyPatch, person: Person
) -> tuple[Streamer, Callable[..., list[Event]]]:
    """The streamer alone with a connection of the person's, and frames for it."""
    streamer = Streamer(workspace, patch)
    streamer.deliver(
        streamer.frame(CONNECT, 1),
        streamer.frame(method("login", "1", {"resume": person.token}), 2),
    )
    streamer.posted.frames.clear()

    def frames(*given: Any, after: int = 100) -> list[Event]:
        return [streamer.frame(one, after + number) for number, one in enumerate(given)]

    return streamer, frames


@pytest.mark.parametrize("count", [2, 8])
def test_subs_that_come_together_cost_the_same_however_many_rooms(
    new_workspace: Callable[..., Workspace], monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    commands = Commands()
    workspace = new_workspace(listeners=(commands,))
    person = workspace.person()
    rids = [workspace.channel(person)["_id"] for _ in range(count)]
    workspace.settle()
    streamer, frames = _logged_in(workspace, monkeypatch, person)
    wanted = [(USER, f"{person.id}/rooms-changed"), *((MESSAGES, rid) for rid in rids)]
    subs = [_sub(number, *one, False) for number, one in enumerate(wanted)]
    calls = Calls(monkeypatch)
    calls.watch(workspace.runtime.connections, *TABLE)
    commands.reset()
    streamer.deliver(*frames(*subs))
    assert commands.seen == COMMANDS
    assert calls.count == {"get": 1, "listen": 2, "save": 1}
    assert streamer.posted.frames == [{"msg": "ready", "subs": [one["id"]]} for one in subs]


def test_each_is_answered_in_its_place_whatever_becomes_of_it(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, other = workspace.person(), workspace.person()
    rid = workspace.channel(person)["_id"]
    streamer, frames = _logged_in(workspace, monkeypatch, person)
    watched = {"added": [other.id]}
    given = [
        _sub(1, MESSAGES, rid, False),
        _sub(2, MESSAGES, "no-such-room", False),
        _sub(3, "no-such-stream", "x"),
        _sub(1, USER, f"{person.id}/message", False),
        _sub(4, "stream-user-presence", "", watched),
        _sub(5, "stream-user-presence", "", {"added": [person.id], "removed": [other.id]}),
        {"msg": "sub", "id": 6, "name": MESSAGES},
        _sub(7, USER, f"{other.id}/message", False),
        _sub(8, "stream-notify-all", "public-info", True),
    ]
    streamer.deliver(*frames(*given))
    posted = streamer.posted.frames
    assert posted.pop(0)["msg"] == "added"
    told = [one.get("id") or one.get("subs", ["?"])[0] for one in posted]
    kinds = [one["msg"] for one in posted]
    assert told == ["s1", "s2", "s3", "s1", "s4", "s5", "?", "s7", "s8"]
    assert kinds == [
        "ready",
        "nosub",
        "nosub",
        "ready",
        "ready",
        "nosub",
        "error",
        "nosub",
        "ready",
    ]
    assert posted[1]["error"]["error"] == "not-allowed"
    assert posted[2]["error"]["error"] == 404
    assert set(streamer.record.subs) == {"s1", "s4", "s8"}
    listening = workspace.runtime.connections.listeners
    assert [row.connection_id for row in listening(f"room:{rid}", 0)] == [streamer.id]
    assert [row.connection_id for row in listening(f"presence:{person.id}", 0)] == [streamer.id]
    assert listening(f"presence:{other.id}", 0) == []


def test_what_stands_between_subs_is_worked_off_in_its_place(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = workspace.person()
    rid = workspace.channel(person)["_id"]
    streamer, frames = _logged_in(workspace, monkeypatch, person)
    given = [
        _sub(1, MESSAGES, rid, False),
        _sub(2, ROOM, f"{rid}/typing", False),
        {"msg": "unsub", "id": "s1"},
        _sub(3, MESSAGES, rid, False),
        method("logout", "out"),
        _sub(4, MESSAGES, rid, False),
        _sub(5, "stream-notify-all", "public-info", False),
    ]
    streamer.deliver(*frames(*given, after=20_000))
    posted = streamer.posted.frames
    kinds = [one["msg"] for one in posted if one["msg"] in ("ready", "nosub", "result")]
    # Logging out ends both that were open; after it the room is closed.
    assert kinds == [
        "ready",
        "ready",
        "nosub",
        "ready",
        "nosub",
        "nosub",
        "result",
        "nosub",
        "ready",
    ]
    assert set(streamer.record.subs) == {"s5"}
    assert workspace.runtime.connections.listeners(f"room:{rid}", 0) == []


def test_a_batch_that_comes_again_is_answered_again_and_changes_nothing(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = workspace.person()
    rids = [workspace.channel(person)["_id"] for _ in range(3)]
    streamer, frames = _logged_in(workspace, monkeypatch, person)
    records = frames(*(_sub(number, MESSAGES, rid, False) for number, rid in enumerate(rids)))
    streamer.deliver(*records)
    first, known = list(streamer.posted.frames), streamer.record
    streamer.deliver(*records)
    assert streamer.posted.frames == [*first, *first]
    assert streamer.record == known


def test_where_writing_fails_each_is_tried_alone_and_told(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = workspace.person()
    rid = workspace.channel(person)["_id"]
    streamer, frames = _logged_in(workspace, monkeypatch, person)
    subscriptions = workspace.runtime.instances["streamer"].store.subscriptions

    def gone(uid: str) -> Any:
        raise AutoReconnect(uid)

    monkeypatch.setattr(subscriptions, "of_user", gone)
    given = [
        _sub(1, MESSAGES, rid, False),
        _sub(2, USER, f"{person.id}/rooms-changed", False),
        _sub(3, "stream-notify-all", "public-info", False),
    ]
    streamer.deliver(*frames(*given))
    assert streamer.posted.frames == [
        {"msg": "ready", "subs": ["s1"]},
        {"msg": "nosub", "id": "s2", "error": BROKEN},
        {"msg": "ready", "subs": ["s3"]},
    ]
    assert set(streamer.record.subs) == {"s1", "s3"}


def test_an_item_that_fails_holds_back_what_stands_behind_it_and_nothing_before(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = workspace.person()
    streamer, frames = _logged_in(workspace, monkeypatch, person)
    other = Streamer(workspace, monkeypatch)
    records = frames(
        _sub(1, "stream-notify-all", "public-info", False),
        method("no-such-method", fresh("m")),
        _sub(2, "stream-notify-all", "license", False),
    )
    real = workspace.runtime.connections.save

    def failing(record: Any) -> bool:
        if record.id == streamer.id and "s1" in record.subs:
            raise ConnectionError("the table is away")
        return bool(real(record))

    streamer.deliver(records[0])
    monkeypatch.setattr(workspace.runtime.connections, "save", failing)
    answer = workspace.runtime.functions["streamer"](batch(*records[1:], other.frame(CONNECT, 50)))
    failed = [one["itemIdentifier"] for one in answer["batchItemFailures"]]
    assert failed == [one["messageId"] for one in records[1:]]
    assert other.record.session
