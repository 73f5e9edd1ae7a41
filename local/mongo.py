"""The embedded MongoDB server: SecantusDB as a supervised child process.

It is a separate program, found beside this interpreter and never imported.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from local.console import LocalError

READY_SECONDS = 20.0
STOP_SECONDS = 10.0
_POLL_SECONDS = 0.05
_PORT_ATTEMPTS = 3
_PORT_TAKEN = "Address already in use"

# Runs in the child before the server does: on Linux the kernel then kills it when we die, however
# we die. SIGKILL, because with --sync-on-commit nothing acknowledged is lost and the successor
# finds the storage free at once. A preexec_fn could deadlock, since we have threads.
_LAUNCH = """
import os, sys
if sys.platform == "linux":
    import ctypes, signal
    ctypes.CDLL(None).prctl(1, int(signal.SIGKILL))  # PR_SET_PDEATHSIG
if os.getppid() != int(sys.argv[1]):
    sys.exit("the parent is gone")
os.execv(sys.argv[2], sys.argv[2:])
"""


class MongoChild:
    """One SecantusDB server on `data_dir`/mongo, logging to `data_dir`/logs/mongo.log.

    The caller holds the data folder (`DataDir`), so any other server on it is a left-over.
    """

    def __init__(self, data_dir: Path) -> None:
        self._storage = data_dir.absolute() / "mongo"
        self._log = data_dir.absolute() / "logs" / "mongo.log"
        self._config = data_dir.absolute() / "mongo.toml"
        self._pid_file = data_dir.absolute() / "mongo.pid"
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._port = 0
        self._stopping = False
        self._serving = False
        self._death: str | None = None
        self._on_death: Callable[[str], None] | None = None

    @property
    def uri(self) -> str:
        """Where the server listens; valid after `start`.

        retryWrites is off because with it on each write slows from 1 to 11 ms after 10,000 writes.
        """
        return (
            f"mongodb://127.0.0.1:{self._port}/?directConnection=true&retryWrites=false"
            "&socketTimeoutMS=20000&w=majority"
        )

    @property
    def alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._child.pid if self._child is not None and self.alive else None

    def start(self) -> None:
        """Start the server and wait until it answers. Raises LocalError; then nothing is left.

        After `stop`, or after it died, a new start keeps the port and so the `uri` if it can.
        """
        if self.alive:
            return
        program = Path(sys.executable).parent / "secantusd-py"
        if not program.is_file():
            raise LocalError(f"missing tool: {program} is not installed; run `make serve`")
        try:
            for folder in (self._storage, self._log.parent):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._config.touch(mode=0o600)
            _end_stale(self._pid_file, self._storage)
            self._launch(program)
        except OSError as error:
            self.stop()
            raise LocalError(f"cannot start MongoDB on {self._storage}: {error}") from None
        except BaseException:  # a Ctrl-C while waiting must not leave the server behind either
            self.stop()
            raise

    def stop(self) -> None:
        """End the server: SIGTERM, and SIGKILL if it is still there after STOP_SECONDS."""
        with self._lock:
            self._stopping = True
        child = self._child
        if child is None:
            return
        child.terminate()
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        self._pid_file.unlink(missing_ok=True)

    def watch(self, on_death: Callable[[str], None]) -> None:
        """Have `on_death` called once, on another thread, with one line if the server dies.

        A death that has already happened is reported at once; one asked for by `stop` never is.
        """
        with self._lock:
            self._on_death = on_death
            death, self._death = self._death, None
        if death is not None:
            on_death(death)

    def _launch(self, program: Path) -> None:
        for _ in range(_PORT_ATTEMPTS):
            self._port = _free_port(self._port)
            log_start = self._log.stat().st_size if self._log.exists() else 0
            child = self._spawn(program)
            if self._answers(child):
                return
            gave_up = child.poll() is None
            self.stop()
            with self._log.open("rb") as log:
                log.seek(log_start)
                said = log.read().decode("utf-8", "replace").strip()
            if _PORT_TAKEN not in said:
                break
        else:
            raise LocalError(f"no free port for MongoDB on 127.0.0.1; see {self._log}")
        if gave_up:
            why = f"no answer within {READY_SECONDS:.0f} s"
        else:
            why = said.splitlines()[-1] if said else f"it ended with status {child.returncode}"
        raise LocalError(f"cannot open the database in {self._storage}: {why} (log: {self._log})")

    def _spawn(self, program: Path) -> subprocess.Popen[bytes]:
        self._stopping = self._serving = False
        self._death = None
        started: Future[subprocess.Popen[bytes]] = Future()
        # The kernel ties the child to the thread that made it, so that thread stays with it.
        threading.Thread(
            target=self._supervise, args=(program, started), name="mongo", daemon=True
        ).start()
        self._child = started.result()
        self._pid_file.write_text(f"{self._child.pid}\n")
        return self._child

    def _supervise(self, program: Path, started: Future[subprocess.Popen[bytes]]) -> None:
        try:
            with self._log.open("ab") as log:
                child = subprocess.Popen(
                    self._command(program),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
                    start_new_session=True,  # a terminal's Ctrl-C must reach us first
                )
        except OSError as error:
            started.set_exception(error)
            return
        started.set_result(child)
        status = child.wait()
        with self._lock:
            if self._stopping or not self._serving:
                return
            line = f"MongoDB (pid {child.pid}) ended with status {status}; see {self._log}"
            report = self._on_death
            if report is None:
                self._death = line
        if report is not None:
            report(line)

    def _command(self, program: Path) -> list[str]:
        server = [
            *(sys.executable, str(program)),
            *("--config", str(self._config)),  # else it would look in the working folder and ~
            *("--host", "127.0.0.1", "--port", str(self._port)),
            *("--storage-path", str(self._storage), "--sync-on-commit"),
            *("--cache-size", "256M", "--log-level", "WARNING"),
        ]
        return [sys.executable, "-I", "-S", "-c", _LAUNCH, str(os.getpid()), *server]

    def _answers(self, child: subprocess.Popen[bytes]) -> bool:
        """Wait for our own child to answer; whoever else got the port first does not count."""
        deadline = time.monotonic() + READY_SECONDS
        while child.poll() is None and time.monotonic() < deadline:
            if _listening(self._port) and _server_pid(self.uri) == child.pid:
                with self._lock:  # from here on its end is a death, not a failed start
                    self._serving = child.poll() is None
                return self._serving
            time.sleep(_POLL_SECONDS)
        return False


def _free_port(wanted: int) -> int:
    """`wanted` if it is free (0: no wish), else any free port."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return int(probe.getsockname()[1])
    raise LocalError("no free port on 127.0.0.1")


