"""Keeps one child process alive: probes it, and starts it again when it ends or hangs."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

from contrail.shapes.logs import note, warn
from local.child import Child, ChildFailed, Patience, Probe, Restarts, ask, said_since
from local.console import step
from local.processes import end_stale, ending, kill_group, remember, spawn

__all__ = ["Child", "ChildFailed", "Patience", "Probe", "Report", "Supervisor"]

_POLL_SECONDS = 0.05
Report = Callable[[str], None]
"""Given one line. Called on the supervisor's thread: be quick, raise nothing, don't `stop` it."""


class Supervisor:
    """`start`, `watch` if it is to be probed, `stop`. It may be started again after `stop`."""

    def __init__(self, child: Child, patience: Patience | None = None) -> None:
        self._child = child
        self._patience = patience or Patience()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._serving = False
        self._hangs = ""
        self._restarts = Restarts(self._patience)
        self._given_up = ""
        self._on_restart: Report | None = None
        self._on_give_up: Report | None = None

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def start(self) -> None:
        """Start the child and wait until it is ready; from then on it is started again if it ends.

        Raises ChildFailed or OSError; then nothing is left running.
        """
        if self._threads:
            raise RuntimeError(f"{self._child.name} was started before")
        self._stopping.clear()
        self._restarts = Restarts(self._patience)
        self._given_up = ""
        if self._child.pid_file is not None:
            end_stale(self._child.pid_file, self._patience.stop)
        started: Future[None] = Future()
        # The kernel ties the child to the thread that made it, so that thread stays with it.
        self._run(lambda: self._keep(started))
        try:
            started.result()
        except BaseException:  # a Ctrl-C while waiting must not leave the child behind either
            self.stop()
            raise

    def watch(self, on_restart: Report | None = None, on_give_up: Report | None = None) -> None:
        """Probe the child from now on, and kill one that fails so that it is started again.

        `on_restart` is called with the reason when the child is ready again; `on_give_up`, once,
        when it failed too often, also if that has happened already.
        """
        with self._lock:
            self._on_restart, self._on_give_up = on_restart, on_give_up
            given_up = self._given_up
        if given_up and on_give_up is not None:
            on_give_up(given_up)
        self._run(self._probe)

    def stop(self) -> None:
        """End the child: SIGTERM, and SIGKILL if it is still there after `Patience.stop`."""
        self._stopping.set()
        with self._lock:  # a child that is being started is known once this is free
            process = self._process
        if process is not None and process.poll() is None:
            kill_group(process, signal.SIGTERM)
        deadline = time.monotonic() + self._patience.stop
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        if process is not None and process.poll() is None:
            kill_group(process, signal.SIGKILL)
        for thread in self._threads:
            thread.join()
        self._threads.clear()
        if self._child.pid_file is not None:
            self._child.pid_file.unlink(missing_ok=True)

    def _run(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name=self._child.name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _keep(self, started: Future[None]) -> None:
        try:
            process: subprocess.Popen[bytes] | None = self._launch()
        except Exception as error:  # noqa: BLE001 - raised where `start` waits for it
            started.set_exception(error)
            return
        started.set_result(None)
        while process is not None and (reason := self._outlive(process)):
            process = self._again(reason)

    def _outlive(self, process: subprocess.Popen[bytes]) -> str:
        """Wait for its end; why it ended, empty when that was asked for."""
        status = process.wait()
        kill_group(process, signal.SIGKILL)  # whatever it had started itself
        with self._lock:
            self._serving = False
            return "" if self._stopping.is_set() else self._hangs or ending(status)

    def _again(self, reason: str) -> subprocess.Popen[bytes] | None:
        """A new process that is ready; None when it is to be stopped, or failed too often."""
        while not self._stopping.is_set():
            pause = self._restarts.pause()
            if pause is None:
                self._give_up(reason)
                return None
            warn("child failed", child=self._child.name, reason=reason, pause=pause)
            step(f"{self._child.name} {reason}; starting it again (log: {self._child.log})")
            if self._stopping.wait(pause):
                return None
            try:
                process = self._launch()
            except (ChildFailed, OSError) as error:
                reason = str(error)
                continue
            with self._lock:
                report = self._on_restart
            if report is not None:
                report(reason)
            return process
        return None

    def _give_up(self, reason: str) -> None:
        times, minutes = self._patience.restarts, self._patience.window / 60
        line = (
            f"{self._child.name} {reason}; given up after {times} restarts within {minutes:g} "
            f"minutes (log: {self._child.log})"
        )
        warn("child given up", child=self._child.name, reason=reason)
        with self._lock:
            self._given_up = line
            report = self._on_give_up
        if report is not None:
            report(line)

    def _launch(self) -> subprocess.Popen[bytes]:
        """A process that is ready. Raises ChildFailed or OSError; then none is left."""
        child = self._child
        log_start = child.log.stat().st_size if child.log.exists() else 0
        with self._lock:
            if self._stopping.is_set():
                raise ChildFailed("did not start: it was stopped")
            self._hangs = ""
            process = self._process = spawn(child.command, child.environment, child.log)
        if child.pid_file is not None:
            remember(child.pid_file, process.pid, child.command)
        wrong = self._await_ready(process)
        if not wrong:
            note("child started", child=child.name, pid=process.pid)
            return process
        kill_group(process, signal.SIGKILL)
        status = process.wait()
        said = said_since(child.log, log_start)
        if status != -signal.SIGKILL and said:
            wrong = said.splitlines()[-1]
        raise ChildFailed(f"did not start: {wrong}", said)

    def _await_ready(self, process: subprocess.Popen[bytes]) -> str:
        """Empty once it is ready, otherwise why it will not be."""
        deadline = time.monotonic() + self._patience.ready
        wrong = ""
        while (left := deadline - time.monotonic()) > 0:
            wrong = ask(self._child.ready, process, min(left, self._patience.probe))
            if process.poll() is not None:
                return ending(process.returncode)
            if not wrong:
                with self._lock:
                    self._serving = True
                return ""
            if self._stopping.wait(_POLL_SECONDS):
                return "it was stopped"
        return f"not ready within {self._patience.ready:g} s: {wrong}"

    def _probe(self) -> None:
        patience, failures = self._patience, 0
        probed: subprocess.Popen[bytes] | None = None
        while not self._stopping.wait(0 if failures else patience.interval):
            with self._lock:
                process = self._process if self._serving else None
            if process is not probed or process is None:
                probed, failures = process, 0
            if process is None:
                continue
            wrong = ask(self._child.health, process, patience.probe)
            failures = failures + 1 if wrong else 0
            if failures >= patience.failures:
                self._condemn(process, f"does not answer ({wrong})")
                failures = 0

    def _condemn(self, process: subprocess.Popen[bytes], why: str) -> None:
        with self._lock:
            if self._process is process and process.poll() is None:
                self._hangs = why
                kill_group(process, signal.SIGKILL)
