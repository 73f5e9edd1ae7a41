"""`python -m local`: a whole workspace on this machine."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from local.console import told


def in_process() -> Coroutine[Any, Any, None]:
    # Loading the libraries takes a second, in which a Ctrl-C is no reason for a traceback.
    from local.serve import serve  # noqa: PLC0415

    return serve(dict(os.environ))


def run(begin: Callable[[], Coroutine[Any, Any, None]]) -> int:
    """0 when stopped by a person, 1 after one line that says what is wrong."""
    return told(lambda: asyncio.run(begin()))


if __name__ == "__main__":
    sys.exit(run(in_process))
