"""`make audit`: known holes in the libraries that are locked.

pip-audit asks PyPI and npm its registry. Where none of them answers nothing is known, which is said
and is no success: 1 for holes, 2 where a database could not be asked.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PIP_AUDIT = Path("build/audit/bin/pip-audit")
PYTHON = ("run", "upload", "local", "dev")
NODE = (".", "tests/clients/embedded")
FOUND, UNKNOWN = 1, 2
TIMEOUT = 300


@dataclass(frozen=True, slots=True)
class Audit:
    """What is known of one lock: `holes` in words; `asked` False where nobody answered."""

    lock: str
    holes: tuple[str, ...] = ()
    asked: bool = True


def of_python(lock: str, output: str) -> Audit:
    """Of pip-audit's JSON. One that PyPI does not know of is one that was not asked about."""
    told = _read(output).get("dependencies", [])
    asked = [one for one in told if "vulns" in one]
    holes = [
        f"{one['name']} {one['version']}: {hole['id']}" for one in asked for hole in one["vulns"]
    ]
    return Audit(lock, tuple(holes), asked=bool(told) and len(asked) == len(told))


def of_node(lock: str, output: str) -> Audit:
    """Of npm's JSON."""
    told = _read(output)
    found = told.get("vulnerabilities")
    if not isinstance(found, dict):
        return Audit(lock, asked=False)
    holes = (f"{name}: {one.get('severity', 'unknown')}" for name, one in sorted(found.items()))
    return Audit(lock, tuple(holes))


def outcome(audits: Iterable[Audit]) -> tuple[int, str]:
    """What to end with, and what to say."""
    code, lines = 0, []
    for one in audits:
        said = "; ".join(one.holes) or ("nothing known" if one.asked else "NOT ASKED")
        lines.append(f"{one.lock:36} {said}")
        if one.holes:
            code = FOUND
        elif not one.asked and code == 0:
            code = UNKNOWN
    if code == UNKNOWN:
        lines.append("No database of vulnerabilities answered for these: nothing is known of them.")
    return code, "\n".join(lines)


def _read(output: str) -> dict[str, Any]:
    try:
        told = json.loads(output)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _run(*command: str | Path, folder: str = ".") -> str:
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout


def main() -> int:
    audits = []
    for name in PYTHON:
        lock = f"requirements/{name}.txt"
        options = ("--disable-pip", "--require-hashes", "--progress-spinner", "off", "-f", "json")
        audits.append(of_python(lock, _run(PIP_AUDIT, *options, "-r", lock)))
    for folder in NODE:
        output = _run("npm", "audit", "--json", "--package-lock-only", folder=folder)
        audits.append(of_node(f"{folder}/package-lock.json", output))
    code, said = outcome(audits)
    sys.stdout.write(f"{said}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
