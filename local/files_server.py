"""The program that `local.files` runs. It imports nothing of ours."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

BUCKET = "contrail-files"
CREDENTIALS = "FILES_CREDENTIALS"
"""The variable with key ids and keys, as a JSON object: command lines are seen by everyone."""
PENDING, KEPT = "pending/", timedelta(days=1)
"""What the bucket of the stacks deletes by itself, and after how long."""
SWEEP_SECONDS = 3600.0
REPLACED = {
    "response-content-type": b"content-type",
    "response-content-disposition": b"content-disposition",
}
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
UNMET = b"<Error><Code>%s</Code></Error>"

log = logging.getLogger("files")
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


class Escaping:
    """Before the check of signatures, which takes `%41` in a name for an `A`: see `LikeS3`."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        await self._app({**scope, "path": scope["path"].replace("%", "%25")}, receive, send)


class LikeS3:
    """What S3 does and the server does not: all ranges, conditions, headers that are asked for.

    It stands behind the server's check of signatures, so nobody learns from it what is there.
    """

    def __init__(self, app: App, storage: Any) -> None:
        self._app, self._storage = app, storage

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        scope = {**scope, "path": scope["path"].replace("%25", "%")}
        asked = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if scope["method"] == "PUT" and "x-amz-copy-source-if-match" in asked:
            source = unquote(asked.get("x-amz-copy-source", "")).lstrip("/")
            found = self._find(source)
            if found is not None and found.etag != asked["x-amz-copy-source-if-match"]:
                return await _answer(send, 412, b"PreconditionFailed")
        if scope["method"] in ("GET", "HEAD"):
            return await self._give(scope, receive, send, asked)
        return await self._app(scope, receive, send)

    async def _give(
        self, scope: Message, receive: Receive, send: Send, asked: Mapping[str, str]
    ) -> None:
        found = self._find(scope["path"].lstrip("/"))
        if found is None:
            return await self._app(scope, receive, send)
        if asked.get("if-none-match") in (found.etag, "*"):
            return await _answer(send, 304, etag=found.etag)
        given = [pair for pair in scope["headers"] if pair[0].lower() != b"range"]
        part = bounds(asked.get("range", ""), found.size)
        if part is not None:
            first, last = part
            if first > last:
                return await _answer(send, 416, b"InvalidRange", size=found.size)
            given.append((b"range", b"bytes=%d-%d" % part))
        query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        new = {
            name: query[key].encode("latin-1", "replace")
            for key, name in REPLACED.items()
            if key in query
        }

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in (200, 206):
                kept = [pair for pair in message["headers"] if pair[0].lower() not in new]
                message = {**message, "headers": [*kept, *new.items()]}
            await send(message)

        return await self._app({**scope, "headers": given}, receive, sent)

    def _find(self, path: str) -> Any:
        """What is known of an object; None for any other path."""
        bucket, _, key = path.partition("/")
        if not key:
            return None
        try:
            return self._storage.head_object(bucket, key)
        except Exception:  # noqa: BLE001 - the server words it
            return None


def bounds(asked: str, size: int) -> tuple[int, int] | None:
    """First and last byte of a range, the first beyond the last where none of it is there.

    None for the whole: several ranges and what is no range are passed over.
    """
    match = RANGE.fullmatch(asked.strip())
    if match is None or match[0] == "bytes=-":
        return None
    first, last = match.groups()
    if not first:
        return (max(size - int(last), 0), size - 1) if int(last) else (1, 0)
    if last and int(last) < int(first):
        return None
    return int(first), min(int(last or size - 1), size - 1)


def expire(storage: Any, before: datetime) -> None:
    """Delete what was put under `PENDING` before then."""
    token: str | None = None
    while True:
        page = storage.list_objects(BUCKET, prefix=PENDING, continuation_token=token)
        for one in page.contents:
            if one.last_modified < before:
                storage.delete_object(BUCKET, one.key)
        token = page.next_continuation_token
        if not token:
            return


def application(folder: Path, credentials: Mapping[str, str]) -> Any:
    """nanio with what it lacks; its files are in the folder. Takes a second to import."""
    from nanio.app import build_app  # noqa: PLC0415
    from nanio.auth.credentials import StaticCredentialResolver  # noqa: PLC0415
    from nanio.config import Settings  # noqa: PLC0415
    from starlette.middleware import Middleware  # noqa: PLC0415

    known = StaticCredentialResolver(dict(credentials))
    app = build_app(Settings(data_dir=folder, credentials=known))
    app.user_middleware.insert(0, Middleware(Escaping))
    app.user_middleware.append(Middleware(LikeS3, app.state.storage))
    return app


async def _answer(send: Send, status: int, code: bytes = b"", **more: Any) -> None:
    body = UNMET % code if code else b""
    headers = [(b"content-type", b"application/xml")] if body else []
    if "etag" in more:
        headers.append((b"etag", more["etag"].encode()))
    if "size" in more:
        headers.append((b"content-range", b"bytes */%d" % more["size"]))
    headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _sweep(storage: Any) -> None:
    while True:
        try:
            await asyncio.to_thread(expire, storage, datetime.now(UTC) - KEPT)
        except Exception:
            log.exception("what was never confirmed is still there")
        await asyncio.sleep(SWEEP_SECONDS)


async def _serve(app: Any, storage: Any, host: str, port: int) -> None:
    import uvicorn  # noqa: PLC0415

    config = uvicorn.Config(
        app, host=host, port=port, log_level="warning", ws="none", lifespan="off"
    )
    sweeping = asyncio.create_task(_sweep(storage))
    await uvicorn.Server(config).serve()
    sweeping.cancel()


def main() -> None:
    import orjson  # noqa: PLC0415
    from starlette.middleware.cors import CORSMiddleware  # noqa: PLC0415

    parser = argparse.ArgumentParser(prog="files_server.py")
    parser.add_argument("--netloc", required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--origin", action="append", default=[])
    given = parser.parse_args()
    host, _, port = given.netloc.rpartition(":")
    app = application(given.folder, orjson.loads(os.environ.pop(CREDENTIALS)))
    if not (given.folder / BUCKET).is_dir():
        app.state.storage.create_bucket(BUCKET)
    # What the bucket of the stacks says.
    allowed = CORSMiddleware(
        app,
        allow_origins=given.origin,
        allow_methods=["PUT", "GET", "HEAD"],
        allow_headers=["*"],
        expose_headers=["ETag"],
        max_age=3600,
    )
    asyncio.run(_serve(allowed, app.state.storage, host, int(port)))


if __name__ == "__main__":
    main()
