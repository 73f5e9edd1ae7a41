"""Facts survive the bus."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from contrail.ddp import ejson
from contrail.shapes.facts import (
    FACTS,
    AnyFact,
    EphemeralMessage,
    MessageSent,
    PermissionChanged,
    RoomChanged,
    StreamWritten,
    SubscriptionChanged,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ALL: list[AnyFact] = [
    MessageSent(message={"_id": "m", "rid": "r", "ts": NOW}, revision=2, room={"_id": "r"}),
    RoomChanged(action="updated", room={"_id": "r"}, nonce="n"),
    SubscriptionChanged(
        action="inserted", subscription={"_id": "s", "rid": "r", "u": {"_id": "u"}}, nonce="n"
    ),
    StreamWritten(
        room={"_id": "r", "t": "c"}, stream="x", event="r/y", args=[1], origin="c", nonce="n"
    ),
    EphemeralMessage(uid="u", message={"_id": "m"}),
    PermissionChanged(permission={"_id": "p", "roles": []}, at=NOW),
]


@pytest.mark.parametrize("fact", ALL, ids=lambda fact: fact.kind)
def test_a_fact_comes_back_as_it_was(fact: AnyFact) -> None:
    assert FACTS.validate_python(ejson.loads(ejson.dumps(fact.model_dump()))) == fact


@pytest.mark.parametrize("fact", ALL, ids=lambda fact: fact.kind)
def test_a_fact_names_its_group_and_itself(fact: AnyFact) -> None:
    assert fact.group
    assert fact.dedup


def test_what_happens_in_a_room_is_one_group() -> None:
    groups = {fact.group for fact in ALL[:4]}
    assert groups == {"room:r"}
