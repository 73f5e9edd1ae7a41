"""`python -m local` as a person runs it: a process with a port, a folder and an environment."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from pymongo import MongoClient
from rocketchat_API.rocketchat import RocketChat

ROOT = Path(__file__).parents[2]
READY = "Contrail is ready.\n"
LAST_LINE = "Ctrl-C stops it.\n"
PATIENCE = 90.0
"""Seconds after which a program that says nothing more is killed, and the test fails."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(condition: Callable[[], bool], seconds: float = 30) -> bool:
    """Whether it holds, now or within that time."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def running(pid: int) -> bool:
    """Whether the process runs; one that nobody has reaped yet does not."""
    listed = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return bool(listed.stdout.strip()) and not listed.stdout.startswith("Z")


class Program:
    """Starts at once; leaving the context kills what is still there.

    The environment holds nothing but PATH, PYTHONPATH, PORT, DATA_DIR and `variables`.
    """

    def __init__(
        self,
        data: Path,
        *,
        python: str = sys.executable,
        module: str = "local",
        **variables: str,
    ) -> None:
        self.data = data
        port = variables.setdefault("PORT", str(free_port()))
        self.url = f"http://localhost:{port}"
        self.seconds = 0.0
        self._log_start = self._log.stat().st_size if self._log.exists() else 0
        self._started = time.monotonic()
        self.process = subprocess.Popen(
            [python, "-m", module],
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/common/python'}",
                "DATA_DIR": str(data),
                **variables,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def say(self, line: str) -> str:
        """What it prints up to and with `line`; `seconds` is then the time since its start."""
        said = ""
        watchdog = threading.Timer(PATIENCE, self.process.kill)
        watchdog.start()
        assert self.process.stdout is not None
        try:
            while line not in said:
                heard = self.process.stdout.readline()
                assert heard, f"it ended: {said}{self.process.communicate()[1]}"
                said += heard
        finally:
            watchdog.cancel()
        self.seconds = time.monotonic() - self._started
        return said

    def ready(self) -> str:
        """The ready screen, once it is there."""
        self.say(READY)
        seconds = self.seconds
        screen = self.say(LAST_LINE)
        self.seconds = seconds
        return screen

    def ended(self, seconds: float = 10.0) -> tuple[int, str]:
        """The exit code and what stderr got, when it ends by itself in time."""
        try:
            errors = self.process.communicate(timeout=seconds)[1]
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {seconds} s") from None
        return self.process.returncode, errors

    def left(self) -> list[str]:
        """Processes of its group, and any that has the data folder on its command line."""
        return [command for _, command in self._processes()]

    def kill(self) -> None:
        """SIGKILL to all of it at once; then nothing is left."""
        for pid, _ in self._processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        assert eventually(lambda: not self._processes())

    @property
    def database_pid(self) -> int:
        """The embedded server's."""
        return int((self.data / "mongo.pid").read_text().split()[0])

    def database(self) -> MongoClient[dict[str, Any]]:
        """The embedded server itself."""
        words = (self.data / "mongo.pid").read_text().split()
        port = words[words.index("--port") + 1]
        uri = f"mongodb://127.0.0.1:{port}/?directConnection=true&retryWrites=false"
        return MongoClient(uri, tz_aware=True)

    def logged(self, *levels: str) -> list[dict[str, Any]]:
        """The lines of these levels in the log since this start."""
        with self._log.open("rb") as log:
            log.seek(self._log_start)
            lines = [json.loads(line) for line in log]
        return [line for line in lines if line["level"] in levels]

    @property
    def _log(self) -> Path:
        return self.data / "logs" / "contrail.log"

    def _processes(self) -> list[tuple[int, str]]:
        listed = subprocess.run(
            ["ps", "-A", "-ww", "-o", "pid=,pgid=,stat=,args="],
            capture_output=True,
            text=True,
            check=True,
        )
        found = []
        for line in listed.stdout.splitlines():
            pid, group, state, command = line.split(None, 3)
            mine = int(group) == self.process.pid or f"{self.data}/" in command
            if mine and not state.startswith("Z"):
                found.append((int(pid), command))
        return found

    def client(self, user: str, password: str) -> Any:
        """A real client, logged in."""
        return RocketChat(user, password, server_url=self.url)
