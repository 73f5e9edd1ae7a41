"""A connection's frames end as in order, however the queue mixes, doubles or delays them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from contrail.shapes.connections import Connection
from contrail.shapes.ids import random_id
from functions.streamer.emission import SESSION
from tests.support.events import Event, Recorder, batch, connect_event, frame_record, record
from tests.support.frames import BROKEN, CONNECT, NOT_LOGGED_IN, method
from tests.support.workspace import Person, Workspace


class Streamer:
    """The streamer on its own: what it posts and parks is kept, and no clock runs."""

    def __init__(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        runtime = workspace.runtime
        self.posted = Recorder()
        self.parked: list[dict[str, Any]] = []
        self.id = random_id()
        self._handler = runtime.functions["streamer"]
        self._connections = runtime.connections
        monkeypatch.setattr(runtime.sockets, "post", self.posted.post)
        monkeypatch.setattr(runtime.sockets, "close", self.posted.close)
        monkeypatch.setattr(runtime.bus, "enqueue", self._enqueue)
        self._handler(connect_event(self.id))
        self.opened = self.record.opened_at

    def _enqueue(self, queue: str, body: str, **more: Any) -> None:
        self.parked.append({"queue": queue, "body": body, **more})

    @property
    def record(self) -> Connection:
        found = self._connections.get(self.id)
        assert found is not None
        return found

    def frame(self, frame: Any, after: int) -> Event:
        """Received `after` ms after the connection was opened."""
        return frame_record(self.id, frame, self.opened + after)

    def deliver(self, *records: Event) -> None:
        assert self._handler(batch(*records)) == {"batchItemFailures": []}

    def ripen(self) -> None:
        """The delay of what is parked is over: first there, then among the frames."""
        for queue in ("parked", "frames"):
            due = [item for item in self.parked if item["queue"] == queue and item.get("group")]
            self.parked = [item for item in self.parked if item not in due]
            for item in due:
                if item["body"] != "opened":
                    attributes = {"dedup": item["dedup"], **item["attributes"]}
                    self.deliver(record(queue, self.id, item["body"], **attributes))

    def answers(self, kind: str) -> list[dict[str, Any]]:
        return [frame for frame in self.posted.frames if frame.get("msg") == kind]


@pytest.fixture
def streamer(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Streamer:
    return Streamer(workspace, monkeypatch)


def _sub(sub_id: str, name: str, event: str) -> dict[str, Any]:
    return {"msg": "sub", "id": sub_id, "name": name, "params": [event, False]}


def _burst(person: Person, rid: str) -> list[dict[str, Any]]:
    return [
        CONNECT,
        method("login", "login", {"resume": person.token}),
        _sub("room", "stream-room-messages", rid),
        _sub("own", "stream-notify-user", f"{person.id}/message"),
        method("sendMessage", "send", {"_id": random_id(), "rid": rid, "msg": "at once"}),
        method("rooms/get", "rooms"),
        method("sendMessage", "unkeyed", {"rid": rid, "msg": "once more"}),
    ]


def _times(seed: int, count: int) -> list[int]:
    """When a burst is received: within a few milliseconds, sometimes all within one."""
    steps = random.Random(seed)
    spread = steps.choice([0, 1, 3])
    return [1 + place * spread // 2 for place in range(count)]


def _check_as_in_order(workspace: Workspace, streamer: Streamer, person: Person, rid: str) -> None:
    results = Counter(frame["id"] for frame in streamer.answers("result"))
    assert results == dict.fromkeys(("login", "send", "rooms", "unkeyed"), 1)
    assert not [frame for frame in streamer.answers("result") if "error" in frame]
    assert {frame["subs"][0] for frame in streamer.answers("ready")} == {"room", "own"}
    assert not streamer.answers("nosub") + streamer.answers("error")
    record = streamer.record
    assert (record.uid, sorted(record.subs)) == (person.id, ["own", "room"])
    assert not record.parked
    listening = [
        listener.events
        for audience in (f"room:{rid}", f"user:{person.id}")
        for listener in workspace.runtime.connections.listeners(audience, 0)
        if listener.connection_id == streamer.id
    ]
    assert listening == [
        {f"stream-room-messages/{rid}"},
        {f"stream-notify-user/{person.id}/message", SESSION},
    ]
    stored = workspace.database["rocketchat_message"].find({"rid": rid, "t": {"$exists": False}})
    assert Counter(one["msg"] for one in stored) == {"at once": 1, "once more": 1}


@pytest.mark.parametrize("seed", range(100))
def test_a_burst_in_any_order_ends_as_in_order(
    workspace: Workspace, streamer: Streamer, seed: int
) -> None:
    chance = random.Random(seed)
    person = workspace.person()
    rid = workspace.channel(person)["_id"]
    burst = _burst(person, rid)
    records = [
        streamer.frame(frame, after)
        for frame, after in zip(burst, _times(seed, len(burst)), strict=True)
    ]
    chance.shuffle(records)
    cut = chance.choice([0, chance.randrange(1, len(records))])
    for part in filter(None, (records[:cut], records[cut:])):
        streamer.deliver(*part)
        if chance.random() < 0.5:
            streamer.deliver(*_again(part, chance))
    streamer.ripen()
    _check_as_in_order(workspace, streamer, person, rid)


def _again(part: Sequence[Event], chance: random.Random) -> list[Event]:
    """The answer to a batch got lost: it is delivered a second time, from some item on."""
    again = [
        {**one, "attributes": {**one["attributes"], "ApproximateReceiveCount": "2"}} for one in part
    ]
    return again[chance.randrange(len(again)) :]


def test_what_was_received_before_connect_and_login_is_refused(
    workspace: Workspace, streamer: Streamer
) -> None:
    person = workspace.person()
    early = _sub("early", "stream-notify-user", f"{person.id}/message")
    streamer.deliver(streamer.frame(_sub("first", "stream-notify-all", "public-info"), 1))
    streamer.deliver(streamer.frame(early, 3), streamer.frame(method("rooms/get", "x"), 3))
    assert not streamer.posted.frames
    streamer.deliver(streamer.frame(CONNECT, 2))
    streamer.deliver(streamer.frame(method("login", "login", {"resume": person.token}), 4))
    kinds = [frame["msg"] for frame in streamer.posted.frames]
    assert kinds == ["error", "connected", "nosub", "added", "result", "updated"] or kinds == [
        *("error", "connected", "result", "updated", "nosub"),
        *("added", "result", "updated"),
    ]
    assert not streamer.record.subs


def test_what_waits_in_vain_is_answered_when_its_time_is_over(streamer: Streamer) -> None:
    streamer.deliver(streamer.frame(CONNECT, 1))
    streamer.deliver(streamer.frame(method("no-such-method", "none"), 2))
    streamer.deliver(streamer.frame(method("loadHistory", "history", "GENERAL"), 4))
    streamer.deliver(
        streamer.frame(_sub("own", "stream-notify-user", "someone/message"), 3),
        streamer.frame({"msg": "unsub", "id": "own"}, 5),
    )
    assert [frame["msg"] for frame in streamer.posted.frames] == ["connected", "result", "updated"]
    streamer.ripen()
    answered = [(f["msg"], f.get("id")) for f in streamer.posted.frames[3:]]
    assert answered == [
        ("nosub", "own"),
        ("result", "history"),
        ("updated", None),
        ("nosub", "own"),
    ]
    assert streamer.posted.frames[4]["error"] == NOT_LOGGED_IN
    assert not streamer.record.parked


def test_a_connection_that_is_not_young_is_refused_at_once(streamer: Streamer) -> None:
    streamer.deliver(streamer.frame(CONNECT, 1))
    streamer.deliver(streamer.frame(method("loadHistory", "history", "GENERAL"), 10_001))
    assert streamer.answers("result")[0]["error"] == NOT_LOGGED_IN


def test_only_so_much_is_parked(streamer: Streamer) -> None:
    for place in range(70):
        streamer.deliver(streamer.frame({"msg": "unsub", "id": f"{place}"}, place))
    assert len(streamer.record.parked) == 64
    assert len(streamer.answers("error")) == 6
    large = [streamer.frame({"msg": "unsub", "id": "x" * 30_000}, 99) for _ in range(5)]
    streamer.deliver(*large)
    assert len(streamer.answers("error")) == 11


@pytest.mark.parametrize("connects", [True, False], ids=["connect comes", "connect never comes"])
def test_a_parked_frame_delivered_again_is_parked_once(streamer: Streamer, connects: bool) -> None:
    unknown = streamer.frame(method("no-such-method", "none"), 2)
    streamer.deliver(unknown)
    streamer.deliver(unknown)
    assert len(streamer.record.parked) == 1
    if connects:
        streamer.deliver(streamer.frame(CONNECT, 1))
        streamer.deliver(unknown)
        assert len(streamer.answers("result")) == 1
    streamer.ripen()
    assert len(streamer.answers("result")) + len(streamer.answers("error")) == 1


def test_a_handshake_begun_by_a_worker_that_died_is_finished(
    workspace: Workspace, streamer: Streamer, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = streamer.frame(CONNECT, 1)
    with monkeypatch.context() as dying:
        dying.setattr(workspace.runtime.sockets, "post", _die)
        with pytest.raises(CrashError):
            streamer.deliver(connect)
    streamer.deliver(connect)
    streamer.deliver(connect)
    session = streamer.record.session
    assert streamer.posted.frames == [{"msg": "connected", "session": session}]


class CrashError(BaseException):
    """The worker dies: nothing catches this."""


@pytest.mark.parametrize("keyed", [True, False], ids=["with an _id", "without an _id"])
def test_a_method_begun_by_a_worker_that_died(
    workspace: Workspace,
    streamer: Streamer,
    monkeypatch: pytest.MonkeyPatch,
    keyed: bool,
) -> None:
    """Run again where that does no harm, else answered with an error; once in any case."""
    person = workspace.person()
    rid = workspace.channel(person)["_id"]
    message = {"rid": rid, "msg": "hello", **({"_id": random_id()} if keyed else {})}
    streamer.deliver(
        streamer.frame(CONNECT, 1),
        streamer.frame(method("login", "login", {"resume": person.token}), 2),
    )
    sent = streamer.frame(method("sendMessage", "send", message), 3)
    with monkeypatch.context() as dying:
        dying.setattr(workspace.runtime.sockets, "post", _die)
        with pytest.raises(CrashError):
            streamer.deliver(sent)
    streamer.deliver(sent)
    streamer.deliver(sent)
    (result,) = [frame for frame in streamer.answers("result") if frame["id"] == "send"]
    assert (result.get("error") == BROKEN) is not keyed
    messages = workspace.database["rocketchat_message"]
    assert messages.count_documents({"rid": rid, "msg": "hello"}) == 1


def _die(*_: object) -> bool:
    raise CrashError


def test_what_fails_holds_back_its_own_connection_alone(
    workspace: Workspace, streamer: Streamer, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = record("frames", "one", "not base64!", event="MESSAGE", time=1)
    second = record("frames", "one", "", event="CONNECT", time=2)
    other = record("frames", "two", "", event="CONNECT", time=3)
    monkeypatch.setattr(workspace.runtime.connections, "get", _fail)
    answer = workspace.runtime.functions["streamer"](batch(second, first, other))
    failed = [item["itemIdentifier"] for item in answer["batchItemFailures"]]
    assert failed == [first["messageId"], second["messageId"]]
    assert streamer.posted.frames == [{"server_id": "0"}]


def _fail(*_: object) -> None:
    raise ConnectionError("the table is away")
