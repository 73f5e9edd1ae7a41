"""The stacks, synthesized once for all processes of a test run."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.context import Context
from tests.infra.assembly import Assembly
from tests.infra.workspaces import CONTEXT, ROOT, WORKSPACES

PATIENCE = 600
"""Seconds for synthesizing, which whichever test comes first has to wait for."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(PATIENCE))


@pytest.fixture(scope="session")
def synthesized(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for each of `synthesis.py`'s apps."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    out = shared / "synthesized"
    with (shared / "synthesized.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (out / "done").exists():
            out.mkdir(exist_ok=True)
            _synthesize(out)
            (out / "done").touch()
    return out


@pytest.fixture(scope="session")
def main(synthesized: Path) -> Assembly:
    return Assembly(synthesized / "main")


@pytest.fixture(scope="session")
def other(synthesized: Path) -> Assembly:
    """A second workspace, in profile `prod` and with a domain."""
    return Assembly(synthesized / "other")


@pytest.fixture(params=WORKSPACES)
def assembly(request: pytest.FixtureRequest) -> Assembly:
    made: Assembly = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def context(assembly: Assembly) -> Context:
    return Context.read({**CONTEXT, **WORKSPACES[assembly.folder.name]})


def _synthesize(out: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.infra.synthesis", str(out)],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/common/python'}",
            "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout + done.stderr
