"""The sockets port on the API Gateway Management API.

Frames reach a client in order and at least once: the next post to a connection waits for the
last one, and a post whose answer got lost is sent again. A frame is never left out of an open
stream: a connection that takes no post (it reads too slowly, or errors go on) is closed and
counts as gone, so that its client comes back and reads afresh. Only when it cannot be closed
either, which is what an outage looks like, an error is raised.
"""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC, datetime

import orjson

from contrail.ports.aws.endpoint import Endpoint
from contrail.ports.aws.signing import encoded
from contrail.shapes.logs import warn

GONE, TOO_LARGE, THROTTLED = 410, 413, 429
AT_ONCE = 32
"""Connections that are posted to at the same time."""
TIMEOUT = 5.0
TRIES, TRIES_TO_CLOSE = 6, 3
BUDGET = 10.0
"""Seconds in which one frame is tried."""
YOUNG = 10.0
"""Seconds that a connection's handshake may take: until it is over, posts are answered 410."""
FIRST_WAIT, LONGEST_WAIT = 0.1, 2.0
THROTTLED_WAIT, THROTTLED_FOR = 0.25, 20.0
"""Seconds. The account's limit says nothing about a connection: its frames wait their turn, with
short pauses, so that all functions that post use up what the limit leaves."""
CROWD, LATELY = 8, 2.0
"""Connections that are refused within so many seconds where it is the account's limit: the answer
is the same for one alone, which reads too slowly."""
OUTAGE = 8
"""Connections that can be neither posted to nor closed before a batch is broken off."""


class PostRefusedError(RuntimeError):
    """The answer says that trying again is no use: a wrong address, or no permission."""


class ManagementSockets:
    """Safe for threads.

    `opening` says how many seconds more a 410 may mean that the connection is not open yet: up
    to `YOUNG` while its client has sent nothing, else 0. It is asked on a 410 only.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        opening: Callable[[str], float],
        sleep: Callable[[float], None] = time.sleep,
        crowd: Crowd | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._opening = opening
        self._sleep = sleep
        self._lock = threading.Lock()
        self._workers: ThreadPoolExecutor | None = None
        self._crowd = crowd or Crowd()

    def post(self, connection_id: str, *frames: str) -> bool:
        """Raises `OSError` when the frame could be neither sent nor the connection closed."""
        try:
            return all(self._deliver(connection_id, frame.encode()) for frame in frames)
        except OSError:
            if not self._end(connection_id):
                raise
            warn("connection given up", connection_id=connection_id)
            return False

    def post_all(self, posts: Sequence[tuple[str, str]]) -> set[str]:
        """Raises as `post` does, when the others had their turn or in an outage at once."""
        frames: dict[str, list[str]] = {}
        for connection_id, frame in posts:
            frames.setdefault(connection_id, []).append(frame)
        waiting = deque(frames.items())
        if len(waiting) < 2:
            return {one for one, its in waiting if not self.post(one, *its)}
        batch = _Batch(waiting, self.post)
        workers = self._pool()
        # Each worker in a context of its own, so that log lines keep the correlation id.
        running = [
            workers.submit(copy_context().run, batch.work)
            for _ in range(min(AT_ONCE, len(waiting)))
        ]
        for one in running:
            one.result()
        if batch.errors:
            raise batch.errors[0]
        return batch.gone

    def close(self, connection_id: str) -> None:
        """A connection that cannot be closed is logged: without rows nothing is sent to it."""
        if not self._end(connection_id):
            warn("connection not closed", connection_id=connection_id)

    def last_active(self, connection_id: str) -> datetime | None:
        """Raises `OSError` where that cannot be found out: nothing is known of it then."""
        path = f"/@connections/{encoded(connection_id)}"
        reply = self._endpoint.request("GET", path, timeout=TIMEOUT)
        if reply.status == GONE:
            return None
        if reply.status != 200:
            raise ConnectionError(f"asking for a connection was answered {reply.status}")
        found = datetime.fromisoformat(orjson.loads(reply.body)["lastActiveAt"])
        return found.replace(tzinfo=found.tzinfo or UTC)

    def _deliver(self, connection_id: str, frame: bytes) -> bool:
        """False when the connection is gone."""
        status = self._try("POST", connection_id, frame)
        if status == TOO_LARGE:
            warn("frame too large", connection_id=connection_id, size=len(frame))
        return status != GONE

    def _end(self, connection_id: str) -> bool:
        try:
            self._try("DELETE", connection_id, b"")
        except OSError:
            return False
        return True

    def _try(self, method: str, connection_id: str, body: bytes) -> int:
        """2xx, 410 or 413. Raises `OSError` when neither comes of it."""
        path = f"/@connections/{encoded(connection_id)}"
        started = time.monotonic()
        most = TRIES if method == "POST" else TRIES_TO_CLOSE
        opening: float | None = None
        waited, tries, throttled = 0.0, 0, 0
        while True:
            tries += 1
            crowded = False
            error: OSError
            try:
                status = self._endpoint.request(method, path, body, timeout=TIMEOUT).status
                if status < 300 or status == TOO_LARGE:
                    return status
                error = ConnectionError(f"posting was answered {status}")
            except OSError as failure:
                status, error = 0, failure
            if status == GONE:
                if opening is None:
                    opening = self._opening(connection_id) if method == "POST" else 0.0
                if waited >= opening:
                    return GONE
            elif status and status != THROTTLED and status < 500:
                raise PostRefusedError(f"posting was answered {status}")
            elif status == THROTTLED:
                crowded = self._crowd.holds(connection_id)
                throttled += crowded
                if waited > THROTTLED_FOR or (tries - throttled >= most and not crowded):
                    raise error
            elif tries - throttled >= most or time.monotonic() - started > BUDGET:
                raise error
            longest = THROTTLED_WAIT if crowded else LONGEST_WAIT
            wait = min(longest, FIRST_WAIT * 2 ** min(tries - 1, 8)) * random.uniform(0.5, 1)
            waited += wait
            self._sleep(wait)

    def _pool(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._workers is None:
                self._workers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="posts")
            return self._workers


class Crowd:
    """Connections whose posts were refused lately."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._refused: dict[str, float] = {}

    def holds(self, connection_id: str) -> bool:
        """Note one that was refused; whether many others are."""
        now = time.monotonic()
        with self._lock:
            self._refused.pop(connection_id, None)
            self._refused[connection_id] = now
            while now - next(iter(self._refused.values())) > LATELY:
                del self._refused[next(iter(self._refused))]
            return len(self._refused) >= CROWD


class _Batch:
    """Connections that wait for a worker, and what came of the others."""

    def __init__(self, waiting: deque[tuple[str, list[str]]], post: Callable[..., bool]) -> None:
        self._waiting = waiting
        self._post = post
        self.gone: set[str] = set()
        self.errors: list[Exception] = []

    def work(self) -> None:
        while len(self.errors) < OUTAGE:
            try:
                connection_id, frames = self._waiting.popleft()
            except IndexError:
                return
            try:
                if not self._post(connection_id, *frames):
                    self.gone.add(connection_id)
            except Exception as error:  # noqa: BLE001 - raised when all others had their turn
                self.errors.append(error)
