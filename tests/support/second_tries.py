"""What a whole run does with a test that fails: once more, and no more than a few of them.

Thousands of tests speak to real servers on one machine; a busy moment may upset one. A second try
is told of at the end, and a run with many is no accident and fails.
"""

from __future__ import annotations

import pytest

MOST = 3
"""Tests of a run that may need a second try."""


def _tried_twice(terminal: pytest.TerminalReporter) -> list[str]:
    return sorted({report.nodeid for report in terminal.stats.get("rerun", [])})


def pytest_sessionfinish(session: pytest.Session) -> None:
    terminal = session.config.pluginmanager.get_plugin("terminalreporter")
    tried = _tried_twice(terminal) if isinstance(terminal, pytest.TerminalReporter) else []
    if len(tried) > MOST and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    tried = _tried_twice(terminalreporter)
    if tried:
        terminalreporter.section(f"second tries: {len(tried)}, of {MOST} that there may be")
        for nodeid in tried:
            terminalreporter.line(nodeid)