def _listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _server_pid(uri: str) -> int | None:
    client: MongoClient[dict[str, object]] = MongoClient(uri, serverSelectionTimeoutMS=1000)
    try:
        client.admin.command("ping")
        pid = client.admin.command("serverStatus").get("pid")
    except PyMongoError:
        return None
    finally:
        client.close()
    return pid if isinstance(pid, int) else None


def _end_stale(pid_file: Path, storage: Path) -> None:
    """End the server that a killed parent left on `storage`, and only that."""
    try:
        pid = int(pid_file.read_text())
    except (FileNotFoundError, ValueError):
        return
    for signum in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + STOP_SECONDS
        while _is_server(pid, storage) and time.monotonic() < deadline:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signum)
            time.sleep(_POLL_SECONDS)
    pid_file.unlink(missing_ok=True)


def _is_server(pid: int, storage: Path) -> bool:
    """Whether `pid` is a server on `storage`; pids are reused, so the command line decides."""
    entry = Path(f"/proc/{pid}/cmdline")
    if sys.platform == "linux":
        try:
            command = entry.read_bytes().decode("utf-8", "replace").replace("\0", " ")
        except OSError:
            return False
    else:
        listed = subprocess.run(
            ["ps", "-ww", "-o", "command=", "-p", str(pid)],
            capture_output=True,
            text=True,
            check=False,
        )
        command = listed.stdout
    return "secantusd-py" in command and f"--storage-path {storage} " in command
