"""From the environment's variables to a workspace that listens, and back to nothing."""

from __future__ import annotations

import asyncio
import errno
import logging
import signal
import socket
from collections.abc import Callable, Mapping
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from pymongo.errors import PyMongoError

from contrail.domain.environment import Environment
from contrail.shapes.logs import JsonFormatter
from local.console import LocalError, ready_screen, step
from local.datadir import DataDir
from local.files import FilesChild
from local.mongo import MongoChild, wording
from local.runtime import Runtime
from local.variables import environment_of, hostile_of, notes_of, port_of, uri_of

HOST = "0.0.0.0"
LOG_SIZE = 20 * 1024 * 1024
Stopped = asyncio.Future[str]
"""Done when it is time to stop: `""` because a person said so, else what is wrong."""
Result = TypeVar("Result")


async def serve(
    variables: Mapping[str, str],
    make: Callable[..., Runtime] = Runtime,
    keys: Mapping[str, str] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM. Raises LocalError; no child process is left either way.

    `make` is given what `Runtime` takes; `keys` are known to the store of files besides its own.
    """
    stopped = _stop_on_signals()
    port = port_of(variables)
    environment = environment_of(variables)
    hostile = hostile_of(variables)
    notes = notes_of(environment)
    if hostile:
        notes.append(
            f"HOSTILE is on: messages and connections suffer on purpose, seed {hostile.seed}"
        )
    uri = uri_of(variables)
    _check_port(port)
    with DataDir(Path(variables.get("DATA_DIR") or "data")) as data:
        _log_to(data.logs)
        secrets = data.secrets()
        child = None if uri else MongoChild(data.path)
        files = FilesChild(data.path, keys, origins=[_origin(environment)])
        try:
            step("Starting the database" if child else "Starting the store of files")
            await _all_on_threads(files.start, *([child.start] if child else []))
            uri = child.uri if child else uri
            runtime = make(
                uri=uri,
                environment=environment,
                secrets=secrets,
                alone=child is not None,
                hostile=hostile,
                files=files,
            )
            try:
                await _run(runtime, port, data, notes, stopped, child)
            finally:
                await runtime.stop()
        except PyMongoError as error:
            which = "embedded database" if child else "database that MONGODB_URI names"
            raise LocalError(f"cannot use the {which}: {wording(error)}") from None
        finally:
            files.stop()
            if child is not None:
                child.stop()


async def _run(
    runtime: Runtime,
    port: int,
    data: DataDir,
    notes: list[str],
    stopped: Stopped,
    child: MongoChild | None,
) -> None:
    if not stopped.done():
        step("Preparing the workspace")
        try:
            await _on_thread(runtime.prepare)
        except ValueError as error:
            raise LocalError(str(error)) from None
    if not stopped.done():
        admin = await _on_thread(runtime.admin)
        try:
            await runtime.start(HOST, port)
        except OSError as error:
            raise _cannot_listen(port, error) from None
        _watch(child, runtime, stopped)
        url = runtime.environment.root_url
        print(ready_screen(url, admin=admin, data_dir=data.path, notes=notes), flush=True)
    reason = await stopped
    if reason:
        raise LocalError(reason)
    step("Stopping")


def _watch(child: MongoChild | None, runtime: Runtime, stopped: Stopped) -> None:
    """A database that comes back is put in order; a child that does not ends the program."""
    loop = asyncio.get_running_loop()

    def give_up(reason: str) -> None:
        loop.call_soon_threadsafe(_finish, stopped, reason)

    runtime.watch(give_up)
    if child is not None:
        child.watch(lambda _: runtime.mend(), give_up)


async def _on_thread(work: Callable[[], Result]) -> Result:
    """Blocking work, done to its end: signals wait, so that nothing is left half started."""
    return await asyncio.get_running_loop().run_in_executor(None, work)


async def _all_on_threads(*works: Callable[[], None]) -> None:
    """At once. Raises what one of them raised when all have come to an end."""
    outcomes = await asyncio.gather(*map(_on_thread, works), return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome


def _origin(environment: Environment) -> str:
    """Of the workspace's own pages."""
    parts = urlsplit(environment.root_url)
    return f"{parts.scheme}://{parts.netloc}"


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise _cannot_listen(port, error) from None


def _cannot_listen(port: int, error: OSError) -> LocalError:
    if error.errno == errno.EADDRINUSE:
        text = f"port {port} is in use: stop what listens there, or set PORT to another"
        return LocalError(text)
    return LocalError(f"cannot listen on port {port}: {error.strerror or error}")


def _log_to(folder: Path) -> None:
    """Everything logged goes to a file, libraries' warnings too: the terminal is for people."""
    file = folder / "contrail.log"
    try:
        handler = RotatingFileHandler(file, maxBytes=LOG_SIZE, backupCount=3)
    except OSError as error:
        raise LocalError(f"cannot write {file}: {error.strerror or error}") from None
    handler.setFormatter(JsonFormatter())
    logging.getLogger().addHandler(handler)
    logging.getLogger("contrail").setLevel(logging.INFO)


def _stop_on_signals() -> Stopped:
    loop = asyncio.get_running_loop()
    stopped: Stopped = loop.create_future()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _finish, stopped, "")
    return stopped


def _finish(stopped: Stopped, reason: str) -> None:
    if not stopped.done():
        stopped.set_result(reason)
