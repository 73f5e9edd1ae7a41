"""The embedded MongoDB server: SecantusDB as a supervised child process.

It is a separate program, found beside this interpreter and never imported.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pymongo
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from local.console import LocalError
from local.supervisor import Child, ChildFailed, Patience, Report, Supervisor

PROBES = "contrail_local"
"""A database of the supervisor's own: whatever is in the workspace's can be dumped as it is."""
_PORT_ATTEMPTS = 3
_PORT_TAKEN = "Address already in use"


class MongoChild:
    """One SecantusDB server on `data_dir`/mongo, logging to `data_dir`/logs/mongo.log.

    The caller holds the data folder (`DataDir`), so any other server on it is a left-over.
    """

    def __init__(self, data_dir: Path, patience: Patience | None = None) -> None:
        self._folder = data_dir.absolute()
        self._storage = self._folder / "mongo"
        self._log = self._folder / "logs" / "mongo.log"
        self._patience = patience
        self._supervisor: Supervisor | None = None
        self._port = 0

    @property
    def uri(self) -> str:
        """Where the server listens, also after it was restarted; valid after `start`.

        retryWrites is off because with it on each write slows from 1 to 11 ms after 10,000 writes.
        """
        return (
            f"mongodb://127.0.0.1:{self._port}/?directConnection=true&retryWrites=false"
            "&socketTimeoutMS=20000&w=majority"
        )

    @property
    def alive(self) -> bool:
        return self.pid is not None

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._supervisor.pid if self._supervisor is not None else None

    def start(self) -> None:
        """Start the server and wait until it takes writes. Raises LocalError; nothing is left then.

        From then on it is started again when it ends, on the same port. After `stop` a new start
        keeps the port and so the `uri` if it can.
        """
        program = Path(sys.executable).parent / "secantusd-py"
        if not program.is_file():
            raise LocalError(f"missing tool: {program} is not installed; run `make serve`")
        try:
            for folder in (self._storage, self._log.parent):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self._folder / "mongo.toml").touch(mode=0o600)
            self._start(program)
        except ChildFailed as error:
            text = f"cannot open the database in {self._storage}: {error} (log: {self._log})"
            raise LocalError(text) from None
        except OSError as error:
            raise LocalError(f"cannot start MongoDB on {self._storage}: {error}") from None

    def watch(self, on_restart: Report, on_give_up: Report) -> None:
        """Probe it from now on with writes, which it must take in time; see `Supervisor.watch`.

        Not before every collection and index is there: writing while they are made can stall the
        server for good.
        """
        if self._supervisor is None:
            raise RuntimeError("MongoDB was not started")
        self._supervisor.watch(on_restart, on_give_up)

    def stop(self) -> None:
        """End the server and wait until it is gone."""
        if self._supervisor is not None:
            self._supervisor.stop()

    def _start(self, program: Path) -> None:
        """On a port of our choice, which someone else may take before the server does."""
        for attempt in range(1, _PORT_ATTEMPTS + 1):
            self._port = _free_port(self._port)
            supervisor = Supervisor(self._child(program), self._patience)
            try:
                supervisor.start()
            except ChildFailed as error:
                if _PORT_TAKEN not in error.said or attempt == _PORT_ATTEMPTS:
                    raise
            else:
                self._supervisor = supervisor
                return

    def _child(self, program: Path) -> Child:
        command = [
            *(sys.executable, str(program)),
            # Without a file it would look for one in the working folder and at home.
            *("--config", str(self._folder / "mongo.toml")),
            *("--host", "127.0.0.1", "--port", str(self._port)),
            *("--storage-path", str(self._storage), "--sync-on-commit"),
            *("--cache-size", "256M", "--log-level", "WARNING"),
        ]
        return Child(
            name="MongoDB",
            command=command,
            environment={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
            log=self._log,
            ready=self._takes_writes,
            health=self._takes_writes,
            pid_file=self._folder / "mongo.pid",
        )

    def _takes_writes(self, pid: int, seconds: float) -> None:
        """Raises unless our own child, and not whoever else has the port, takes a write in time."""
        # The driver would go on trying for all that time where nobody listens.
        socket.create_connection(("127.0.0.1", self._port), seconds).close()
        milliseconds = int(seconds * 1000)
        client: MongoClient[dict[str, Any]] = MongoClient(
            self.uri,
            serverSelectionTimeoutMS=milliseconds,
            connectTimeoutMS=milliseconds,
            socketTimeoutMS=milliseconds,
        )
        try:
            with client, pymongo.timeout(seconds):
                serving = client.admin.command("serverStatus").get("pid")
                if serving != pid:
                    raise LocalError(f"port {self._port} is in use by process {serving}")
                now = datetime.now(UTC)
                client[PROBES]["probes"].replace_one({"_id": "probe"}, {"at": now}, upsert=True)
        except PyMongoError as error:
            raise LocalError(wording(error)) from None


def wording(error: PyMongoError) -> str:
    """The driver's first words, without its timeouts and its picture of the topology."""
    return re.split(r" \(configured timeouts|, Timeout: |, full error", str(error))[0]


def _free_port(wanted: int) -> int:
    """`wanted` if it is free (0: no wish), else any free port."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return int(probe.getsockname()[1])
    raise LocalError("no free port on 127.0.0.1")
