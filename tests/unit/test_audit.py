"""What an audit of dependencies ends with: silence is no answer."""

from __future__ import annotations

import json

import pytest

from infra.audit import FOUND, UNKNOWN, Audit, of_node, of_python, outcome

CLEAN = {"name": "pymongo", "version": "4.15", "vulns": []}
HOLED = {"name": "pillow", "version": "1.0", "vulns": [{"id": "PYSEC-1"}]}
SKIPPED = {"name": "boto3", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    ("dependencies", "audit"),
    [
        ([CLEAN], Audit("lock")),
        ([CLEAN, HOLED], Audit("lock", ("pillow 1.0: PYSEC-1",))),
        ([CLEAN, SKIPPED], Audit("lock", asked=False)),
        ([], Audit("lock", asked=False)),
    ],
)
def test_a_library_that_nobody_knows_of_was_not_asked_about(
    dependencies: list[object], audit: Audit
) -> None:
    assert of_python("lock", json.dumps({"dependencies": dependencies})) == audit


@pytest.mark.parametrize("output", ["", "[]", "<html>", '{"error": {"code": "ENOAUDIT"}}'])
def test_no_answer_is_no_all_clear(output: str) -> None:
    assert not of_python("lock", output).asked
    assert not of_node("lock", output).asked


def test_what_npm_finds_is_named() -> None:
    found = json.dumps({"vulnerabilities": {"vite": {"severity": "high"}}})
    assert of_node("lock", found) == Audit("lock", ("vite: high",))
    assert of_node("lock", '{"vulnerabilities": {}}') == Audit("lock")


def test_holes_count_more_than_what_is_unknown() -> None:
    clean, holed, unknown = Audit("a"), Audit("b", ("b: bad",)), Audit("c", asked=False)
    assert outcome([clean])[0] == 0
    assert outcome([clean, unknown])[0] == UNKNOWN
    assert outcome([unknown, holed])[0] == outcome([holed, unknown])[0] == FOUND
    assert "NOT ASKED" in outcome([unknown])[1]
