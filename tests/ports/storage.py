"""A storage server to test against, the blobs port on it, and what tests do with both."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import uvicorn

from contrail.ddp import ejson
from contrail.ports.aws.blobs import S3Blobs
from contrail.ports.aws.provide import Clients, Names, ports_from_environment
from contrail.ports.blobs import Blobs, Key, Upload
from contrail.shapes.ids import random_id
from local.files_server import application

BUCKET = "contrail-files"
REGION = "eu-west-1"
BODY = b"\x89PNG and so on"


@contextmanager
def listening(folder: Path) -> Iterator[str]:
    """A server that verifies signatures, with its files in the folder; its address."""
    app = application(folder, {"AKIA": "secret"})
    config = uvicorn.Config(app, port=0, log_config=None, lifespan="off", ws="none", http="h11")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    ready = threading.Event()
    while not server.started and thread.is_alive():
        ready.wait(0.01)
    # A name, not a number: with a number botocore has no choice but to put the bucket in the path.
    yield f"http://localhost:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    assert not thread.is_alive()


@dataclass
class Storage:
    """The port with a bucket, and a client beside it."""

    blobs: S3Blobs
    client: Any

    def calls(self) -> list[str]:
        """The port's own calls from now on."""
        calls: list[str] = []
        events = self.blobs._client().meta.events
        events.register("before-call.s3", lambda model, **_: calls.append(model.name))
        return calls


def opened(monkeypatch: pytest.MonkeyPatch, endpoint: str = "") -> Storage:
    """On AWS's own address unless another is given."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    variables = {"AWS_REGION": REGION, "FILES_BUCKET": BUCKET, "AWS_ENDPOINT_URL_S3": endpoint}
    client = Clients(Names.read(variables)).get("s3")
    if BUCKET not in {one["Name"] for one in client.list_buckets()["Buckets"]}:
        where = {"LocationConstraint": REGION}
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=where)
    return Storage(ports_from_environment(variables, ejson.dumps).blobs, client)


def new_key(kind: str = "uploads") -> Key:
    return Key(kind, random_id())


def offer(blobs: Blobs, key: Key, body: bytes = BODY, **more: Any) -> Upload:
    given: dict[str, Any] = {"content_type": "image/png", "size": len(body), "expires": 60}
    return blobs.upload_url(key, **{**given, **more})


def put(upload: Upload, body: Any = BODY, **headers: str) -> int:
    """Upload as offered, but for these headers; the status."""
    sent = {**upload.headers, **headers}
    return requests.put(upload.url, data=body, headers=sent, timeout=10).status_code
