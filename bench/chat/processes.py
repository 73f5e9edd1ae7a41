"""What processes take: CPU seconds and memory, from /proc."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
STORES = re.compile("secantus|nanio|local.blobs|chat.canned")
"""What a command line of an embedded store says."""


@dataclass(frozen=True)
class Spent:
    """CPU seconds: of our processes, and of the embedded stores."""

    own: float
    stores: float

    def __sub__(self, other: Spent) -> Spent:
        return Spent(self.own - other.own, self.stores - other.stores)


def spent(pid: int) -> Spent:
    """By a process and all that it started, up to now."""
    own = stores = 0.0
    for one in _tree(pid):
        fields = _stat(one)
        seconds = (int(fields[11]) + int(fields[12])) / TICKS
        if STORES.search(_command(one)):
            stores += seconds
        else:
            own += seconds
    return Spent(own, stores)


def memory(pid: int) -> int:
    """Bytes that a process and those it started hold, what they share divided; no stores."""
    total = 0
    for one in _tree(pid):
        if not STORES.search(_command(one)):
            rollup = Path(f"/proc/{one}/smaps_rollup").read_text()
            total += int(re.findall(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)[0]) * 1024
    return total


def _tree(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += _tree(int(child))
    return found


def _stat(pid: int) -> list[str]:
    # The name in parentheses may hold spaces.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
