"""Other people's servers in one: pages and services by host, reached through a signpost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from contrail.domain.instance import Instance
from contrail.ports.web import Answer, Request, Web
from local.runtime import Runtime
from tests.support.workspace import Workspace


@dataclass
class Asked:
    """A request as a server got it; header names are in lower case."""

    method: str
    host: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


@dataclass
class Said:
    """An answer; `body` may be text, bytes, or what becomes JSON."""

    body: Any = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def raw(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return self.body.encode() if isinstance(self.body, str) else orjson.dumps(self.body)


Answering = Callable[[Asked], Said]
HTML = {"content-type": "text/html; charset=utf-8"}


class Pages:
    """`says[host + path]` is what a server answers; `asked` is what it was asked."""

    def __init__(self) -> None:
        self.says: dict[str, Said | Answering] = {}
        self.asked: list[Asked] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def page(self, place: str, head: str, **more: Any) -> str:
        """A page with this in its head; its address."""
        self.says[place] = Said(
            f"<html><head>{head}</head><body>x</body></html>", headers=HTML, **more
        )
        return f"http://{place}"

    def answer(self, asked: Asked) -> Said:
        self.asked.append(asked)
        said = self.says.get(asked.host + asked.path, Said(status=404))
        return said(asked) if callable(said) else said

    def times(self, place: str) -> int:
        return sum(one.host + one.path == place for one in self.asked)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


def _handler(pages: Pages) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            parts = urlsplit(self.path)
            body = self.rfile.read(int(headers.get("content-length", 0)))
            host = headers.pop("x-signpost", headers.get("host", ""))
            query = dict(parse_qsl(parts.query))
            said = pages.answer(Asked(self.command, host, parts.path, query, headers, body))
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(said.raw)))
            self.end_headers()
            try:
                self.wfile.write(said.raw)
            except OSError:
                self.close_connection = True  # Who asked has read enough.

        do_GET = do_POST = answer

        def log_message(self, *args: Any) -> None:
            """Nothing."""

    return Handler


class Signpost:
    """The web port's own adapter, with all names but addresses leading to the test's server."""

    def __init__(self, web: Web, port: int) -> None:
        self._web = web
        self._port = port

    def request(self, request: Request) -> Answer:
        parts = urlsplit(request.url)
        host = parts.hostname or ""
        if host.replace(".", "").isdecimal() or ":" in host or host == "localhost":
            return self._web.request(request)
        there = parts._replace(scheme="http", netloc=f"127.0.0.1:{self._port}").geturl()
        headers = {**request.headers, "x-signpost": host}
        return replace(
            self._web.request(replace(request, url=there, headers=headers)), url=request.url
        )


def workspace_among(uri: str, pages: Pages, *hosts: str, **more: Any) -> Workspace:
    """One whose functions reach these pages, the `hosts` on this machine, and nothing else."""

    class Signposted(Runtime):
        def _instance(self) -> Instance:
            made = super()._instance()
            return replace(made, web=Signpost(made.web, pages.port))

    allowed = ",".join((f"127.0.0.1:{pages.port}", *hosts))
    return Workspace(uri, make=Signposted, allowed_private_hosts=allowed, **more)
