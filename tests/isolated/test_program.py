"""`make serve-isolated` from start to stop."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path
from typing import Any

import orjson
import pytest

from contrail.ddp import ejson
from infra.packages_wheels import Target, libraries, runtime
from tests.support.program import Program, eventually, running

ADMIN = {"ADMIN_USERNAME": "boss", "ADMIN_PASS": "secret", "ADMIN_EMAIL": "boss@example.com"}


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    """Before anything is timed: that takes a while where it has not been done before."""
    for install in (libraries, runtime):
        install(Target.HOST)


def descendants(pid: int) -> set[int]:
    """Every process that it started, and what those started."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    )
    parents = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()]
    found: set[int] = {pid}
    while more := {child for child, parent in parents if parent in found} - found:
        found |= more
    return found - {pid}


def method(client: Any, name: str, *params: object) -> dict[str, Any]:
    """A method's outcome, called over REST."""
    frame = ejson.dumps({"msg": "method", "id": "1", "method": name, "params": params})
    answer = client.call_api_post(f"method.call/{name}", message=frame)
    return dict(ejson.loads(answer["message"]))


def end(program: Program, number: signal.Signals) -> None:
    """Nothing is left however it ends."""
    started = descendants(program.process.pid)
    program.process.send_signal(number)
    if number == signal.SIGKILL:
        program.process.wait(10)
    else:
        assert program.ended(30) == (0, "")
    assert len(started) >= 4  # the database, moto and functions
    assert eventually(lambda: not [pid for pid in started if running(pid)])
    assert program.left() == []


@pytest.mark.timeout(300)  # three starts, each of which compiles or loads a dozen programs
def test_a_workspace_is_the_same_from_start_to_start(tmp_path: Path) -> None:
    with Program(tmp_path, module="local.isolated", **ADMIN) as first:
        screen = first.ready()
        assert f"  Open   {first.url}\n" in screen
        assert "  Admin  boss\n" in screen
        boss = first.client("boss", "secret")
        boss.users_create("ann@example.com", "Ann", "secret", "ann")
        room = boss.channels_create("hangar", members=["ann"])["channel"]
        end(first, signal.SIGTERM)
    with Program(tmp_path, module="local.isolated") as second:
        second.ready()
        ann = second.client("ann", "secret")
        outcome = method(ann, "sendMessage", {"rid": room["_id"], "msg": "hello"})
        assert outcome["result"]["rid"] == room["_id"]
        # Without TEST_MODE what has a limit is counted.
        calls = orjson.loads((tmp_path / "logs" / "aws-calls.json").read_bytes())
        assert "dynamodb:UpdateItem" in calls["messaging"]
        assert "lambda:Invoke" in calls["calls"]
        end(second, signal.SIGKILL)
    with Program(tmp_path, module="local.isolated") as third:
        third.ready()
        # The clients of before, with their old tokens.
        for client in (boss, ann):
            client.server_url = third.url
            assert next(row["msg"] for row in client.channels_history(room["_id"])) == "hello"
        end(third, signal.SIGINT)


def test_what_cannot_be_started_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "packages").write_text("in the way")
    with Program(tmp_path, module="local.isolated") as program:
        code, errors = program.ended(30)
        assert code == 1
        assert errors.startswith("contrail: cannot build the packages: ")
        assert errors.count("\n") == 1
        assert program.left() == []
