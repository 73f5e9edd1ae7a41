"""The folder that holds a local workspace: its database, its logs and its secrets."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from pathlib import Path
from types import TracebackType

from local.console import LocalError

SECRET_NAMES = ("token-signing-key",)
_SECRET_BYTES = 48


class DataDir:
    """A data folder that this process alone uses, from construction until `close`.

    Creates the folder (0700) with `mongo/` and `logs/`. Raises LocalError when the path cannot be
    used or when another process holds it.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path).expanduser().absolute()
        self.mongo = self.path / "mongo"
        self.logs = self.path / "logs"
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = _take_lock(self.path)
        except FileExistsError:
            raise LocalError(f"the data folder {self.path} is a file, not a folder") from None
        except OSError as error:
            raise LocalError(_unusable(self.path, error)) from None
        try:
            self.mongo.mkdir(mode=0o700, exist_ok=True)
            self.logs.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            self.close()
            raise LocalError(_unusable(self.path, error)) from None

    def __enter__(self) -> DataDir:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the next process have the folder. The lock file stays: deleting it would race."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def secrets(self) -> dict[str, str]:
        """The workspace's secrets by name (SECRET_NAMES); each is made once and then kept."""
        file = self.path / "secrets.json"
        try:
            known = _read_secrets(file)
            missing = {
                n: secrets.token_urlsafe(_SECRET_BYTES) for n in SECRET_NAMES if n not in known
            }
            if missing:
                known |= missing
                _write_private(file, json.dumps(known, indent=2) + "\n")
            file.chmod(0o600)
        except OSError as error:
            raise LocalError(_unusable(file, error)) from None
        return known


def _unusable(path: Path, error: OSError) -> str:
    return f"cannot use {error.filename or path}: {error.strerror or error}"


def _take_lock(folder: Path) -> int:
    """The descriptor whose flock is held; children do not inherit it, so it dies with us."""
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(lock, 32, 0).decode("ascii", "replace").strip() or "unknown"
        os.close(lock)
        message = f"another Contrail is already running on {folder} (pid {holder})"
        raise LocalError(message) from None
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    return lock


def _read_secrets(file: Path) -> dict[str, str]:
    try:
        known = json.loads(file.read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError:
        known = None
    if not isinstance(known, dict) or not all(isinstance(v, str) and v for v in known.values()):
        raise LocalError(
            f"{file} is damaged: restore it from a backup, or delete it (everyone signs in again)"
        )
    return known


def _write_private(file: Path, text: str) -> None:
    """Replace `file` so that a crash leaves the old text or the new, readable by the owner only."""
    draft = file.with_name(file.name + ".tmp")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
