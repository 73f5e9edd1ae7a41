"""`python -m local`: a whole workspace on this machine."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

from pydantic import ValidationError
from pymongo.errors import PyMongoError

from contrail.domain.environment import Environment
from contrail.domain.workspace import TEST_ADMIN
from contrail.shapes.logs import JsonFormatter
from local.console import LocalError, ready_screen, step
from local.datadir import DataDir
from local.mongo import MongoChild
from local.runtime import Runtime

HOST = "0.0.0.0"
LOG_SIZE = 20 * 1024 * 1024


def main() -> int:
    """0 when stopped by a person, 1 after one line that says what is wrong."""
    try:
        asyncio.run(_serve(dict(os.environ)))
    except LocalError as error:
        print(f"contrail: {error}", file=sys.stderr)
        return 1
    return 0


async def _serve(variables: dict[str, str]) -> None:
    port = _port(variables)
    environment = _environment(variables, port)
    _check_port(port)
    with DataDir(Path(variables.get("DATA_DIR") or "data")) as data:
        _log_to(data.logs)
        stopped = asyncio.get_running_loop().create_future()
        _stop_on_signals(stopped)
        child = None if variables.get("MONGODB_URI") else MongoChild(data.path)
        try:
            uri = variables.get("MONGODB_URI") or await _start_database(child, stopped)
            runtime = Runtime(uri=uri, environment=environment, secrets=data.secrets())
            try:
                await _run(runtime, port, data, stopped)
            finally:
                await runtime.stop()
        finally:
            if child is not None:
                child.stop()


async def _start_database(child: MongoChild | None, stopped: asyncio.Future[str]) -> str:
    assert child is not None
    step("Starting the database")
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, child.start)

    def report(reason: str) -> None:
        loop.call_soon_threadsafe(_finish, stopped, reason)

    child.watch(report)
    return child.uri


async def _run(runtime: Runtime, port: int, data: DataDir, stopped: asyncio.Future[str]) -> None:
    step("Preparing the workspace")
    loop = asyncio.get_running_loop()
    try:
        await loop.run_in_executor(None, runtime.prepare)
        has_admin = await loop.run_in_executor(None, runtime.admin)
    except PyMongoError as error:
        raise LocalError(f"the database does not answer: {str(error).splitlines()[0]}") from None
    except ValueError as error:
        raise LocalError(str(error)) from None
    try:
        await runtime.start(HOST, port)
    except OSError:
        raise _port_taken(port) from None
    notes = [f"TEST_MODE is on: sign in as {TEST_ADMIN}"] if runtime.environment.test_mode else []
    url = runtime.environment.root_url
    print(ready_screen(url, admin=has_admin, data_dir=data.path, notes=notes), flush=True)
    reason = await stopped
    if reason:
        raise LocalError(reason)
    step("Stopping")


def _environment(variables: dict[str, str], port: int) -> Environment:
    try:
        return Environment.read({"ROOT_URL": f"http://localhost:{port}", **variables})
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0]).upper()
        raise LocalError(f"{name}: {error.errors()[0]['msg']}") from None


def _port(variables: dict[str, str]) -> int:
    text = variables.get("PORT") or "3000"
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise LocalError(f"PORT must be a number from 1 to 65535, not {text!r}")
    return int(text)


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise _port_taken(port) from None


def _port_taken(port: int) -> LocalError:
    return LocalError(f"port {port} is in use: stop what listens there, or set PORT to another")


def _log_to(folder: Path) -> None:
    handler = RotatingFileHandler(folder / "contrail.log", maxBytes=LOG_SIZE, backupCount=3)
    handler.setFormatter(JsonFormatter())
    logger = logging.getLogger("contrail")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False


def _stop_on_signals(stopped: asyncio.Future[str]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _finish, stopped, "")


def _finish(stopped: asyncio.Future[str], reason: str) -> None:
    if not stopped.done():
        stopped.set_result(reason)


if __name__ == "__main__":
    sys.exit(main())
