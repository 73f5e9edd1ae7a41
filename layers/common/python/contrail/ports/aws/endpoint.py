"""Signed requests over connections that are kept open.

Frames to clients and calls between functions are what happens all the time. For such a request
boto3 takes 0.7 ms of CPU, a signature of ours through urllib3 0.25 and this 0.15, most of it in
the kernel and in reading the answer's head.
"""

from __future__ import annotations

import select
import socket
import ssl
import threading
import time
import weakref
from collections import deque
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException, HTTPResponse
from urllib.parse import urlsplit

from contrail.ports.aws.signing import Signer

CONNECT = 2.0
"""Seconds."""
IDLE = 30.0
"""Seconds after which an open connection is not trusted: the other side may have closed it
while this instance was frozen."""


@dataclass(frozen=True, slots=True)
class Reply:
    """`headers` are found in any case."""

    status: int
    headers: Message
    body: bytes


class Endpoint:
    """One host. At most `connections` requests at once; one more waits. Safe for threads."""

    def __init__(self, url: str, signer: Signer, connections: int) -> None:
        parts = urlsplit(url)
        self._tls = parts.scheme == "https"
        self._host = parts.netloc
        self._address = (parts.hostname or "", parts.port or (443 if self._tls else 80))
        self._prefix = parts.path.rstrip("/")
        self._signer = signer
        self._slots = threading.BoundedSemaphore(connections)
        self._idle: deque[tuple[float, socket.socket]] = deque()
        self._lock = threading.Lock()
        self._context: ssl.SSLContext | None = None
        weakref.finalize(self, _close, self._idle)

    def request(self, method: str, path: str, body: bytes = b"", *, timeout: float) -> Reply:
        """One try. `path` is encoded; `timeout` is how many seconds the answer may keep silent.

        Raises `ConnectionRefusedError` when nothing was sent, `TimeoutError` when no answer came
        in time, `ConnectionError` when the connection broke before or in the answer.
        """
        with self._slots:
            sock = self._take() or self._connect(timeout)
            try:
                sock.settimeout(timeout)
                sock.sendall(self._head(method, self._prefix + path, body) + body)
                with HTTPResponse(sock, method=method) as answer:
                    answer.begin()
                    reply = Reply(answer.status, answer.headers, answer.read())
            except TimeoutError as error:
                sock.close()
                raise TimeoutError(f"{self._host}: no answer in {timeout} s") from error
            except (OSError, HTTPException) as error:
                sock.close()
                raise ConnectionError(f"{self._host}: {type(error).__name__}") from error
            except BaseException:
                sock.close()
                raise
            if answer.will_close:
                sock.close()
            else:
                # The clock on the wall: the other may stand still while an instance is frozen.
                self._idle.append((time.time(), sock))
            return reply

    def _head(self, method: str, path: str, body: bytes) -> bytes:
        headers = self._signer.headers(method, self._host, path, body)
        lines = [f"{method} {path} HTTP/1.1", f"content-length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")

    def _take(self) -> socket.socket | None:
        """The connection used last, unless the other side has closed it."""
        while True:
            try:
                used, sock = self._idle.pop()
            except IndexError:
                return None
            if time.time() - used < IDLE and not _readable(sock):
                return sock
            sock.close()

    def _connect(self, timeout: float) -> socket.socket:
        if not self._host:
            raise LookupError("the address to call is not set")
        try:
            sock = socket.create_connection(self._address, timeout=min(CONNECT, timeout))
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            if self._tls:
                sock = self._trust().wrap_socket(sock, server_hostname=self._address[0])
            return sock
        except OSError as error:
            raise ConnectionRefusedError(f"{self._host}: {type(error).__name__}") from error

    def _trust(self) -> ssl.SSLContext:
        """What boto3 trusts. Reading the certificates takes 30 ms, so it is done once."""
        from botocore.httpsession import get_cert_path  # noqa: PLC0415 - when first used

        with self._lock:
            if self._context is None:
                self._context = ssl.create_default_context(cafile=get_cert_path(True))
            return self._context


def _close(idle: deque[tuple[float, socket.socket]]) -> None:
    for _, sock in idle:
        sock.close()


def _readable(sock: socket.socket) -> bool:
    """Between requests the other side has nothing to say but that it has closed."""
    waiting = select.poll()
    waiting.register(sock, select.POLLIN)
    return bool(waiting.poll(0))
