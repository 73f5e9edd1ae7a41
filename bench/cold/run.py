"""Measure, print, judge."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from bench.cold.imports import slowest
from bench.cold.measure import Spent, Starter
from bench.cold.requests import REQUESTS, First
from bench.cold.world import World, world
from bench.processes import BenchFailedError
from bench.text import table
from infra.packages import Packages, Target, build
from infra.packages_wheels import PackagingError
from infra.topology import FUNCTIONS
from local.console import LocalError

Pair = tuple[Spent, Spent]
BOUND = 2.0
ROUNDS, MODULES = 5, 15
BUILD = Path(__file__).resolve().parents[2] / "build" / "bench"
ABOUT = f"""\
Cold start, import plus first request, against importing boto3, pymongo and pydantic, creating one
client of AWS and connecting to the database. The bound is {BOUND:g} x, in time on the clock.
Each start is a process of its own that runs the function's package as built for this machine,
after the interpreter is up, and is compared with a baseline started right before it; medians. Both
connect to the database, both have {{bytecode}}. Database and AWS (moto, and a server that takes
posts and calls) are on this machine and warm: calls to them count, a network and TLS do not."""


def main(arguments: Sequence[str]) -> int:
    given = _parse(arguments)
    # Nobody waits for what a deployment calls.
    asked = {one.name for one in FUNCTIONS if not one.deploys}
    missing = asked - {one.function for one in REQUESTS}
    if missing:
        sys.stderr.write(f"bench: no first request is known of: {', '.join(sorted(missing))}\n")
        return 1
    try:
        packages = build(BUILD, Target.HOST)
        with tempfile.TemporaryDirectory() as folder, world(Path(folder)) as stage:
            return _judge(given, stage, packages)
    except (BenchFailedError, LocalError, PackagingError) as error:
        sys.stderr.write(f"bench: {error}\n")
        return 1


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench cold", description="Measure cold starts")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    names = sorted({one.function for one in REQUESTS})
    parser.add_argument("--only", action="append", choices=names, help="may be repeated")
    parser.add_argument("--profile", action="store_true", help="imports of all, not the slowest's")
    parser.add_argument("--uncompiled", action="store_true", help="as packages are: no bytecode")
    given = parser.parse_args(arguments)
    if given.rounds < 1:
        parser.error("there has to be a round")
    return given


def _judge(given: argparse.Namespace, stage: World, packages: Packages) -> int:
    starter = Starter(stage, packages, None if given.uncompiled else BUILD / "compiled")
    wanted = [one for one in REQUESTS if not given.only or one.function in given.only]
    print(ABOUT.format(bytecode="no bytecode" if given.uncompiled else "their bytecode"))
    pairs = _measure(starter, wanted, given.rounds)
    ratios = {
        one: median(took.wall / base.wall for base, took in its) for one, its in pairs.items()
    }
    print("\n" + _table(pairs, ratios))
    slow = [one for one in wanted if ratios[one] > BOUND]
    worst = max(wanted, key=lambda one: ratios[one])
    for one in wanted if given.profile else dict.fromkeys([worst, *slow]):
        _print_profile(starter, one)
    print()
    for one in slow:
        print(f"Above the bound: {one.function}, {one.what}: {ratios[one]:.2f} x")
    print(f"{given.rounds} rounds; the slowest is {worst.function} with {ratios[worst]:.2f} x.")
    return 1 if slow else 0


def _measure(starter: Starter, wanted: Sequence[First], rounds: int) -> dict[First, list[Pair]]:
    """Each request with the baseline right before it. A round before the others is not counted:
    it compiles, and what is asked for the first time elsewhere takes longer."""
    pairs: dict[First, list[Pair]] = {one: [] for one in wanted}
    for number in range(-1, rounds):
        for one in wanted:
            pair = (starter.baseline(), starter.first(one))
            if number >= 0:
                pairs[one].append(pair)
    return pairs


def _table(pairs: Mapping[First, Sequence[Pair]], ratios: Mapping[First, float]) -> str:
    head = ("function", "first request", "ms", "CPU ms", "ratio", "CPU ratio")
    bases = Spent.middle([base for its in pairs.values() for base, _ in its])
    rows = [("(baseline)", "", *_milliseconds(bases), "", "")]
    for one, its in pairs.items():
        cpu = median(took.cpu / base.cpu for base, took in its)
        spent = _milliseconds(Spent.middle([took for _, took in its]))
        rows.append((one.function, one.what, *spent, f"{ratios[one]:.2f}", f"{cpu:.2f}"))
    return table(head, rows)


def _milliseconds(spent: Spent) -> tuple[str, str]:
    return f"{spent.wall * 1000:.0f}", f"{spent.cpu * 1000:.0f}"


def _print_profile(starter: Starter, one: First) -> None:
    found = slowest(starter.profile(one), MODULES)
    print(f"\nImports of {one.function}, {one.what}: the {MODULES} slowest by their own time")
    print("\n".join(f"  {spent:7.1f} ms  {name}" for name, spent in found))
