"""docs/functions.md: what was measured of functions, what they have, and what that costs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.memory.measured import Measured
from infra.cost.prices import MILLION, Prices
from infra.cost.usage import Sizes
from infra.profiles import APART, SHARED
from infra.topology import PROCESSOR, Function

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "functions.md"
FUNCTIONS: Mapping[str, Function] = {one.name: one for one in (*APART.functions, *SHARED.functions)}
"""Of both profiles: what some share in `idle` is one more."""
HEADROOM = 2
"""How many times its highest peak a function has at least."""
HOURS = 730
HEAD = """\
# Functions: memory, start, price

Written by `make bench BENCH=memory`, and never by hand. Measured on {date}, on
{machine}.
**Nothing of this has been measured on Lambda**: memory is what a process of the function's own
package had here at most (Lambda's program for Python included), and so are milliseconds of
processor. Prices are the list prices of [cost.md](cost.md).
"""


@dataclass(frozen=True, slots=True)
class Page:
    date: str
    machine: str
    rows: tuple[Measured, ...]

    def render(self) -> str:
        head = HEAD.format(date=self.date, machine=self.machine)
        parts = (head, _memory(self.rows), _starts(self.rows), _works(self.rows), _reasons())
        return "\n".join(parts)

    @classmethod
    def parse(cls, text: str) -> Page:
        """What was measured, of the page. Raises `ValueError` for none of ours."""
        said = re.search(r"Measured on (\S+), on\n(.+)\.\n", text)
        if said is None:
            raise ValueError("it does not say when it was measured")
        cells = _cells(text)
        return cls(said[1], said[2], tuple(_read(name, cells[name]) for name in cells))


def _read(name: str, cells: Mapping[str, str]) -> Measured:
    try:
        peaks = (float(cells[key]) for key in ("imported", "answered", "at most"))
        imported, answered, worked = peaks
        return Measured(
            name,
            imported,
            answered,
            worked,
            float(cells["import, ms"]),
            float(cells["first request, ms"]),
            cells["first request"],
            cells["what took most"],
        )
    except KeyError as error:
        raise ValueError(f"{name} lacks {error}") from None


def _cells(text: str) -> dict[str, dict[str, str]]:
    """Function -> column -> cell, of all tables."""
    found: dict[str, dict[str, str]] = {}
    head: list[str] = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|"):
            head = []
        elif not head:
            head = cells
        elif cells[0].startswith("`"):
            found.setdefault(cells[0].strip("`"), {}).update(zip(head, cells, strict=True))
    return found


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---", *("---:" for _ in head[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _memory(rows: Sequence[Measured]) -> str:
    head = ("function", "has", "imported", "answered", "at most", "times")
    body = [
        (
            f"`{row.function}`",
            str(FUNCTIONS[row.function].memory),
            f"{row.imported:.0f}",
            f"{row.answered:.0f}",
            f"{row.worked:.0f}",
            f"{FUNCTIONS[row.function].memory / row.worked:.1f}",
        )
        for row in rows
    ]
    return f"""## Memory

MB: what `infra/topology.py` gives it, and the highest that it had after its import, after its first
request and after its largest work. At least {HEADROOM} times that is the rule, which
`tests/infra/test_functions_page.py` holds: Lambda runs on another processor, and what people put
into a workspace is larger than what benches think of.

{_table(head, body)}"""


def _starts(rows: Sequence[Measured]) -> str:
    prices, ms = Prices(), Sizes().ms
    head = (
        *("function", "import, ms", "first request, ms", "cold start there, s"),
        *("a million runs, $", "SnapStart a month, $"),
    )
    body = []
    for row in rows:
        memory = FUNCTIONS[row.function].memory
        cold = (row.import_cpu + row.first_cpu) / 1000 / min(1.0, memory / PROCESSOR)
        seconds = MILLION * ms / 1000 * memory / 1024
        body.append(
            (
                f"`{row.function}`",
                f"{row.import_cpu:.0f}",
                f"{row.first_cpu:.0f}",
                f"{cold:.1f}",
                f"{seconds * prices.lambda_gb_second + prices.lambda_requests:.2f}",
                f"{_snapshot(memory):.2f}",
            )
        )
    return f"""## Start and price

Milliseconds of processor, without bytecode, as a package starts in Lambda, where nothing can be
kept beside it. A cold start there is computed from both: as much processor as the function's
memory brings ({PROCESSOR:,} MB are one). A run is taken to last {ms:g} ms. SnapStart is what it
costs to keep one version's snapshot.

{_table(head, body)}"""


def _snapshot(memory: int) -> float:
    """Dollars a month for keeping one."""
    return HOURS * 3600 * memory / 1024 * Prices().snapshot_gb_second


def _works(rows: Sequence[Measured]) -> str:
    body = [(f"`{row.function}`", row.first, row.largest) for row in rows]
    return f"""## What was asked

Of all works that `bench/memory/works.py` has for a function, the one that took most memory.

{_table(("function", "first request", "what took most"), body)}"""


def _reasons() -> str:
    prices = Prices()
    kept, longer = _snapshot(PROCESSOR), PROCESSOR / 512
    all_kept = sum(_snapshot(one.memory) for one in APART.functions)
    return f"""## Why so much

- **{PROCESSOR:,} MB**, one processor, is what functions have that somebody waits for. Memory alone
  would let them do with a quarter of it; cold starts would not, since Lambda gives processor in
  proportion: with 512 MB they would take {longer:.1f} times as long. It costs nothing in a small
  workspace, whose GB-seconds are free, and functions are a small part of the bill of a large one
  ([cost.md](cost.md)). What computes takes less time for its higher price; what waits, for the
  database most of all, is dearer.
- **512 MB** is what `deploy` and `mail` have, which nobody waits for.
- **Bytecode** would shorten cold starts more than memory does: most of an import here is compiling.
  Packages hold none, since it would have to be made by the very Python that Lambda runs.
- **SnapStart is off.** It would save the import, the larger part of a cold start, and not what the
  first request imports and connects. For that every function of profile `prod` would cost
  ${kept:.2f} a month while one version is published, all of them ${all_kept:,.0f}, and each
  restore ${prices.restored_gb:.7f} a GB: several times what `prod` costs while nobody uses it, and
  in use its functions are warm. Profile `idle` is to cost less than a dollar.
"""
