"""A stage for tests that go through every row: people, a room with a message, rooms closed to them.

Also what such tests compare with: shapes of answers, and the whole database.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

import bson
import requests
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument

from contrail.api.resolve import resolve
from contrail.ddp import ejson
from contrail.domain.members import subscription_of
from contrail.shapes.ids import random_id
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Method, Refusal, Rest, Table
from contrail.store.presence import SETTLED, UNTOLD
from infra.tables import tables
from tests.support.workspace import Json, Person, Workspace

REST = {f"{row.verb} {row.path}": (table, row) for table in tables().values() for row in table.rest}
METHODS = {row.name: (table, row) for table in tables().values() for row in table.offered}


def takes(table: Table, row: Rest | Method) -> type[Input]:
    """The model of what a row takes."""
    return resolve(table.package, row.use_case).takes


@dataclass(frozen=True)
class Scene:
    """`person` is in `room` and wrote `message` there; `other` is another plain user."""

    workspace: Workspace
    person: Person
    other: Person
    room: Json
    message: Json

    @classmethod
    def of(cls, workspace: Workspace) -> Scene:
        person, other = workspace.person(), workspace.person()
        room = workspace.channel(person)
        text = {"message": {"rid": room["_id"], "msg": "hello"}}
        message = person.ok("POST", "v1/chat.sendMessage", text)["message"]
        workspace.settle()
        return cls(workspace, person, other, room, message)

    def closed(self) -> Scene:
        """The same with a private room of someone else's, and a message in it."""
        database, now = self.workspace.database, self.workspace.runtime.clock.now()
        name = fresh("p")
        owner = {"_id": self.other.id, "username": self.other.username, "name": "Other"}
        room: Json = {"_id": random_id(), "t": "p", "name": name, "fname": name, "u": owner}
        room |= {"ts": now, "msgs": 1, "usersCount": 1, "_updatedAt": now, "lm": now}
        message: Json = {"_id": random_id(), "rid": room["_id"], "msg": "closed", "u": owner}
        message |= {"ts": now, "_updatedAt": now}
        database["rocketchat_room"].insert_one(dict(room))
        database["rocketchat_subscription"].insert_one(subscription_of(room, owner, now))
        database["rocketchat_message"].insert_one(dict(message))
        return replace(self, room=room, message=message)

    def missing(self) -> Scene:
        """The same with a room and a message that do not exist."""
        room = {"_id": random_id(), "t": "p", "name": fresh("n")}
        return replace(self, room=room, message={"_id": random_id(), "rid": room["_id"]})


def fresh(prefix: str) -> str:
    return prefix + random_id().lower()


def send(
    workspace: Workspace,
    row: Rest,
    given: Any,
    person: Person | None = None,
    *,
    headers: Json | None = None,
    raw: bytes | None = None,
) -> requests.Response:
    """A request of the row: `given` is its query or its JSON body, `raw` a body as it is.

    Of a row with parameters in its path they are among what is given. Bytes are a file: then the
    body is a form.
    """
    known = headers if headers is not None else person.headers if person else {}
    named = given if isinstance(given, dict) else {}
    path = re.sub(r":(\w+)", lambda found: quote(str(named.get(found[1], "any")), ""), row.path)
    if row.verb == "GET":
        # Where it leads elsewhere is part of the answer.
        return workspace.http(row.verb, path, params=given, headers=known, allow_redirects=False)
    if raw is not None:
        known = {**known, "Content-Type": "application/json"}
        return workspace.http(row.verb, path, data=raw, headers=known)
    files = {key: (key, value) for key, value in named.items() if isinstance(value, bytes)}
    if files:
        fields = {key: value for key, value in named.items() if key not in files}
        return workspace.http(row.verb, path, data=fields, files=files, headers=known)
    return workspace.http(row.verb, path, json=given, headers=known)


def invoke(workspace: Workspace, person: Person | None, name: str, params: Any) -> Json:
    """A method over REST: its `result` frame."""
    frame = ejson.dumps({"msg": "method", "id": "7", "method": name, "params": params})
    path = "v1/method.call/any" if person else "v1/method.callAnon/any"
    headers = person.headers if person else {}
    answer = workspace.http("POST", path, json={"message": frame}, headers=headers)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert set(body) == {"message", "success"}
    assert body["success"] is True
    outcome: Json = ejson.loads(body["message"])
    assert outcome.pop("msg") == "result"
    assert outcome.pop("id") == "7"
    return outcome


