"""Hostile input in every field of every row: refused or taken as text, never a crash.

A crash shows in the log: REST and DDP hide it behind an answer that tells nothing.
"""

from __future__ import annotations

import json
import logging
import random
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)

from contrail.ddp import ejson
from contrail.shapes.inputs import Listed
from contrail.shapes.rows import Rest
from tests.support.doors import EXAMPLES, METHOD_EXAMPLES
from tests.support.example import Example
from tests.support.inputs import places, put
from tests.support.scene import METHODS, REST, Scene, fresh, invoke, send, takes
from tests.support.workspace import Json, Workspace

MARK = "smuggled"
MOST = 2
"""Fields of a row that hostile values are tried in."""


def deep(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [{"a": value}]
    return value


OPERATORS: list[Any] = [{"$gt": MARK}, [{"$ne": MARK}]]
TEXTS = ["a\0b", "$name", "[(*", "", "x" * 1_000_000]
UNFIT: list[Any] = [{"a\0b": 1}, deep(30)]
VALUES: list[Any] = [2**64 - 1, -(2**63) - 1, *UNFIT]
FEW: list[Any] = ["\0", "$$ROOT", 2**64 - 1, *UNFIT]
EJSON: list[Any] = [ejson.RegExp("(", "g"), ejson.Custom("x", 1), float("nan"), b"\0"]
EJSON += [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]


class Watch(CommandListener):
    """Keeps the commands in which a smuggled operand stands under an operator."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.caught: list[str] = []

    def started(self, event: CommandStartedEvent) -> None:
        if MARK in str(event.command) and _operand(event.command):
            with self._lock:
                self.caught.append(str(event.command))

    def succeeded(self, event: CommandSucceededEvent) -> None: ...

    def failed(self, event: CommandFailedEvent) -> None: ...


def _operand(value: Any, operator: bool = False) -> bool:
    if isinstance(value, dict):
        return any(_operand(item, key.startswith("$")) for key, item in value.items())
    if isinstance(value, list):
        return any(_operand(item, operator) for item in value)
    return operator and value == MARK


@pytest.fixture(scope="module")
def watch() -> Watch:
    return Watch()


@pytest.fixture(scope="module")
def scene(mongo_uri: str, watch: Watch) -> Iterator[Scene]:
    """Every row is open, and no number of wrong passwords blocks: hundreds are tried."""
    open_to_all = {"Block_Multiple_Failed_Logins_Enabled": "false"}
    workspace = Workspace(
        mongo_uri, listeners=(watch,), edition="enterprise", overwrites=open_to_all
    )
    yield Scene.of(workspace)
    workspace.stop()


@pytest.fixture
def no_crash(scene: Scene, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    scene.workspace.settle()
    crashes = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert not [f"{r.getMessage()} {r.exc_info and r.exc_info[1]!r}" for r in crashes]


def _places(key: str, rows: Any) -> list[tuple[Any, ...]]:
    table, row = rows[key]
    schema = takes(table, row).model_json_schema()
    apart = set(Listed.model_fields)
    if isinstance(row, Rest):
        apart |= set(re.findall(r":(\w+)", row.path))
    return [path for path in dict.fromkeys(places(schema, schema)) if path[0] not in apart]


def _some_places(key: str, rows: Any) -> list[tuple[Any, ...]]:
    """Of a row with many fields so many, always the same: each costs a dozen requests."""
    found = _places(key, rows)
    return found if len(found) <= MOST else random.Random(key).sample(found, MOST)


class Asking:
    """What a row is given, by whom: made anew only once it took something."""

    def __init__(self, scene: Scene, example: Example) -> None:
        self._scene, self._example = scene, example
        self.renew()

    def renew(self) -> None:
        self.given = self._example.given(self._scene)
        self.person = self._example.sender(self._scene)

    def send(self, row: Rest, given: Any, raw: bytes | None = None) -> requests.Response:
        answer = send(self._scene.workspace, row, given, self.person, raw=raw)
        if answer.status_code == 200:
            self.renew()
        return answer

    def invoke(self, name: str, params: list[Any]) -> Json:
        outcome = invoke(self._scene.workspace, self.person, name, params)
        if "error" not in outcome:
            self.renew()
        return outcome


POSTS = sorted(key for key, (_, row) in REST.items() if row.verb != "GET")
GETS = sorted(key for key, (_, row) in REST.items() if row.verb == "GET")


def test_the_watch_catches_what_is_smuggled(scene: Scene, watch: Watch) -> None:
    list(scene.workspace.database["users"].find({"username": {"$gt": MARK}}))
    assert len(watch.caught) == 1
    list(scene.workspace.database["users"].find({"username": json.dumps({"$gt": MARK})}))
    assert len(watch.caught) == 1
    watch.caught.clear()


@pytest.mark.parametrize("key", POSTS)
def test_operators_in_a_body_are_refused_before_the_database(
    scene: Scene, watch: Watch, key: str, no_crash: None
) -> None:
    example, row = EXAMPLES[key], REST[key][1]
    person, good = example.sender(scene), example.given(scene)
    for path in _places(key, REST):
        for value in OPERATORS:
            answer = send(scene.workspace, row, put(good, path, value), person)
            assert (path, answer.status_code) == (path, 400), f"{value}: {answer.text}"
    assert not watch.caught


@pytest.mark.parametrize("key", POSTS)
def test_no_value_in_a_body_breaks_a_row(scene: Scene, key: str, no_crash: None) -> None:
    asking, row = Asking(scene, EXAMPLES[key]), REST[key][1]
    for path in _some_places(key, REST):
        for value in [*TEXTS, *VALUES] if len(path) == 1 else FEW:
            answer = asking.send(row, put(asking.given, path, value))
            assert answer.status_code < 500, f"{path} {str(value)[:50]!r}: {answer.text}"
            assert isinstance(answer.json(), dict) or row.envelope == "bare"
            assert answer.status_code == 400 or value not in UNFIT, f"{path} {value}"


@pytest.mark.parametrize(
    ("sent", "stored"),
    [(text, text) for text in ("a\0b", "$name", "$$ROOT.x", "a.b", "{}", "\u202e\U0001f600")]
    + [("half \ud83d", "half \ufffd")],
)
def test_text_is_kept_as_it_was_sent(scene: Scene, sent: str, stored: str, no_crash: None) -> None:
    """As the text and as the id of a message: an id is no expression to the database either."""
    room = scene.workspace.channel(scene.person)
    message = {"rid": room["_id"], "_id": f"{sent}{fresh('')}", "msg": sent}
    body = json.dumps({"message": message}).encode()
    mid, row = message["_id"].replace(sent, stored), REST["POST v1/chat.sendMessage"][1]
    for _ in range(2):
        kept = send(scene.workspace, row, None, scene.person, raw=body).json()["message"]
        assert (kept["_id"], kept["msg"]) == (mid, stored)
    found = scene.person.ok("GET", "v1/chat.getMessage", {"msgId": mid})["message"]
    assert found["msg"] == stored
    shown = scene.person.ok("GET", "v1/channels.info", {"roomId": room["_id"]})["channel"]
    assert (shown["msgs"], shown["lastMessage"]["_id"]) == (1, mid)


@pytest.mark.parametrize("key", POSTS)
def test_no_body_breaks_a_row(scene: Scene, key: str, no_crash: None) -> None:
    asking, row = Asking(scene, EXAMPLES[key]), REST[key][1]
    bodies = ["[" * 100_000, '{"a":' * 100_000, '{"\\u0000":1}', '{"__proto__":{"a":1}}', "\0"]
    for path in _some_places(key, REST):
        values = ["half \ud83d", "\udc00", 10**400, [{}] * 1000] if len(path) < 3 else ["\ud83d"]
        bodies += [json.dumps(put(asking.given, path, value)) for value in values]
    for body in bodies:
        answer = asking.send(row, None, body.encode())
        assert answer.status_code < 500, f"{body[:80]!r}: {answer.text}"
        assert isinstance(answer.json(), dict) or row.envelope == "bare"


@pytest.mark.parametrize("key", GETS)
def test_no_query_breaks_a_row(scene: Scene, watch: Watch, key: str, no_crash: None) -> None:
    row = REST[key][1]
    person, good = EXAMPLES[key].sender(scene), EXAMPLES[key].given(scene)
    headers = person.headers if person else {}
    texts = [text for text in TEXTS if len(text) < 10]
    texts += ["9999-12-31T23:59:59.999Z", "0001-01-01", '{"$gt":"smuggled"}', "x" * 5000]
    for path in _some_places(key, REST):
        for text in texts:
            answer = send(scene.workspace, row, {**good, path[0]: text}, person)
            assert answer.status_code < 500, f"{path} {text[:50]!r}: {answer.text}"
        for query in ("{}[$gt]=smuggled", "{}[]=a&{}[]=b", "{}=%ED%A0%80%FF%00"):
            where = f"{row.path}?{query.replace('{}', str(path[0]))}"
            answer = scene.workspace.http("GET", where, headers=headers)
            assert answer.status_code < 500, f"{where}: {answer.text}"
    assert not watch.caught


@pytest.mark.parametrize("name", sorted(METHODS))
def test_nothing_among_the_arguments_breaks_a_method(
    scene: Scene, watch: Watch, name: str, no_crash: None
) -> None:
    asking, row = Asking(scene, METHOD_EXAMPLES[name]), METHODS[name][1]
    for path in _some_places(name, METHODS):
        if path[0] not in row.params:
            continue
        usual = [*TEXTS, *VALUES, *EJSON] if len(path) == 1 else [*FEW, *EJSON[:2]]
        values = [*OPERATORS, *usual]
        for value in values:
            params = asking.given + [None] * len(row.params)
            given = put(dict(zip(row.params, params, strict=False)), path, value)
            outcome = asking.invoke(name, [given[key] for key in row.params])
            if value in OPERATORS:
                assert outcome["error"]["errorType"] == "Match.Error", f"{path} {value}"
    assert not watch.caught
