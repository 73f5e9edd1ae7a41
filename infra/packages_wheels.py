"""Third-party code of the packages: the locked requirements, installed once and kept.

`build/wheels/<target>-<hash>` holds one installation; whatever it was made from is in the hash.
"""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
import tempfile
from enum import Enum
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
REQUIREMENTS = ROOT / "requirements"
KEPT = ROOT / "build" / "wheels"
PATIENCE = 600
"""Seconds that an installation may take."""
IN_THE_IMAGE = "boto3"
"""What Lambda's image for Python has; what only this needs is there too."""
RUNTIME = "awslambdaric"
NAMED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^]]*\])?==")
UNUSED = ("*.pyi", "__pycache__", "tests")


class Target(Enum):
    """Where packages run: Lambda's python3.13 on arm64, or this machine and interpreter."""

    LAMBDA = "lambda"
    HOST = "host"

    @property
    def options(self) -> tuple[str, ...]:
        if self is Target.LAMBDA:
            return ("--python-version", "3.13", "--python-platform", "aarch64-manylinux_2_28")
        return ()


class PackagingError(RuntimeError):
    """What went wrong, with the installer's last words."""


def libraries(target: Target) -> Path:
    """A folder with what the functions import at run time."""
    lock = (REQUIREMENTS / "run.txt").read_text("utf-8")
    if target is Target.LAMBDA:
        lock = _without(lock, needs({IN_THE_IMAGE}) - needs(_wanted() - {IN_THE_IMAGE}))
    return _installed(target, "layer", lock)


def own(target: Target, service: str) -> Path | None:
    """A folder with what this service alone imports, None for those that need nothing more."""
    locked = REQUIREMENTS / f"{service}.txt"
    return _installed(target, service, locked.read_text("utf-8")) if locked.exists() else None


def runtime(target: Target) -> Path:
    """A folder with the program that runs a handler, which Lambda's image has in /var/runtime."""
    lock = (REQUIREMENTS / "dev.txt").read_text("utf-8")
    return _installed(target, "runtime", _without(lock, set(_blocks(lock)) - needs({RUNTIME})))


def needs(names: set[str]) -> set[str]:
    """Canonical names of these requirements and all that they need, on whatever platform."""
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [Requirement(name) for name in names]
    while waiting:
        one = waiting.pop()
        place = (canonicalize_name(one.name), frozenset(one.extras))
        if place in seen:
            continue
        seen.add(place)
        try:
            listed = requires(one.name) or []
        except PackageNotFoundError:  # it is for another platform than this one
            continue
        waiting += [needed for needed in map(Requirement, listed) if _applies(needed, one.extras)]
    return {name for name, _ in seen}


def _applies(needed: Requirement, extras: set[str]) -> bool:
    if needed.marker is None or "extra" not in str(needed.marker):
        return True
    return any(needed.marker.evaluate({"extra": extra}) for extra in extras)


def _wanted() -> set[str]:
    lines = (REQUIREMENTS / "run.in").read_text("utf-8").splitlines()
    return {line.strip() for line in lines if line.strip() and not line.startswith(("#", "-"))}


def _blocks(lock: str) -> dict[str, str]:
    """Canonical name -> its lines in a lock file."""
    blocks: dict[str, str] = {}
    name = ""
    for line in lock.splitlines(keepends=True):
        begins = NAMED.match(line)
        if begins:
            name = canonicalize_name(begins[1])
        if name and not line.lstrip().startswith("#"):
            blocks[name] = blocks.get(name, "") + line
    return blocks


def _without(lock: str, names: set[str]) -> str:
    return "".join(text for name, text in _blocks(lock).items() if name not in names)


def _installed(target: Target, part: str, lock: str) -> Path:
    made_from = (lock, *target.options, sys.version, platform.machine(), Path(__file__).read_text())
    digest = sha256("\0".join(made_from).encode()).hexdigest()[:16]
    kept = KEPT / f"{target.value}-{part}-{digest}"
    if kept.is_dir():
        return kept
    KEPT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=KEPT, prefix=".making-") as scratch:
        fresh = Path(scratch) / "site"
        _install(target, lock, fresh)
        _strip(fresh)
        try:
            fresh.rename(kept)
        except OSError:
            if not kept.is_dir():  # else another build was quicker
                raise
    return kept


def _install(target: Target, lock: str, into: Path) -> None:
    locked = into.with_name("requirements.txt")
    locked.write_text(lock, "utf-8")
    command = [
        # With the certificates that pip trusts too: there may be a proxy on the way.
        *(sys.executable, "-m", "uv", "pip", "install", "--quiet", "--system-certs"),
        *("--target", str(into), "--python", sys.executable),
        *target.options,
        *("--only-binary", ":all:", "--require-hashes", "--no-deps", "--link-mode", "copy"),
        *("-r", str(locked)),
    ]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise PackagingError(f"installing took more than {PATIENCE} s") from None
    if done.returncode:
        raise PackagingError(f"uv failed: {done.stderr.strip()}")


def _strip(site: Path) -> None:
    """Only what is imported stays, and each distribution's METADATA: scanners look for it."""
    unused = [path for pattern in UNUSED for path in site.rglob(pattern)]
    unused += [site / "bin", *site.glob(".*")]
    unused += [path for path in site.glob("*.dist-info/*") if path.name != "METADATA"]
    for path in unused:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
