"""`python -m bench [NAME [OPTIONS]]`: run every bench, or one. Fails when one is out of bounds."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

BENCHES = {
    "cold": "bench.cold.run",
    "memory": "bench.memory.run",
    "chat": "bench.chat.run",
}
"""By name the module whose `main(arguments)` prints what it measured and gives an exit code."""


def main(arguments: Sequence[str]) -> int:
    if arguments and arguments[0] not in BENCHES:
        sys.stderr.write(f"bench: there is no {arguments[0]!r}, only: {', '.join(BENCHES)}\n")
        return 2
    names, options = (arguments[:1], arguments[1:]) if arguments else (list(BENCHES), [])
    failed = [name for name in names if importlib.import_module(BENCHES[name]).main(options)]
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
