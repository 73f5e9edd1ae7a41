"""What a supervised child process is, and how patient its supervisor is with it."""

from __future__ import annotations

import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.console import LocalError

Probe = Callable[[int, float], None]
"""Given the process id and how many seconds it may take. Whatever it raises says what is wrong."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Child:
    """What to run. `name` is how the console calls it; its output is appended to `log`.

    `ready` says when it may be used and `health` whether it still may. With a `pid_file`, what a
    killed parent left running is ended first (on Linux the kernel has done that already).
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    ready: Probe
    health: Probe
    pid_file: Path | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """In seconds, but for `failures` (probes in a row) and `restarts` (within `window`).

    The pause before a restart begins with `pause` and doubles up to `longest_pause`.
    """

    ready: float = 20.0
    stop: float = 10.0
    interval: float = 5.0
    probe: float = 5.0
    failures: int = 2
    pause: float = 1.0
    longest_pause: float = 4.0
    restarts: int = 5
    window: float = 300.0


class ChildFailed(LocalError):
    """It could not be started; `said` is what it wrote to its log."""

    def __init__(self, text: str, said: str = "") -> None:
        super().__init__(text)
        self.said = said


class Restarts:
    """Counts restarts, and says how long to wait before the next."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._begun: deque[float] = deque()

    def pause(self) -> float | None:
        """Count one more; seconds to wait before it, None when there were too many of late."""
        now, patience = time.monotonic(), self._patience
        while self._begun and self._begun[0] <= now - patience.window:
            self._begun.popleft()
        if len(self._begun) >= patience.restarts:
            return None
        pause = min(patience.pause * 2.0 ** len(self._begun), patience.longest_pause)
        self._begun.append(now)
        return pause


def ask(probe: Probe, process: subprocess.Popen[bytes], seconds: float) -> str:
    """What is wrong in one line, empty when nothing is."""
    try:
        probe(process.pid, seconds)
    except Exception as error:  # noqa: BLE001 - whatever a probe raises is its finding
        return " ".join(str(error).split()) or type(error).__name__
    return ""


def said_since(log: Path, start: int) -> str:
    """What was written to `log` from byte `start` on."""
    with log.open("rb") as file:
        file.seek(start)
        return file.read().decode("utf-8", "replace").strip()
