from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from local.console import LocalError
from local.datadir import SECRET_NAMES, DataDir

HOLD = """
import sys
from local.datadir import DataDir
DataDir(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_makes_a_private_folder_with_its_subfolders(tmp_path: Path) -> None:
    with DataDir(tmp_path / "a" / "data") as data:
        assert data.path == tmp_path / "a" / "data"
        assert [mode(p) for p in (data.path, data.mongo, data.logs)] == [0o700] * 3


def test_a_second_holder_is_told_who_has_it_and_may_come_later(tmp_path: Path) -> None:
    with (
        DataDir(tmp_path),
        pytest.raises(LocalError, match=rf"already running on .* \(pid {os.getpid()}\)$"),
    ):
        DataDir(tmp_path)
    DataDir(tmp_path).close()


def test_the_lock_dies_with_a_killed_holder(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(LocalError, match=rf"pid {holder.pid}\)"):
            DataDir(tmp_path)
        holder.kill()
    DataDir(tmp_path).close()


def test_secrets_are_made_once_and_only_the_owner_reads_them(tmp_path: Path) -> None:
    with DataDir(tmp_path / "one") as data, DataDir(tmp_path / "two") as other:
        first = data.secrets()
        assert set(first) == set(SECRET_NAMES)
        assert all(len(value) >= 43 for value in first.values())
        file = data.path / "secrets.json"
        assert mode(file) == 0o600
        file.chmod(0o644)
        assert data.secrets() == first
        assert mode(file) == 0o600
        assert other.secrets() != first
    with DataDir(tmp_path / "one") as again:
        assert again.secrets() == first


def test_a_new_secret_joins_those_that_are_there(tmp_path: Path) -> None:
    with DataDir(tmp_path) as data:
        (tmp_path / "secrets.json").write_text('{"older": "kept"}')
        (tmp_path / "secrets.json.tmp").write_text("left by a crash")
        assert data.secrets()["older"] == "kept"
        assert json.loads((tmp_path / "secrets.json").read_text()) == data.secrets()
        assert not (tmp_path / "secrets.json.tmp").exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"token-signing-key": 1}', "\xff"])
def test_damaged_secrets_are_not_replaced(tmp_path: Path, text: str) -> None:
    file = tmp_path / "secrets.json"
    file.write_bytes(text.encode("latin-1"))
    with DataDir(tmp_path) as data, pytest.raises(LocalError, match=r"^.*secrets\.json is damaged"):
        data.secrets()
    assert file.read_bytes() == text.encode("latin-1")


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("file", "is a file, not a folder"),
        ("file/data", "Not a directory"),
        ("odd", "Is a directory"),
    ],
)
def test_a_path_that_cannot_be_used_is_one_line(tmp_path: Path, where: str, said: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "odd" / "lock").mkdir(parents=True)
    with pytest.raises(LocalError, match=said) as refused:
        DataDir(tmp_path / where)
    assert "\n" not in str(refused.value)
    assert str(tmp_path) in str(refused.value)
