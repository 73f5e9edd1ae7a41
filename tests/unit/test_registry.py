"""The method registry: read back as written, and what may run twice."""

from __future__ import annotations

from typing import Any

import pytest

from contrail.shapes.registry import Registered, dump, for_clients, load
from infra.tables import methods


def test_the_registry_reads_back_as_written() -> None:
    assert load(dump(methods())) == methods()


@pytest.mark.parametrize(
    ("row", "params", "repeatable"),
    [
        (Registered("s"), [{"_id": "a"}], False),
        (Registered("s", idempotent=True), [], True),
        (Registered("s", key=("0", "_id")), [{"_id": "a"}], True),
        (Registered("s", key=("0", "_id")), [{"rid": "a"}], False),
        (Registered("s", key=("0", "_id")), [{"_id": None}], False),
        (Registered("s", key=("0", "_id")), [], False),
        (Registered("s", key=("0", "_id")), ["text"], False),
        (Registered("s", key=("1",)), ["a", "b"], True),
    ],
)
def test_what_may_run_twice(row: Registered, params: list[Any], repeatable: bool) -> None:
    assert row.repeatable(params) is repeatable


def test_clients_know_nothing_of_what_only_services_call() -> None:
    registry = {"open": Registered("s"), "inner": Registered("s", internal=True)}
    assert for_clients(registry, "open") == Registered("s")
    assert for_clients(registry, "inner") is None
    assert for_clients(registry, "no such") is None
