"""The store of files as a child: what becomes of files when it is killed, and who may use it."""

from __future__ import annotations

import hashlib
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from contrail.ports.blobs import Key
from contrail.shapes.ids import random_id
from local.files import FilesChild, LocalBlobs
from local.supervisor import Patience
from tests.support.program import eventually, running

QUICK = Patience(interval=0.1, probe=0.5, pause=0.1, longest_pause=0.1)
OWN = "https://chat.example.com"
PUT = {
    "Access-Control-Request-Method": "PUT",
    "Access-Control-Request-Headers": "content-type,content-disposition",
}


@pytest.fixture(scope="module")
def child(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FilesChild]:
    server = FilesChild(tmp_path_factory.mktemp("files"), patience=QUICK, origins=[OWN])
    server.start()
    server.watch(lambda _: None)
    yield server
    server.stop()


def body_of(key: Key) -> bytes:
    """Different for every key, and large enough to be written in parts."""
    return hashlib.sha256(str(key).encode()).digest() * 8192


def store(blobs: LocalBlobs, acknowledged: list[Key], stop: threading.Event) -> None:
    """One file after the other; which of them were said to be there."""
    while not stop.is_set():
        key = Key("uploads", random_id())
        try:
            blobs.put(key, body_of(key), content_type="image/png", disposition="inline")
        except Exception:  # noqa: BLE001 - however a server that is killed fails
            continue
        acknowledged.append(key)


def goes_on(acknowledged: list[Key]) -> bool:
    """Whether files are still taken: more than may have been under way already."""
    so_far = len(acknowledged)
    return eventually(lambda: len(acknowledged) > so_far + 10, 30)


@pytest.mark.timeout(120)
def test_a_killed_store_comes_back_under_load_and_nothing_acknowledged_is_lost(
    child: FilesChild,
) -> None:
    blobs, stop, acknowledged = child.blobs(), threading.Event(), list[Key]()
    with ThreadPoolExecutor(4) as pool:
        work = [pool.submit(store, blobs, acknowledged, stop) for _ in range(4)]
        for _ in range(2):
            before = child.pid
            assert before is not None
            assert goes_on(acknowledged)
            os.kill(before, signal.SIGKILL)
            assert goes_on(acknowledged)
            assert child.pid not in (before, None)
            assert not running(before)
        stop.set()
        for one in work:
            one.result(30)
    for key in acknowledged:
        found = blobs.get(key)
        assert found is not None, key
        assert (found[0].type, found[1]) == ("image/png", body_of(key))


def test_pages_of_the_workspace_may_use_the_store_and_others_not(child: FilesChild) -> None:
    blobs, key = child.blobs(), Key("uploads", random_id())
    offer = blobs.upload_url(key, content_type="image/png", size=3, expires=60)
    asked = requests.options(offer.url, headers={"Origin": OWN, **PUT}, timeout=10)
    assert asked.status_code == 200
    assert asked.headers["Access-Control-Allow-Origin"] == OWN
    assert "PUT" in asked.headers["Access-Control-Allow-Methods"]
    headers = {**offer.headers, "Origin": OWN}
    done = requests.put(offer.url, data=b"abc", headers=headers, timeout=10)
    assert (done.status_code, done.headers["Access-Control-Allow-Origin"]) == (200, OWN)
    assert "ETag" in done.headers["Access-Control-Expose-Headers"]
    other = {"Origin": "https://elsewhere.example.com", **PUT}
    refused = requests.options(offer.url, headers=other, timeout=10)
    assert refused.status_code == 400
    assert "Access-Control-Allow-Origin" not in refused.headers


def test_what_waits_for_longer_than_a_day_is_deleted_when_the_store_starts(
    tmp_path: Path,
) -> None:
    server = FilesChild(tmp_path)
    old, young, kept = (Key(kind, random_id()) for kind in ("pending", "pending", "uploads"))
    server.start()
    try:
        for key in (old, young, kept):
            server.blobs().put(key, b"abc", content_type="image/png")
        server.stop()
        age(tmp_path, old)
        age(tmp_path, kept)
        server.start()
        blobs = server.blobs()
        assert eventually(lambda: blobs.head(old) is None)
        assert [blobs.head(key) is not None for key in (young, kept)] == [True, True]
    finally:
        server.stop()


def age(folder: Path, key: Key) -> None:
    """As if it was stored in another year."""
    (known,) = (folder / "files").rglob(f"{key.id}*.json")
    text = known.read_text()
    year = text.partition('"last_modified":"')[2][:4]
    known.write_text(text.replace(f'"last_modified":"{year}', '"last_modified":"2001'))
