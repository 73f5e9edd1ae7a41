"""docs/security.md: what is held under attack is held in the code, and the tests are there."""

from __future__ import annotations

import ast
import importlib
import json
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
CODE = re.compile(r"`([^`]+)`")
LOCAL = "local.gateway:Bounds."


@dataclass(frozen=True)
class Row:
    attack: str
    held: str
    numbers: tuple[str, ...]
    tests: tuple[str, ...]


def _rows() -> list[Row]:
    section = PAGE.split("\n## Under attack\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [
        Row(attack, held, tuple(CODE.findall(numbers)), tuple(CODE.findall(tests)))
        for attack, held, numbers, tests in cells
    ]


ROWS = _rows()
NUMBERS = sorted({number for row in ROWS for number in row.numbers})
TESTS = sorted({test for row in ROWS for test in row.tests})


@cache
def _settings() -> dict[str, Any]:
    text = resources.files("contrail.data").joinpath("settings.json").read_text("utf-8")
    return {row["_id"]: row["value"] for row in json.loads(text)}


def _in_code(name: str) -> Any:
    if name.startswith("setting "):
        return _settings()[name.removeprefix("setting ")]
    if name.startswith(LOCAL):
        return getattr(importlib.import_module("local.gateway").Bounds(), name.removeprefix(LOCAL))
    module, _, path = name.partition(":")
    value: Any = importlib.import_module(module)
    for part in path.split("."):
        value = getattr(value, part)
    return value


@pytest.mark.parametrize("number", NUMBERS)
def test_every_number_is_what_the_code_holds(number: str) -> None:
    name, _, value = number.partition(" = ")
    assert float(value) == _in_code(name)


@pytest.mark.parametrize("test", TESTS)
def test_every_test_that_is_named_exists(test: str) -> None:
    path, _, name = test.partition("::")
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    known = {
        node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert name in known


def test_every_attack_has_a_number_and_a_test() -> None:
    assert len(ROWS) > 20
    assert all(row.attack and row.held and row.numbers and row.tests for row in ROWS)
