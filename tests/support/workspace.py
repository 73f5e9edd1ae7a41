"""A workspace running in this process, on a thread of its own, for tests to talk to."""

from __future__ import annotations

import asyncio
import atexit
import shutil
import tempfile
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import Future
from functools import cache
from pathlib import Path
from typing import Any

import requests
from pymongo.monitoring import CommandListener

from contrail.domain.environment import Environment
from contrail.domain.workspace import TEST_ADMIN
from contrail.ports.clock import Clock
from local.files import FilesChild
from local.hostile import Hostile
from local.isolated.names import keys
from local.runtime import Runtime

Json = dict[str, Any]
SECRETS = {"token-signing-key": "only-for-tests-" + "x" * 40}
MINTING = "shared-" + "m" * 20
"""By which tokens are made for others, unless a workspace says otherwise."""


@cache
def _files() -> FilesChild:
    """One store for all workspaces of a test process, and gone with it."""
    folder = Path(tempfile.mkdtemp(prefix="contrail-files-"))
    child = FilesChild(folder, keys())
    child.start()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(child.stop)
    return child


class Person:
    """Someone logged in over REST."""

    def __init__(self, workspace: Workspace, user_id: str, token: str, username: str) -> None:
        self.workspace = workspace
        self.id = user_id
        self.token = token
        self.username = username
        self.headers = {"X-User-Id": user_id, "X-Auth-Token": token}

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.workspace.http("GET", path, params=query, headers=self.headers)

    def post(self, path: str, body: Any = None) -> requests.Response:
        return self.workspace.http("POST", path, json=body, headers=self.headers)

    def ok(self, verb: str, path: str, given: Json | None = None) -> Json:
        """The answer's body; fails unless it is a 200 with success."""
        call = self.get(path, **(given or {})) if verb == "GET" else self.post(path, given or {})
        assert call.status_code == 200, call.text
        body: Json = call.json()
        assert body.get("success", body.get("status") == "success") is True
        return body


class Workspace:
    """`test_mode` seeds the admin and lifts limits. Each has a database of its own."""

    def __init__(
        self,
        uri: str,
        *,
        test_mode: bool = True,
        clock: Clock | None = None,
        listeners: tuple[CommandListener, ...] = (),
        database: str = "",
        hostile: Hostile | None = None,
        make: Callable[..., Runtime] = Runtime,
        **environment: Any,
    ) -> None:
        environment.setdefault("create_tokens_for_users_secret", MINTING)
        self.name = database or f"test-{uuid.uuid4().hex}"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

        async def start() -> Runtime:
            runtime = make(
                uri=uri,
                environment=Environment(test_mode=test_mode, **environment),
                secrets=SECRETS,
                database=self.name,
                clock=clock,
                listeners=listeners,
                hostile=hostile,
                files=_files(),
            )
            runtime.prepare()
            await runtime.start("127.0.0.1", 0)
            return runtime

        self.runtime: Runtime = self.on_loop(start())
        self.url = self.runtime.blobs.public = f"http://127.0.0.1:{self.runtime.port}"
        self.ws_url = f"ws://127.0.0.1:{self.runtime.port}/websocket"
        self.database = self.runtime.database
        self._local = threading.local()
        self._admin: Person | None = None
        self._admin_login = [
            str(environment.get(name, TEST_ADMIN)) for name in ("admin_username", "admin_pass")
        ]

    def on_loop(self, coroutine: Any) -> Any:
        future: Future[Any] = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        return future.result(60)

    def stop(self) -> None:
        self.on_loop(self.runtime.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def http(self, verb: str, path: str, **more: Any) -> requests.Response:
        """`path` from `/api/` on; `v1/me` is short for `/api/v1/me`. One session per thread."""
        session = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
        full = path if path.startswith("/") else f"/api/{path}"
        answer: requests.Response = session.request(verb, self.url + full, timeout=30, **more)
        return answer

    def login(self, user: str, password: str) -> Person:
        answer = self.http("POST", "v1/login", json={"user": user, "password": password})
        assert answer.status_code == 200, answer.text
        data = answer.json()["data"]
        return Person(self, data["userId"], data["authToken"], data["me"]["username"])

    @property
    def admin(self) -> Person:
        """The admin of TEST_MODE, or whom the environment names; logged in once."""
        if self._admin is None:
            self._admin = self.login(*self._admin_login)
        return self._admin

    def person(self, **more: Any) -> Person:
        """A new user with a random name, logged in. Password: `secret`."""
        username = f"u{uuid.uuid4().hex[:12]}"
        given = {"name": username.title(), "email": f"{username}@example.com", **more}
        self.admin.ok(
            "POST", "v1/users.create", {**given, "username": username, "password": "secret"}
        )
        return self.login(username, "secret")

    def channel(self, owner: Person, *members: Person, **more: Any) -> Json:
        """A new channel with a random name; the room."""
        given = {"name": f"c{uuid.uuid4().hex[:12]}", "members": [m.username for m in members]}
        room: Json = owner.ok("POST", "v1/channels.create", {**given, **more})["channel"]
        return room

    def settle(self) -> None:
        """Wait until facts and deliveries are worked off."""
        assert self.runtime.wait_idle(60)

    def wait_for(self, true: Callable[[], bool], seconds: float = 30.0) -> None:
        """Poll until `true()` holds."""
        done = threading.Event()
        for _ in range(int(seconds / 0.02)):
            if true():
                return
            done.wait(0.02)
        raise AssertionError("it did not happen in time")
