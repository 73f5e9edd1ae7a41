"""People whose second factor is a code by mail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.settings import value_of
from tests.support.smtp import Sink
from tests.support.strict import Strict
from tests.support.workspace import Person, Workspace


@contextmanager
def setting(strict: Strict, name: str, value: Any) -> Iterator[None]:
    """Straight into the database: an admin would be asked for a second factor here."""

    def put(wanted: Any) -> None:
        change = {"$set": {"value": wanted}}
        strict.database["rocketchat_settings"].update_one({"_id": name}, change)
        versions = strict.database["contrail_versions"]
        versions.update_one({"_id": "settings"}, {"$inc": {"n": 1}}, upsert=True)

    before = value_of(strict, name)
    put(value)
    yield
    put(before)


def address_of(person: Person) -> str:
    return f"{person.username}@example.com"


def protected(strict: Strict) -> Person:
    """Someone whose second factor is their verified address, and who proved nothing yet."""
    person = strict.settled_person()
    change = {
        "emails": [{"address": address_of(person), "verified": True}],
        "services.email2fa": {"enabled": True},
    }
    strict.database["users"].update_one({"_id": person.id}, {"$set": change})
    return person


def log_in(strict: Workspace, person: Person, code: str = "") -> Any:
    given = {"user": person.username, "password": "secret"}
    return strict.http("POST", "v1/login", json={**given, **({"code": code} if code else {})})


def code_of(sink: Sink, person: Person, count: int = 1) -> str:
    letter = sink.last(address_of(person), count)
    found = re.search(r"\b(\d{3})-(\d{3})\b", letter.text)
    assert found, letter.text
    assert f"{found[1]}-{found[2]}" in letter.html
    return found[1] + found[2]


def other(code: str) -> str:
    return str((int(code) + 1) % 1_000_000).rjust(6, "0")


def refused(answer: Any, code: str, **details: Any) -> None:
    body = answer.json()
    known = body.get("errorType", body["error"])
    assert (answer.status_code in (400, 401), known) == (True, code)
    assert {"method": "email", "availableMethods": ["email"], **details}.items() <= body[
        "details"
    ].items()
