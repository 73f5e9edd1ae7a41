"""`python -m bench.simulate [SEED]`: rooms of 10 to 100,000 listeners, in under three minutes."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from dataclasses import replace

from bench.simulate.fanout import send
from bench.simulate.model import Model, Prices
from bench.simulate.report import HEAD, Line, line
from bench.text import table

RUNS = (
    *((10, False, 50), (100, False, 50), (1_000, False, 20), (10_000, False, 3)),
    *((100_000, False, 1), (10, True, 50), (100, True, 50), (1_000, True, 10), (10_000, True, 1)),
)
"""Listeners, whether they listen to everything, and how many messages."""
SMALLER = 2_500
"""Posts a second that some regions allow."""


def main(arguments: Sequence[str]) -> int:
    seed = int(arguments[0]) if arguments else 1
    logging.getLogger("contrail").setLevel(logging.CRITICAL)
    model = Model()
    out = sys.stdout.write
    out(f"seed {seed}; {model.posts:,} posts a second for the account\n\n")
    rows = [_line(seed, model, *run) for run in RUNS]
    out(table(HEAD, [row.cells() for row in rows]) + "\n\n")
    out("messages a second at which the account's posts are used up\n")
    out(table(("listeners", "listens to", "a second"), [_limit(model, row) for row in rows]) + "\n")
    out(f"\nwhere a region allows {SMALLER:,} posts a second\n")
    few = replace(model, posts=SMALLER)
    out(table(HEAD, [_line(seed, few, 10_000, False, 1).cells()]) + "\n")
    return 0


def _line(seed: int, model: Model, listeners: int, everything: bool, times: int) -> Line:
    outcomes = [
        send(listeners, everything=everything, model=model, seed=seed + number)
        for number in range(times)
    ]
    return line(outcomes, Prices(), everything=everything)


def _limit(model: Model, row: Line) -> tuple[str, ...]:
    listeners, kind, *_ = row.cells()
    return listeners, kind, f"{model.posts / row.posts:,.2f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
