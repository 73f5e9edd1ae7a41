"""A whole run bears a test that fails once, tells of it, and bears no more than a few."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.second_tries import MOST

pytest_plugins = ["pytester"]
ONCE = """
import pathlib
import pytest

@pytest.mark.parametrize("name", range({tests}))
def test_at_the_second_try(name):
    tried = pathlib.Path(f"{{name}}.tried")
    before = tried.exists()
    tried.touch()
    assert before
"""
OPTIONS = ("-p", "tests.support.second_tries", "--reruns", "1", "-p", "no:cacheprovider")


@pytest.fixture(autouse=True)
def usual_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))


def _run(pytester: pytest.Pytester, text: str) -> pytest.RunResult:
    pytester.makepyfile(text)
    return pytester.runpytest_subprocess(*OPTIONS)


@pytest.mark.parametrize(("tests", "fails"), [(1, False), (MOST, False), (MOST + 1, True)])
def test_a_few_may_need_a_second_try(pytester: pytest.Pytester, tests: int, fails: bool) -> None:
    result = _run(pytester, ONCE.format(tests=tests))
    assert bool(result.ret) is fails
    result.stdout.fnmatch_lines([f"*second tries: {tests}, of {MOST} that there may be*"])
    result.stdout.fnmatch_lines(["test_*.py::test_at_the_second_try[[]0[]]"])


def test_what_fails_twice_fails_the_run(pytester: pytest.Pytester) -> None:
    result = _run(pytester, "def test_wrong():\n    assert False\n")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(failed=1)
