"""Measure, print, judge, and write docs/functions.md."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.cold.world import world
from bench.memory.directory import directory
from bench.memory.document import DOCUMENT, FUNCTIONS, HEADROOM, Page
from bench.memory.filling import fill
from bench.memory.measure import measure
from bench.memory.measured import Measured
from bench.processes import BenchFailedError
from bench.text import table
from infra.packages import Target, build
from infra.packages_wheels import PackagingError
from local.console import LocalError

ROUNDS = 3
BUILD = Path(__file__).resolve().parents[2] / "build" / "bench-memory"
MB = ("function", "has MB", "imported", "answered", "at most", "import, ms", "first request, ms")


def main(arguments: Sequence[str]) -> int:
    """Only of all functions together the page is written."""
    given = _parse(arguments)
    names = given.only or list(FUNCTIONS)
    try:
        packages = build(BUILD, Target.HOST, FUNCTIONS.values())
        with (
            tempfile.TemporaryDirectory() as folder,
            world(Path(folder)) as stage,
            directory(stage),
        ):
            fill(stage)
            found = [
                Measured.of(
                    [measure(stage, packages, FUNCTIONS[name]) for _ in range(given.rounds)]
                )
                for name in names
            ]
    except (BenchFailedError, LocalError, PackagingError) as error:
        sys.stderr.write(f"bench: {error}\n")
        return 1
    print(table(MB, [_row(one) for one in found]))
    if not given.only:
        now = datetime.now(UTC).date().isoformat()
        DOCUMENT.write_text(Page(now, machine(), tuple(found)).render(), "utf-8")
    short = [one for one in found if FUNCTIONS[one.function].memory < HEADROOM * one.worked]
    for one in short:
        print(f"Below {HEADROOM} times its peak: {one.function}, which had {one.worked:.0f} MB")
    return 1 if short else 0


def machine() -> str:
    """Of a kind, and no name of its own."""
    python = f"Python {platform.python_version()}"
    return f"{platform.system()} {platform.machine()} with {os.cpu_count()} processors and {python}"


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench memory", description="Measure memory")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", action="append", choices=list(FUNCTIONS), help="may be repeated")
    given = parser.parse_args(arguments)
    if given.rounds < 1:
        parser.error("there has to be a round")
    return given


def _row(one: Measured) -> tuple[str, ...]:
    numbers = (one.imported, one.answered, one.worked, one.import_cpu, one.first_cpu)
    return one.function, str(FUNCTIONS[one.function].memory), *(f"{each:.0f}" for each in numbers)
