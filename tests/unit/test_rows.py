"""The tables as they stand: what can be told of them without running anything."""

from __future__ import annotations

import inspect
import typing
from collections import Counter
from typing import Any

import pytest

from contrail.api.resolve import resolve
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.inputs import Input, Listed
from contrail.shapes.rows import Method, Rest, Table
from infra.tables import methods, routes, tables

Row = Any


def _rows(table: Table) -> tuple[Row, ...]:
    return (*table.rest, *table.methods, *table.consumers, *table.sockets)


TABLES = tables()
ROWS = [
    pytest.param(table, row, id=f"{name} {row.use_case}")
    for name, table in TABLES.items()
    for row in _rows(table)
]


@pytest.mark.parametrize(("table", "row"), ROWS)
def test_a_row_names_a_use_case_of_caller_input_and_instance(table: Table, row: Row) -> None:
    use_case = resolve(table.package, row.use_case)
    parameters = list(inspect.signature(use_case.call).parameters.values())
    hints = typing.get_type_hints(use_case.call)
    assert use_case.call.__module__.startswith(f"{table.package}.")
    assert len(parameters) == 3
    assert {parameter.kind for parameter in parameters} == {inspect.Parameter.POSITIONAL_OR_KEYWORD}
    assert not [parameter for parameter in parameters if parameter.default is not parameter.empty]
    first, second, third = (hints[parameter.name] for parameter in parameters)
    assert (first, third) == (Caller, Instance)
    assert issubclass(second, Input)
    assert second.model_config.get("frozen") is True


def test_a_path_and_verb_and_a_method_are_declared_once() -> None:
    declared = Counter((row.verb, row.path) for table in TABLES.values() for row in table.rest)
    assert not [key for key, times in declared.items() if times > 1]
    named = Counter(row.name for table in TABLES.values() for row in table.methods)
    assert not [key for key, times in named.items() if times > 1]
    assert set(methods()) == set(named)
    assert set(routes()) == {path for _, path in declared}


@pytest.mark.parametrize(("table", "row"), [p for p in ROWS if isinstance(p.values[1], Rest)])
def test_a_rest_row_makes_sense(table: Table, row: Rest) -> None:
    takes = resolve(table.package, row.use_case).takes
    assert not row.path.startswith("/")
    assert issubclass(takes, Listed) == (row.listing is not None)
    assert not (row.public and (row.permissions or row.refuses))
    if row.listing is not None:
        assert row.verb == "GET"
        assert row.listing.sort
        for operators in row.listing.query.values():
            assert set(operators) <= {"", "$in", "$ne", "$exists", "$regex", "$options"}
            assert operators
    hidden = {"joinCode", "services", "e2e", "importIds", "_contrail"}
    for name in (*(row.listing.fields if row.listing else ()), *_sorted(row)):
        assert name.split(".")[0] not in hidden
    assert len({refusal.on for refusal in row.refuses}) == len(row.refuses)


def _sorted(row: Rest) -> tuple[str, ...]:
    return (*row.listing.sort, *row.listing.query) if row.listing else ()


@pytest.mark.parametrize(("table", "row"), [p for p in ROWS if isinstance(p.values[1], Method)])
def test_a_method_names_its_arguments_as_its_input_does(table: Table, row: Method) -> None:
    fields = resolve(table.package, row.use_case).takes.model_fields
    known = {field.alias or name for name, field in fields.items()}
    assert set(row.params) <= known
    assert len(set(row.params)) == len(row.params)
    needed = {field.alias or name for name, field in fields.items() if field.is_required()}
    assert needed <= set(row.params)
