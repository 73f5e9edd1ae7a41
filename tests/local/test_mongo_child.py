"""Against the real server; each test has a data folder of its own."""

from __future__ import annotations

import os
import queue
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pymongo import MongoClient

from local import mongo
from local.console import LocalError
from local.mongo import MongoChild

PARENT = """
import sys, time
from pathlib import Path
from pymongo import MongoClient
from local.mongo import MongoChild
child = MongoChild(Path(sys.argv[1]))
child.start()
with MongoClient(child.uri) as client:
    client.test.kept.insert_one({"_id": "acknowledged"})
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def child(tmp_path: Path) -> Iterator[MongoChild]:
    server = MongoChild(tmp_path)
    yield server
    server.stop()


def kept(server: MongoChild) -> list[str]:
    with MongoClient[dict[str, str]](server.uri) as client:
        return [row["_id"] for row in client.test.kept.find()]


def insert(server: MongoChild, key: str) -> None:
    with MongoClient[dict[str, str]](server.uri) as client:
        client.test.kept.insert_one({"_id": key})


def running(pid: int) -> bool:
    """Whether the process runs; one that nobody has reaped yet does not."""
    listed = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return bool(listed.stdout.strip()) and not listed.stdout.startswith("Z")


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def test_a_killed_server_is_reported_once_and_starts_again_with_its_data(
    child: MongoChild, tmp_path: Path
) -> None:
    deaths: queue.Queue[str] = queue.Queue()
    child.start()
    child.watch(deaths.put)
    uri = child.uri
    insert(child, "before")
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    line = deaths.get(timeout=10)
    assert str(tmp_path / "logs" / "mongo.log") in line
    assert "\n" not in line
    assert not child.alive

    child.start()
    assert child.uri == uri
    assert kept(child) == ["before"]
    child.stop()
    assert not child.alive
    assert deaths.empty()
    assert not (tmp_path / "mongo.pid").exists()


def test_a_death_before_anyone_watches_is_not_lost(child: MongoChild) -> None:
    child.start()
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    assert eventually(lambda: not child.alive)
    deaths: queue.Queue[str] = queue.Queue()
    child.watch(deaths.put)
    assert "ended with status -9" in deaths.get(timeout=10)


def test_kill_9_of_the_parent_takes_the_server_along(child: MongoChild, tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE)
    with parent:
        assert parent.stdout is not None
        orphan = int(parent.stdout.readline())
        assert running(orphan)
        parent.kill()
    if sys.platform == "linux":  # elsewhere the next start ends it
        assert eventually(lambda: not running(orphan))
    child.start()
    assert not running(orphan)
    assert kept(child) == ["acknowledged"]


def test_a_stale_server_on_the_same_storage_is_ended(child: MongoChild, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = Path(sys.executable).parent / "secantusd-py"
    command = [sys.executable, str(program), "--port", str(port)]
    command += ["--storage-path", str(tmp_path / "mongo"), "--log-level", "WARNING"]
    with subprocess.Popen(command, start_new_session=True) as stale:
        assert eventually((tmp_path / "mongo" / "WiredTiger.lock").exists)
        (tmp_path / "mongo.pid").write_text(f"{stale.pid}\n")
        child.start()
        assert stale.poll() is not None
    assert child.alive
    assert child.pid != stale.pid


@pytest.mark.parametrize("text", ["{pid}\n", "", "no pid"])
def test_a_pid_that_is_not_a_server_of_ours_is_left_alone(tmp_path: Path, text: str) -> None:
    with subprocess.Popen(["sleep", "60"]) as stranger:
        (tmp_path / "mongo.pid").write_text(text.format(pid=stranger.pid))
        mongo._end_stale(tmp_path / "mongo.pid", tmp_path / "mongo")
        assert stranger.poll() is None
        stranger.kill()


def test_a_damaged_database_is_one_line_with_its_path(child: MongoChild, tmp_path: Path) -> None:
    child.start()
    child.stop()
    (tmp_path / "mongo" / "WiredTiger.turtle").write_text("damage")
    with pytest.raises(LocalError) as refused:
        child.start()
    line = str(refused.value)
    assert "\n" not in line
    assert str(tmp_path / "mongo") in line
    assert "corruption" in line
    assert not child.alive
    assert not (tmp_path / "mongo.pid").exists()


def test_a_file_in_place_of_the_storage_is_one_line(child: MongoChild, tmp_path: Path) -> None:
    (tmp_path / "mongo").touch()
    with pytest.raises(LocalError, match="cannot start MongoDB on"):
        child.start()


def test_a_port_lost_to_another_program_is_replaced(
    child: MongoChild, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        ports = iter([taken])
        honest = mongo._free_port
        monkeypatch.setattr(mongo, "_free_port", lambda wanted: next(ports, 0) or honest(0))
        child.start()
    assert f":{taken}/" not in child.uri
    assert child.alive


def test_a_missing_tool_is_named(
    child: MongoChild, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(LocalError, match=r"missing tool: .*secantusd-py"):
        child.start()
