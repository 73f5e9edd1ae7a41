"""Child processes that die with their parent, and what a parent that could not see to it left."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_POLL_SECONDS = 0.05

# Runs in the child before the command does: on Linux the kernel then kills it when we die, however
# we die. A preexec_fn could deadlock, since we have threads.
_LAUNCH = """
import os, sys
if sys.platform == "linux":
    import ctypes, signal
    ctypes.CDLL(None).prctl(1, int(signal.SIGKILL))  # PR_SET_PDEATHSIG
if os.getppid() != int(sys.argv[1]):
    sys.exit("the parent is gone")
try:
    os.execvp(sys.argv[2], sys.argv[2:])
except OSError as error:
    sys.exit(f"{sys.argv[2]}: {error.strerror}")
"""


def spawn(
    command: Sequence[str], environment: Mapping[str, str], log: Path, cwd: Path | None = None
) -> subprocess.Popen[bytes]:
    """Start `command` in a process group of its own, its output appended to `log`.

    On Linux it is killed as soon as the calling *thread* ends: that one has to stay with it.
    Raises OSError when nothing could be started; a command that does not exist ends at once.
    """
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _LAUNCH, str(os.getpid()), *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=dict(environment),
            cwd=cwd,
            start_new_session=True,  # a terminal's Ctrl-C must reach us first
        )


def ending(status: int) -> str:
    """An exit status in words."""
    if status >= 0:
        return f"ended with status {status}"
    try:
        return f"was ended by {signal.Signals(-status).name}"
    except ValueError:
        return f"was ended by signal {-status}"


def kill_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Signal `process` and everything it started that stayed in its group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def remember(pid_file: Path, pid: int, command: Sequence[str]) -> None:
    """Note who runs, for `end_stale` of a later start."""
    pid_file.write_text(f"{pid}\n{' '.join(command)}\n")


def end_stale(pid_file: Path, seconds: float) -> None:
    """End what `remember` noted if it still runs: SIGTERM, and SIGKILL after `seconds`.

    Process ids are used again, so only one with the command noted is touched.
    """
    try:
        first, command = pid_file.read_text().split("\n", 1)
        pid = int(first)
    except (FileNotFoundError, ValueError):
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + seconds
        while _runs(pid, command.strip()) and time.monotonic() < deadline:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            time.sleep(_POLL_SECONDS)
    pid_file.unlink(missing_ok=True)


def _runs(pid: int, command: str) -> bool:
    return bool(command) and command in command_line(pid)


def command_line(pid: int) -> str:
    """The words of a process's command line, joined by blanks; empty when it is gone."""
    if sys.platform == "linux":
        try:
            raw = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return ""
        return raw.decode("utf-8", "replace").replace("\0", " ")
    else:  # noqa: RET505 - mypy follows the branch of this platform only
        listed = subprocess.run(
            ["ps", "-ww", "-o", "command=", "-p", str(pid)],
            capture_output=True,
            text=True,
            check=False,
        )
        return listed.stdout
