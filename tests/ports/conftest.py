"""Shared parts: a clock to move, AWS in this process (moto), an HTTP server with a script."""

from __future__ import annotations

import ssl
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from moto import mock_aws

from contrail.ports.aws.table import definition
from contrail.ports.blobs import Blobs
from tests.ports import storage
from tests.ports.storage import Storage

REGION = storage.REGION


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.at = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@dataclass
class Aws:
    """Clients of the services in this process, and the calls that were made with them."""

    session: Any
    calls: list[str] = field(default_factory=list)
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        if service not in self._clients:
            client = self._clients[service] = self.session.client(service)
            client.meta.events.register(
                f"before-call.{service}", lambda model, **_: self.calls.append(model.name)
            )
        return self._clients[service]

    def table(self, name: str, *keys: str) -> str:
        self.client("dynamodb").create_table(**definition(name, keys))
        self.calls.clear()
        return name

    def just_before(self, operation: str, act: Callable[[], object]) -> None:
        """Do something once, right before the next such call goes out: a race that is lost."""
        waiting = [act]

        def hook(**_: Any) -> None:
            if waiting:
                waiting.pop()()

        events = self.client("dynamodb").meta.events
        events.register_first(f"before-call.dynamodb.{operation}", hook)

    def refuse(self, operation: str, times: int, answer: dict[str, Any]) -> None:
        """Let the next calls fail with this answer of the service."""
        left = [answer] * times

        def hook(**_: Any) -> Any:
            return (_Answered(), left.pop()) if left else None

        self.client("dynamodb").meta.events.register(f"before-call.dynamodb.{operation}", hook)


class _Answered:
    status_code = 400


@pytest.fixture(scope="session")
def aws_session() -> Any:
    return boto3.Session("an-id", "a-secret", region_name=REGION)


@pytest.fixture
def aws(aws_session: Any) -> Iterator[Aws]:
    with mock_aws():
        yield Aws(aws_session)


@dataclass
class Seen:
    """A request that reached the server."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Answer = tuple[int, dict[str, str], bytes]


class _Threads(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """Clients that hang up are part of the tests."""


class Server:
    """Answers as scripted by path, otherwise 200; status 0 is no answer at all.

    `slow` is how long each answer takes; with `hang_up` a connection ends after its answer.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.seen: list[Seen] = []
        self.script: defaultdict[str, deque[Answer]] = defaultdict(deque)
        self.always: dict[str, int] = {}
        self.slow = 0.0
        self.most_at_once = 0
        self.most_per_path = 0
        self.connections = 0
        self.let_go = threading.Event()
        self._active: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.hang_up = False
        self.hung_up = threading.Semaphore(0)
        self._scheme = "https" if tls else "http"
        self._server = _Threads(("127.0.0.1", 0), self._handler())
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}"

    def answer(self, path: str, *statuses: int) -> None:
        self.script[path].extend((status, {}, b"") for status in statuses)

    def bodies(self, path: str) -> list[str]:
        return [one.body.decode() for one in self.seen if one.path == path]

    def stop(self) -> None:
        self.let_go.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def handle(self, seen: Seen) -> Answer:
        with self._lock:
            self.seen.append(seen)
            self._active[seen.path] += 1
            self.most_at_once = max(self.most_at_once, self._active.total())
            self.most_per_path = max(self.most_per_path, self._active[seen.path])
        if self.slow:
            time.sleep(self.slow)
        with self._lock:
            self._active[seen.path] -= 1
            waiting = self.script[seen.path]
            return waiting.popleft() if waiting else (self.always.get(seen.path, 200), {}, b"{}")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self) -> None:
                super().setup()
                server.connections += 1

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                status, more, text = server.handle(Seen(self.command, self.path, headers, body))
                if status == 0:
                    # Never answers; the test lets go when it ends.
                    server.let_go.wait(30)
                    self.close_connection = True
                    return
                head = f"HTTP/1.1 {status} -\r\ncontent-length: {len(text)}\r\n"
                head += "".join(f"{name}: {value}\r\n" for name, value in more.items())
                self.wfile.write(head.encode() + b"\r\n" + text)
                # Not announced: the client finds out.
                self.close_connection = server.hang_up

            def finish(self) -> None:
                super().finish()
                self.request.close()
                server.hung_up.release()

            do_DELETE = do_POST

            def log_message(self, *args: Any) -> None: ...

        return Handler


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def nanio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with storage.listening(tmp_path_factory.mktemp("files")) as address:
        yield address


@pytest.fixture
def strict(nanio: str, monkeypatch: pytest.MonkeyPatch) -> Blobs:
    """On the server that verifies signatures."""
    return storage.opened(monkeypatch, nanio).blobs


@pytest.fixture
def moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[Storage]:
    with mock_aws():
        yield storage.opened(monkeypatch)


@pytest.fixture(params=["nanio", "moto"])
def blobs(request: pytest.FixtureRequest) -> Blobs:
    if request.param == "moto":
        on_moto: Storage = request.getfixturevalue("moto")
        return on_moto.blobs
    on_nanio: Blobs = request.getfixturevalue("strict")
    return on_nanio
