"""Against the real server; each test has a data folder of its own."""

from __future__ import annotations

import os
import queue
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pymongo import MongoClient

from local import mongo
from local.console import LocalError
from local.mongo import MongoChild
from local.processes import remember
from local.supervisor import Patience
from tests.support.program import eventually, running

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


QUICK = Patience(interval=0.1, probe=0.5, pause=0.1, longest_pause=0.1, restarts=2)


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[MongoChild]:
    """Noticed, restarted and given up sooner."""
    server = MongoChild(tmp_path, QUICK)
    yield server
    server.stop()


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        # A dying process stops listening before it is dead.
        (signal.SIGKILL, ("was ended by SIGKILL", "does not answer (")),
        (signal.SIGSTOP, ("does not answer (",)),
    ],
)
def test_a_server_that_ends_or_hangs_comes_back_under_its_uri_with_its_data(
    quick: MongoChild, tmp_path: Path, number: signal.Signals, reason: tuple[str, ...]
) -> None:
    quick.start()
    restarts: queue.Queue[str] = queue.Queue()
    quick.watch(restarts.put, restarts.put)
    uri, before = quick.uri, quick.pid
    with MongoClient[dict[str, str]](uri) as client:
        client.test.kept.insert_one({"_id": "before"})
        assert before is not None
        os.kill(before, number)
        assert restarts.get(timeout=60).startswith(reason)
        assert quick.uri == uri
        assert not running(before)
        # The driver finds it again by itself.
        client.test.kept.insert_one({"_id": "after"})
        assert kept(quick) == ["before", "after"]
    quick.stop()
    assert not quick.alive
    assert restarts.empty()
    assert not (tmp_path / "mongo.pid").exists()


def test_a_server_that_is_well_is_left_alone_by_its_probes(quick: MongoChild) -> None:
    quick.start()
    before = quick.pid
    restarts: queue.Queue[str] = queue.Queue()
    quick.watch(restarts.put, restarts.put)
    with MongoClient[dict[str, object]](quick.uri, tz_aware=True) as client:
        probes = client[mongo.PROBES]["probes"]
        seen = set()

        def probed() -> bool:
            row = probes.find_one({"_id": "probe"}) or {}
            seen.add(row["at"])
            return len(seen) > 3

        assert eventually(probed)
        assert probes.count_documents({}) == 1
    assert quick.pid == before
    assert restarts.empty()


def test_another_server_on_the_port_is_not_taken_for_ours(child: MongoChild) -> None:
    child.start()
    with pytest.raises(LocalError, match=f"is in use by process {child.pid}$"):
        child._takes_writes(os.getpid(), 5)


def test_after_a_stop_it_starts_again_with_its_uri_and_data(child: MongoChild) -> None:
    child.start()
    uri = child.uri
    insert(child, "before")
    child.stop()
    assert not child.alive
    child.start()
    assert child.uri == uri
    assert kept(child) == ["before"]


def test_a_port_taken_while_it_is_away_is_told_and_never_swapped(tmp_path: Path) -> None:
    server = MongoChild(tmp_path, replace(QUICK, pause=0.5, longest_pause=0.5))
    server.start()
    try:
        ends: queue.Queue[str] = queue.Queue()
        server.watch(ends.put, ends.put)
        port = int(server.uri.split(":")[2].split("/")[0])
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        assert eventually(lambda: not server.alive)
        with socket.create_server(("127.0.0.1", port)):
            line = ends.get(timeout=10)
    finally:
        server.stop()
    assert "Address already in use" in line
    assert "given up after 2 restarts" in line


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
        remember(tmp_path / "mongo.pid", stale.pid, command)
        child.start()
        assert stale.poll() is not None
    assert child.alive
    assert child.pid != stale.pid


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
    quick: MongoChild, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        ports = iter([taken])
        honest = mongo._free_port
        monkeypatch.setattr(mongo, "_free_port", lambda wanted: next(ports, 0) or honest(0))
        quick.start()
    assert f":{taken}/" not in quick.uri
    assert quick.alive


def test_a_missing_tool_is_named(
    child: MongoChild, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(LocalError, match=r"missing tool: .*secantusd-py"):
        child.start()
