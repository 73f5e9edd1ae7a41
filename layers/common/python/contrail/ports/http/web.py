"""The web port over sockets of its own: it connects to the address that was judged, no other."""

from __future__ import annotations

import io
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any

from contrail.ports.http.addresses import Allowed, Resolve, look_up, reachable
from contrail.ports.http.targets import Target, parse
from contrail.ports.web import Answer, AnswerTooLarge, Bounds, ForbiddenAddress, Request, WebError

REDIRECTS = (301, 302, 303, 307, 308)
AS_GET = (301, 302, 303)
ANYWHERE = ("accept", "user-agent")
USER_AGENT = "Contrail"
CHUNK = 64 * 1024


class HttpWeb:
    """Safe for threads. A connection serves one request."""

    def __init__(self, allowed: Allowed | None = None, resolve: Resolve = look_up) -> None:
        self._allowed = allowed or Allowed()
        self._resolve = resolve
        self._lock = threading.Lock()
        self._context: ssl.SSLContext | None = None

    def request(self, request: Request) -> Answer:
        deadline = time.monotonic() + request.bounds.seconds
        target = parse(request.url)
        headers = {"user-agent": USER_AGENT, "accept-encoding": "identity"}
        headers |= {name.lower(): value for name, value in request.headers.items()}
        method, body = str(request.method), request.body
        for _ in range(request.bounds.redirects + 1):
            answer = self._once(target, method, headers, body, request.bounds, deadline)
            location = answer.headers.get("location")
            if answer.status not in REDIRECTS or not location or not request.bounds.redirects:
                return answer
            before, target = target, parse(location, target)
            if before.scheme == "https" and target.scheme != "https":
                raise ForbiddenAddress(f"{before.host}: redirects to where nothing is encrypted")
            if answer.status in AS_GET and method not in ("GET", "HEAD"):
                method, body = "GET", b""
                headers.pop("content-type", None)
            if before.origin != target.origin:
                if method not in ("GET", "HEAD"):
                    raise ForbiddenAddress(f"{before.host}: redirects what was sent to another")
                headers = {name: headers[name] for name in ANYWHERE if name in headers}
        raise WebError(f"{target.host}: too many redirects")

    def _once(
        self,
        target: Target,
        method: str,
        headers: Mapping[str, str],
        body: bytes,
        bounds: Bounds,
        deadline: float,
    ) -> Answer:
        sock = self._connect(target, deadline)
        connection = HTTPConnection(target.netloc)
        connection.sock = _Timed(sock, deadline)
        try:
            given = {**headers, "host": target.netloc, "connection": "close"}
            connection.request(method, target.path, body or None, given)
            response = connection.getresponse()
            return Answer(
                response.status,
                target.url,
                {name.lower(): value for name, value in response.getheaders()},
                _read(response, target, bounds),
            )
        except TimeoutError:
            raise WebError(f"{target.host}: no answer in time") from None
        except (OSError, HTTPException, ValueError) as error:
            raise WebError(f"{target.host}: {type(error).__name__}") from None
        finally:
            connection.close()
            sock.close()

    def _connect(self, target: Target, deadline: float) -> socket.socket:
        host, port, left = target.host, target.port, deadline - time.monotonic()
        refused = "no address"
        for address in reachable(host, port, self._allowed, left, self._resolve):
            left = deadline - time.monotonic()
            if left <= 0:
                raise WebError(f"{host}: no connection in time")
            try:
                sock = socket.create_connection((address, port), timeout=left)
            except OSError as error:
                refused = type(error).__name__
                continue
            return self._wrapped(sock, target)
        raise WebError(f"{host}: {refused}")

    def _wrapped(self, sock: socket.socket, target: Target) -> socket.socket:
        if target.scheme != "https":
            return sock
        try:
            return self._trust().wrap_socket(sock, server_hostname=target.host)
        except (OSError, ValueError) as error:
            sock.close()
            raise WebError(f"{target.host}: {type(error).__name__}") from None

    def _trust(self) -> ssl.SSLContext:
        """Reading the certificates takes a while, so it is done once, when first needed."""
        with self._lock:
            if self._context is None:
                self._context = ssl.create_default_context()
            return self._context


def _read(response: HTTPResponse, target: Target, bounds: Bounds) -> bytes:
    parts, length = [], 0
    while chunk := response.read1(CHUNK):
        length += len(chunk)
        parts.append(chunk)
        if length > bounds.size and bounds.cut:
            return b"".join(parts)[: bounds.size]
        if length > bounds.size:
            raise AnswerTooLarge(f"{target.host}: more than {bounds.size} bytes")
    if response.length:
        raise WebError(f"{target.host}: the answer was cut off")
    return b"".join(parts)


class _Timed:
    """A socket that `http.client` can use, whose every step ends at the deadline."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        self._sock.settimeout(_left(self._deadline))
        self._sock.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:  # noqa: ARG002 - it is always "rb"
        return io.BufferedReader(_Incoming(self._sock, self._deadline))

    def close(self) -> None:
        """The socket is closed by who opened it."""


class _Incoming(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(_left(self._deadline))
        return self._sock.recv_into(buffer)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
