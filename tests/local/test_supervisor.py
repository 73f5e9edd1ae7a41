"""Supervised children that end, hang and refuse, each in a fraction of a second."""

from __future__ import annotations

import os
import queue
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local.processes import command_line, end_stale, remember
from local.supervisor import Child, ChildFailed, Patience, Supervisor
from tests.support.program import eventually, running

QUICK = Patience(
    ready=3.0,
    stop=1.0,
    interval=0.05,
    probe=0.5,
    pause=0.1,
    longest_pause=0.3,
    restarts=4,
    window=60.0,
)
SLEEP = ("sleep", "60")
Make = Callable[..., Supervisor]


def well(pid: int, seconds: float) -> None:
    """A probe that finds nothing wrong."""


class Probes:
    """A probe that says `wrong`, and keeps what it was asked."""

    def __init__(self, *wrong: str) -> None:
        self.wrong = list(wrong)
        self.asked: list[tuple[int, float]] = []

    def __call__(self, pid: int, seconds: float) -> None:
        self.asked.append((pid, seconds))
        wrong = self.wrong.pop(0) if self.wrong else ""
        if wrong:
            raise OSError(wrong)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes supervisors of a child called `It`; all are stopped at the end."""
    made: list[Supervisor] = []

    def supervisor(patience: Patience = QUICK, **more: Any) -> Supervisor:
        given: dict[str, Any] = {"command": SLEEP, "ready": well, "health": well, **more}
        environment = {"PATH": os.environ["PATH"], "MARK": "only this"}
        child = Child(name="It", environment=environment, log=tmp_path / "it.log", **given)
        made.append(Supervisor(child, patience))
        return made[-1]

    yield supervisor
    for one in made:
        one.stop()


def shell(script: str) -> tuple[str, ...]:
    return ("sh", "-c", script)


def up(log: Path) -> Callable[[int, float], None]:
    """A probe that waits for the child to say `up`, as the last thing in its log."""

    def probe(pid: int, seconds: float) -> None:
        if not log.read_text().endswith("up\n"):
            raise OSError("not up")

    return probe


def kill(supervisor: Supervisor) -> int:
    pid = supervisor.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    return pid


def test_a_killed_child_is_started_again_and_each_restart_is_one_line(
    make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    supervisor = make()
    supervisor.start()
    restarts: queue.Queue[str] = queue.Queue()
    supervisor.watch(restarts.put)
    for _ in range(2):
        before = kill(supervisor)
        assert restarts.get(timeout=5) == "was ended by SIGKILL"
        assert supervisor.pid not in (None, before)
    line = f"It was ended by SIGKILL; starting it again (log: {tmp_path / 'it.log'})\n"
    assert capsys.readouterr().out == 2 * line


def test_it_is_started_again_though_nobody_watches(make: Make) -> None:
    supervisor = make()
    supervisor.start()
    before = kill(supervisor)
    assert eventually(lambda: supervisor.pid not in (None, before))


def test_a_child_that_stands_still_is_replaced_once_probes_fail_in_a_row(make: Make) -> None:
    probes = Probes("slow", "", "slow", "", "slow", "gone\nquite")
    supervisor = make(health=probes)
    supervisor.start()
    stopped = supervisor.pid
    assert stopped is not None
    os.kill(stopped, signal.SIGSTOP)
    restarts: queue.Queue[str] = queue.Queue()
    supervisor.watch(restarts.put)
    assert restarts.get(timeout=5) == "does not answer (gone quite)"
    assert not running(stopped)
    assert [pid for pid, _ in probes.asked[:6]] == 6 * [stopped]
    assert {seconds for _, seconds in probes.asked} == {QUICK.probe}
    # The new one is judged by its own probes.
    before = len(probes.asked)
    assert eventually(lambda: len(probes.asked) > before + 2)
    assert {pid for pid, _ in probes.asked[before:]} == {supervisor.pid}
    assert restarts.empty()


@pytest.mark.parametrize("late", [False, True])
def test_one_that_keeps_failing_is_given_up_after_the_limit(
    make: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture, late: bool
) -> None:
    marks = tmp_path / "marks"
    script = f"[ ! -e {marks} ] || {{ echo broken; exit 3; }}; echo up; sleep 60"
    supervisor = make(command=shell(script), ready=up(tmp_path / "it.log"))
    supervisor.start()
    ends: queue.Queue[str] = queue.Queue()
    if not late:
        supervisor.watch(on_give_up=ends.put)
    marks.touch()
    killed = time.monotonic()
    kill(supervisor)
    if late:
        assert eventually(lambda: "child given up" in caplog.messages)
        supervisor.watch(on_give_up=ends.put)
    line = ends.get(timeout=60)
    # Pauses: 0.1, 0.2, then the longest.
    assert time.monotonic() - killed >= 0.9
    assert line == (
        "It did not start: broken; given up after 4 restarts within 1 minutes "
        f"(log: {tmp_path / 'it.log'})"
    )
    assert supervisor.pid is None
    assert (tmp_path / "it.log").read_text() == "up\n" + 4 * "broken\n"
    assert ends.empty()


def test_restarts_long_ago_do_not_count(make: Make) -> None:
    supervisor = make(replace(QUICK, restarts=1, window=0.3))
    supervisor.start()
    restarts: queue.Queue[str] = queue.Queue()
    supervisor.watch(restarts.put, restarts.put)
    for _ in range(2):
        kill(supervisor)
        assert restarts.get(timeout=5) == "was ended by SIGKILL"
        time.sleep(0.3)
    kill(supervisor)
    assert restarts.get(timeout=5) == "was ended by SIGKILL"
    kill(supervisor)
    assert "given up after 1 restarts" in restarts.get(timeout=5)


def test_a_child_that_ends_at_once_is_refused_with_its_last_words(make: Make) -> None:
    supervisor = make(command=shell("echo one; echo last >&2; exit 3"), ready=Probes(*99 * ["no"]))
    with pytest.raises(ChildFailed, match=r"^did not start: last$") as refused:
        supervisor.start()
    assert refused.value.said == "one\nlast"


def test_a_child_that_does_not_get_ready_is_ended(make: Make) -> None:
    ready = Probes(*99 * ["not yet"])
    supervisor = make(replace(QUICK, ready=0.3), ready=ready)
    with pytest.raises(ChildFailed, match=r"not ready within 0.3 s: not yet$"):
        supervisor.start()
    assert supervisor.pid is None
    assert len({pid for pid, _ in ready.asked}) == 1
    assert not running(ready.asked[0][0])
    assert all(seconds <= 0.3 for _, seconds in ready.asked)


def test_a_command_that_does_not_exist_is_refused(make: Make) -> None:
    with pytest.raises(ChildFailed, match=r"no-such-command: No such file or directory$"):
        make(command=("no-such-command",), ready=Probes(*99 * ["no"])).start()


def test_stopping_ends_the_stubborn_and_what_they_started(make: Make, tmp_path: Path) -> None:
    script = "trap '' TERM; sleep 60 & echo $!; echo up; while true; do sleep 1; done"
    log = tmp_path / "it.log"
    supervisor = make(replace(QUICK, stop=0.3), command=shell(script), ready=up(log))
    supervisor.start()
    child, grandchild = supervisor.pid, int(log.read_text().split()[0])
    assert child is not None
    assert running(child)
    assert running(grandchild)
    supervisor.stop()
    assert eventually(lambda: not running(child) and not running(grandchild))


def test_stopping_ends_a_pause_and_nothing_is_started_after_it(make: Make, tmp_path: Path) -> None:
    slow = replace(QUICK, pause=30, longest_pause=30)
    supervisor = make(slow, command=shell("echo up; sleep 60"), ready=up(tmp_path / "it.log"))
    supervisor.start()
    supervisor.watch()
    kill(supervisor)
    assert eventually(lambda: supervisor.pid is None)
    stopping = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - stopping < 20
    assert (tmp_path / "it.log").read_text() == "up\n"
    supervisor.start()
    assert supervisor.pid is not None


def test_the_child_has_the_environment_given_and_a_group_of_its_own(
    make: Make, tmp_path: Path
) -> None:
    script = "import os; print(sorted(os.environ.items()), os.getpgrp() == os.getpid(), flush=True)"
    supervisor = make(command=(sys.executable, "-S", "-c", f"{script}; import time; time.sleep(9)"))
    supervisor.start()
    log = tmp_path / "it.log"
    assert eventually(lambda: bool(log.read_text()))
    given = [("MARK", "only this"), ("PATH", os.environ["PATH"])]
    said = log.read_text().replace("('LC_CTYPE', 'C.UTF-8'), ", "")  # the interpreter's own
    assert said == f"{given} True\n"


def test_what_was_left_running_is_known_by_its_command(tmp_path: Path, make: Make) -> None:
    file = tmp_path / "it.pid"
    stranger, left = make(), make(command=("sleep", "61"))
    for one in (stranger, left):
        one.start()
    assert stranger.pid is not None
    assert left.pid is not None
    assert eventually(lambda: command_line(left.pid or 0).strip() == "sleep 61")
    remember(file, stranger.pid, ("sleep", "61"))
    end_stale(file, 1)
    assert running(stranger.pid)
    assert not file.exists()
    for text in ("", f"{stranger.pid}\n", "no pid\nsleep 60\n"):
        file.write_text(text)
        end_stale(file, 1)
        assert running(stranger.pid)
    stale = left.pid
    remember(file, stale, ("sleep", "61"))
    end_stale(file, 1)
    assert not running(stale)
