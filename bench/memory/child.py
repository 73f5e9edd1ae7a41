"""A function in a process of its own. Reads a line for each thing to do, and answers with one.

The first line names the handler, as Lambda is told it; each further one is an event. An answer
is `{"peak", "cpu", "answer"}`: MB of memory at most until then, and milliseconds of processor for
this step. The program that runs handlers in Lambda is imported first: its memory counts there.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

MARK = "answered "


def peak() -> float:
    """Of this process alone: what `getrusage` says starts with what its parent had."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def main() -> None:
    importlib.import_module("awslambdaric.bootstrap")
    answer: Any = None
    handler: Any = None
    for line in sys.stdin:
        given = json.loads(line)
        began = time.process_time()
        if handler is None:
            module, _, name = str(given).rpartition(".")
            handler = getattr(importlib.import_module(module), name)
        else:
            answer = handler(given, None)
        spent = (time.process_time() - began) * 1000
        said = json.dumps({"peak": peak(), "cpu": spent, "answer": answer})
        sys.stdout.write(f"\n{MARK}{said}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
