"""Every command in docs/operations.md is run here as it stands there, or it is said why not."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import bson
import pytest

from tests.support.program import READY, free_port

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MENTIONED = re.compile(r"`((?:make |python -m |mongodump|mongorestore|node_modules/)[^`]*)`")
PATIENCE = 600
"""Seconds for any of them, on whatever machine."""
ACCOUNT, QUIET = "it wants an account", "it wants a machine with nothing else to do, and minutes"
MONGODB = "it is MongoDB's own program, which is not installed here"
CANNOT: Mapping[str, str] = {
    "aws": ACCOUNT,
    "node_modules/.bin/cdk": ACCOUNT,
    "PYTHONPATH=.:layers/common/python .venv/bin/python -m infra.verify": ACCOUNT,
    "mongodump": MONGODB,
    "mongorestore": MONGODB,
    "git checkout": "there is no release before",
    "make audit": "it asks registries, whose answers change: tests/unit/test_audit.py has what of",
    "make test-localstack": "it installs a server that only an old index resolves",
    "make bench": QUIET,
    "make simulate": QUIET,
}
"""How a command begins -> why no test runs it."""


def commands(page: str) -> list[str]:
    """Of the blocks, line by line."""
    text = "".join(BLOCK.findall(page)).replace("\\\n", "")
    return [line for line in text.splitlines() if line.strip()]


def cannot(command: str) -> bool:
    return any(f"{command} ".startswith(f"{known} ") for known in CANNOT)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The repository, in which nothing that a command writes is written to the real one."""
    here = tmp_path / "checkout"
    (here / "build").mkdir(parents=True)
    for entry in ROOT.iterdir():
        if entry.name not in ("build", "data", "docs", ".git"):
            (here / entry.name).symlink_to(entry)
    shutil.copytree(ROOT / "docs", here / "docs")
    # What has been installed once need not be again.
    for entry in (ROOT / "build").glob("wheels*"):
        (here / "build" / entry.name).symlink_to(entry)
    return here


def started(command: str, where: Path, **variables: str) -> subprocess.Popen[str]:
    """As a person at a terminal starts it, with nothing set but the path."""
    return subprocess.Popen(
        ["bash", "-c", command],
        cwd=where,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def done(command: str, where: Path, **variables: str) -> str:
    """What it said; it ended well."""
    process = started(command, where, **variables)
    try:
        said = process.communicate(timeout=PATIENCE)[0]
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        said = process.communicate()[0]
    assert process.returncode == 0, said
    return said


def served(command: str, where: Path) -> None:
    """It says that it is ready, and ends when it is interrupted."""
    process = started(command, where, PORT=str(free_port()))
    try:
        assert process.stdout is not None
        said = ""
        while READY not in said:
            heard = process.stdout.readline()
            assert heard, said
            said += heard
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=PATIENCE)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    assert (where / "data" / "mongo").is_dir()


def restored(command: str, where: Path) -> None:
    place = where / "dump" / "rocketchat"
    place.mkdir(parents=True)
    (place / "rocketchat_room.bson").write_bytes(bson.encode({"_id": "r", "t": "c", "name": "r"}))
    (where / "bucket").mkdir()
    assert "rocketchat_room" in done(command, where)


def packed(command: str, where: Path) -> None:
    done(command, where)
    out = "build/host" if "--out" in command else "build/lambda"
    assert (where / out / "layer" / "python" / "contrail").is_dir()
    assert (where / out / "functions" / "account").is_dir()


def synthesized(command: str, where: Path) -> None:
    said = done(command, where)
    assert "contrail-main-edge.template.json" in said
    assert (where / "build" / "cdk.out" / "contrail-main-data.template.json").is_file()


def computed(command: str, where: Path) -> None:
    (where / "docs" / "cost.md").unlink()
    done(command, where)
    assert (where / "docs" / "cost.md").read_text() == (ROOT / "docs" / "cost.md").read_text()


def backed_up(command: str, where: Path) -> None:
    """A folder is kept, and from it comes the same again."""
    (where / "data").mkdir()
    (where / "data" / "secrets.json").write_text("{}")
    kept, again = (line for line in commands(PAGE) if "contrail.tar.gz" in line)
    done(kept, where)
    if command == again:
        done(command, where)
        assert (where / "restored" / "data" / "secrets.json").read_text() == "{}"


RUN: Mapping[str, Callable[[str, Path], None]] = {
    "make serve": served,
    "make serve-isolated": served,
    "make restore": restored,
    "make packages": packed,
    "PYTHONPATH=.:layers/common/python .venv/bin/python -m infra.packages": packed,
    "make synth": synthesized,
    "make cost": computed,
    "tar": backed_up,
    "mkdir": backed_up,
}
"""How a command begins -> what does it and looks at what came of it."""


def test_the_page_has_its_commands_and_none_is_known_twice() -> None:
    found = commands(PAGE)
    assert len(found) > 20
    assert not set(RUN) & set(CANNOT)
    for known in (*RUN, *CANNOT):
        assert any(f"{one} ".startswith(f"{known} ") for one in found), f"nobody says {known}"


@pytest.mark.parametrize("command", [one for one in commands(PAGE) if not cannot(one)])
@pytest.mark.timeout(2 * PATIENCE)
def test_a_command_does_what_the_page_says(command: str, checkout: Path) -> None:
    known = [one for one in RUN if f"{command} ".startswith(f"{one} ")]
    assert len(known) == 1, f"nothing runs {command}, and nothing says why"
    RUN[known[0]](command, checkout)


def test_what_the_text_mentions_is_a_command_of_the_page() -> None:
    said = commands(PAGE)
    for mentioned in MENTIONED.findall(PAGE):
        words = mentioned.split()
        name = " ".join(words[: 3 if words[0] == "python" else 2])
        assert any(name in one for one in said), mentioned


@pytest.mark.parametrize("command", [one for one in commands(PAGE) if one.startswith("make ")])
def test_a_target_is_one_of_the_makefile(command: str) -> None:
    target = shlex.split(command)[1]
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_what_python_is_asked_to_run_is_there() -> None:
    for module in re.findall(r"python -m ([\w.]+)", PAGE):
        place = ROOT.joinpath(*module.split("."))
        assert place.with_suffix(".py").is_file() or (place / "__main__.py").is_file(), module
