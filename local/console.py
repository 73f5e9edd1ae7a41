"""What the local runtime says to the person at the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path


class LocalError(Exception):
    """Something the person can put right; its text is one clear line, shown without a traceback."""


def told(work: Callable[[], None]) -> int:
    """Do it. 0, also when a person stopped it; 1 after one line that says what is wrong."""
    try:
        work()
    except KeyboardInterrupt:
        return 0
    except LocalError as error:
        print(f"contrail: {' '.join(str(error).splitlines())}", file=sys.stderr)
        return 1
    return 0


def step(text: str) -> None:
    """Print one progress line at once, also when the output is a pipe."""
    print(text, flush=True)


def ready_screen(url: str, *, admin: str | None, data_dir: Path, notes: Sequence[str] = ()) -> str:
    """The one screen shown when the workspace answers.

    `admin` is the administrator's username, None while nobody has registered yet; `notes` are
    further lines worth knowing, such as that TEST_MODE is on.
    """
    rows = [
        ("Open", url),
        ("Admin", admin or "the first person to register becomes admin"),
        ("Data", str(data_dir)),
        ("Logs", str(data_dir / "logs")),
    ]
    lines = ["", "Contrail is ready.", ""]
    lines += [f"  {name:<6} {value}" for name, value in rows]
    if notes:
        lines += ["", *(f"  {note}" for note in notes)]
    return "\n".join([*lines, "", "Ctrl-C stops it.", ""])
