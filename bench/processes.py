"""How benches start a function: in a process that finds its package and the layer alone."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.packages import Packages
from infra.topology import Function

NOTHING = Path("/")
"""Where a child works: no module of the checkout can be found from there."""


class BenchFailedError(RuntimeError):
    """A function did not start, or did not do what it was asked."""


@dataclass(frozen=True, slots=True)
class Start:
    """`compiled` is where bytecode is kept; without it every start compiles, and keeps nothing."""

    packages: Packages
    compiled: Path | None

    def command(self, child: Path, options: Sequence[str] = ()) -> list[str]:
        keep = ("-X", f"pycache_prefix={self.compiled}") if self.compiled else ("-B",)
        return [sys.executable, "-S", "-P", *keep, *options, str(child)]

    def environment(
        self, function: Function, variables: Mapping[str, str], *more: Path
    ) -> dict[str, str]:
        site = self.packages.layer / "python"
        path = (self.packages.functions[function.name], site, *more)
        return {**variables, "PYTHONPATH": ":".join(map(str, path))}
