"""A web server that misbehaves where it is told to."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson


class Handler(BaseHTTPRequestHandler):
    """`/echo` says what came; `/to?u=` redirects there; the others misbehave."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {key: value[0] for key, value in parse_qs(parts.query).items()}
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length).decode()
        if parts.path == "/to":
            self.send_response(int(query.get("s", 302)))
            self.send_header("Location", query["u"])
            self.end_headers()
        elif parts.path == "/huge":
            self.send_response(200)
            self.end_headers()
            self._write(b"x" * 10_000, 1000)
        elif parts.path == "/lying":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"short")
        elif parts.path == "/drip":
            self._write(b"HTTP/1.1 200 OK\r\nX-A: ", 1)
            self._write(b"x", 1000, pause=0.05)
        elif parts.path == "/drip-body":
            self.send_response(200)
            self.end_headers()
            self._write(b"x", 1000, pause=0.05)
        else:
            told: dict[str, Any] = {"method": self.command, "path": self.path, "body": body}
            told["headers"] = {key.lower(): value for key, value in self.headers.items()}
            self.send_response(200)
            self.send_header("X-Said", "yes")
            self.end_headers()
            self.wfile.write(orjson.dumps(told))

    do_POST = do_GET

    def _write(self, data: bytes, times: int, pause: float = 0.0) -> None:
        assert isinstance(self.server, Server)
        gone = self.server.gone
        for _ in range(times):
            try:
                self.wfile.write(data)
                self.wfile.flush()
            except OSError:
                return
            if gone.wait(pause):
                return

    def log_message(self, *_: Any) -> None: ...


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.gone = threading.Event()
        self.port = self.server_port
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None: ...

    def close(self) -> None:
        self.gone.set()
        self.shutdown()
        self.server_close()
