"""`python -m local.isolated`: a whole workspace, each function in processes of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Coroutine
from functools import partial
from pathlib import Path
from typing import Any

from local.__main__ import run


def isolated() -> Coroutine[Any, Any, None]:
    from local.isolated.names import keys  # noqa: PLC0415
    from local.isolated.runtime import IsolatedRuntime  # noqa: PLC0415 - takes a second
    from local.serve import serve  # noqa: PLC0415

    folder = Path(os.environ.get("DATA_DIR") or "data").expanduser().absolute()
    return serve(dict(os.environ), partial(IsolatedRuntime, folder=folder), keys())


if __name__ == "__main__":
    sys.exit(run(isolated))