def is_json(answer: requests.Response) -> bool:
    """Without a charset: suites compare it."""
    return answer.headers["Content-Type"] == "application/json"


def refused(answer: requests.Response, status: int, body: Json) -> None:
    """The whole of it."""
    assert (answer.status_code, answer.json()) == (status, body)
    assert is_json(answer)


@contextmanager
def without(workspace: Workspace, permission: str, role: str) -> Iterator[None]:
    """While it lasts the role lacks the permission."""
    listed = workspace.admin.ok("GET", "v1/permissions.listAll")["update"]
    before = next((one["roles"] for one in listed if one["_id"] == permission), None)
    if before is None:
        # One of another edition: here nobody has it.
        yield
        return

    def put(roles: list[str]) -> None:
        changes = [{"_id": permission, "roles": roles}]
        workspace.admin.ok("POST", "v1/permissions.update", {"permissions": changes})

    put([one for one in before if one != role])
    try:
        yield
    finally:
        put(before)


RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)
Snapshot = set[tuple[str, bytes]]


APART = {
    *("usersSessions", "rocketchat_settings", "rocketchat_permissions", "contrail_runs"),
    *("rocketchat_export_operations", "rocketchat_user_data_files"),
}
PRESENCE = {
    **dict.fromkeys(("status", "statusConnection", "_updatedAt"), 0),
    **dict.fromkeys((SETTLED, UNTOLD), 0),
}
"""Of a user: what changes a moment after a connection was closed."""


def snapshot(workspace: Workspace) -> Snapshot:
    """Every document of the workspace with its collection, once what was under way is done.

    Who is connected changes by itself, and so does what the clock works on. What is cached changes
    with its version alone, and is too much to read each time.
    """
    workspace.settle()
    found: Snapshot = set()
    for name in set(workspace.database.list_collection_names()) - APART:
        collection = workspace.database.get_collection(name, codec_options=RAW)
        rows = collection.find({}, PRESENCE if name == "users" else None, batch_size=10_000)
        found |= {(name, row.raw) for row in rows}
    return found


def changes(workspace: Workspace, before: Snapshot) -> list[tuple[str, Json]]:
    """The documents that came, went or changed since."""
    return [(name, bson.decode(raw)) for name, raw in before ^ snapshot(workspace)]


def is_date(value: object) -> bool:
    """As REST writes dates."""
    return isinstance(value, str) and bool(
        re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", value)
    )


def is_moment(value: object) -> bool:
    """A date as EJSON brings it."""
    return isinstance(value, datetime)


def differs(value: Any, shape: Any, at: str = "answer") -> list[str]:
    """Where a value departs from its shape.

    A dict asks for its keys, `[shape]` for a list of at least one such element, a type for an
    instance, a function for a yes; anything else is compared.
    """
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return [f"{at} is no object"]
        lacking = [f"{at} lacks {key}" for key in shape if key not in value]
        inner = [
            fault
            for key, part in shape.items()
            if key in value
            for fault in differs(value[key], part, f"{at}.{key}")
        ]
        return lacking + inner
    if isinstance(shape, list) and shape:
        if not isinstance(value, list) or not value:
            return [f"{at} is no list or empty"]
        return [
            fault
            for place, item in enumerate(value)
            for fault in differs(item, shape[0], f"{at}[{place}]")
        ]
    if isinstance(shape, type):
        right = isinstance(value, shape) and not (shape is int and isinstance(value, bool))
        return [] if right else [f"{at} is {value!r}, no {shape.__name__}"]
    if callable(shape):
        return [] if shape(value) else [f"{at} is {value!r}"]
    return [] if value == shape else [f"{at} is {value!r}, not {shape!r}"]


def method_answer(refusal: Refusal) -> Json:
    """The outcome that a method's Refusal stands for."""
    if not refusal.error:
        return {} if refusal.result is None else {"result": refusal.result}
    reason = refusal.error.removesuffix(f"[{refusal.error_type}]").rstrip()
    error: Json = {
        "isClientSafe": True,
        "error": refusal.error_type,
        "message": refusal.error,
        "errorType": "Meteor.Error",
    }
    if reason:
        error["reason"] = reason
    if refusal.details:
        error["details"] = refusal.details
    return {"error": error}
