"""Every command in docs/operations.md has run in a test, or it is said why none can run it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")
COMMANDS = re.compile(
    r"(?:make [a-z]|python -m |node_modules/\.bin/|aws [a-z]|mongodump|mongorestore)"
)
RUN = {
    "make serve": "tests/local/test_serve.py",
    "make serve-isolated": "tests/isolated/test_program.py",
    "make packages": "tests/infra/test_packages.py",
    "python -m infra.packages": "tests/infra/test_packages.py",
    "make synth": "tests/infra/synthesis.py",
    "make restore": "tests/local/test_restore.py",
    "make audit": "tests/unit/test_audit.py",
    "python -m infra.verify": "tests/infra/test_rehearsed.py",
}
CANNOT = {
    "make bench": "it wants a machine with nothing else to do",
    "make simulate": "it takes minutes",
    "make cost": "its page is held against the counts of other tests",
    "make test-localstack": "it installs a server that only an old index resolves",
    "python -m bench": "it wants a machine with nothing else to do",
    "python -m infra.cost": "its page is held against the counts of other tests",
    "node_modules/.bin/cdk": "it wants an account",
    "aws": "it wants an account",
    "mongodump": "it is MongoDB's, which is not installed here",
    "mongorestore": "it is MongoDB's, which is not installed here",
}
TOLD = {**RUN, **CANNOT}


def commands(page: str) -> list[str]:
    """In a line of their own, indented, or between backticks."""
    inline = re.findall(r"`([^`\n]+(?:\n[^`\n]+)?)`", page)
    blocks = [line.strip() for line in page.splitlines() if line.startswith("    ")]
    found = (" ".join(one.split()) for one in (*inline, *blocks))
    # Variables may stand before a command.
    plain = (re.sub(r"^(?:[A-Z_]+=\S+ )+", "", one) for one in found)
    return [one for one in plain if COMMANDS.match(one)]


def test_each_command_is_run_or_said_to_be_none_that_can() -> None:
    found = commands(PAGE)
    assert len(found) > 8
    unknown = [
        one
        for one in found
        if not any(one == known or one.startswith(f"{known} ") for known in TOLD)
    ]
    assert unknown == []


def test_no_command_is_known_twice_and_tests_that_run_one_are_there() -> None:
    assert not set(RUN) & set(CANNOT)
    for place in RUN.values():
        assert (ROOT / place).exists(), place


@pytest.mark.parametrize("known", sorted(name for name in TOLD if name.startswith("make ")))
def test_a_target_is_one_of_the_makefile(known: str) -> None:
    target = known.removeprefix("make ")
    if any(one == known or one.startswith(f"{known} ") for one in commands(PAGE)):
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
