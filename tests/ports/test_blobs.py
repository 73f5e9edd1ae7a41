"""The blobs port: its contract on nanio and on moto."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from contrail.ddp import ejson
from contrail.ports.aws.provide import ports_from_environment
from contrail.ports.blobs import (
    LARGEST,
    SMALL,
    Blob,
    Blobs,
    Key,
    NotDeletedError,
    disposition,
)
from contrail.ports.bounds import TooLargeError
from tests.ports.storage import BODY, BUCKET, Storage, new_key, offer, put


def test_what_was_uploaded_is_there_and_comes_back(blobs: Blobs) -> None:
    key = new_key()
    name = disposition('Grüße; "1".png')
    upload = offer(blobs, key, disposition=name, metadata={"uid": "someone"})
    assert blobs.head(key) is None
    assert put(upload) == 200
    found = blobs.head(key)
    assert found is not None
    assert found == Blob(len(BODY), "image/png", found.etag)
    assert blobs.get(key) == (found, BODY)
    answer = requests.get(blobs.download_url(key, expires=60), timeout=10)
    assert (answer.status_code, answer.content) == (200, BODY)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"] == name
    assert answer.headers["x-amz-meta-uid"] == "someone"


def test_a_part_can_be_downloaded(blobs: Blobs) -> None:
    key = new_key()
    blobs.put(key, BODY, content_type="image/png")
    url = blobs.download_url(key, expires=60)
    answer = requests.get(url, headers={"Range": "bytes=2-4"}, timeout=10)
    assert (answer.status_code, answer.content) == (206, BODY[2:5])
    assert answer.headers["content-range"] == f"bytes 2-4/{len(BODY)}"


def test_what_is_missing_is_none(blobs: Blobs) -> None:
    key = new_key()
    assert blobs.head(key) is None
    assert blobs.get(key) is None
    assert blobs.copy(key, new_key()) is False
    blobs.delete(key)
    assert requests.get(blobs.download_url(key, expires=60), timeout=10).status_code == 404


def test_a_copy_is_whole_and_stays_when_the_first_one_goes(blobs: Blobs) -> None:
    source, target = new_key("pending"), new_key()
    name = disposition("a.png")
    blobs.put(source, BODY, content_type="image/png", disposition=name)
    assert blobs.copy(source, target) is True
    blobs.delete(source)
    assert blobs.head(source) is None
    answer = requests.get(blobs.download_url(target, expires=60), timeout=10)
    assert (answer.content, answer.headers["content-type"]) == (BODY, "image/png")
    assert answer.headers["content-disposition"] == name


def test_what_is_stored_again_takes_the_others_place(blobs: Blobs) -> None:
    key = new_key()
    blobs.put(key, BODY, content_type="image/png")
    before = blobs.head(key)
    blobs.put(key, b"other", content_type="text/plain")
    after = blobs.head(key)
    assert before is not None
    assert after is not None
    assert (after.size, after.type) == (5, "text/plain")
    assert before.etag != after.etag


def test_an_empty_blob_is_one(blobs: Blobs) -> None:
    key = new_key()
    assert put(offer(blobs, key, b""), b"") == 200
    found = blobs.get(key)
    assert found is not None
    assert (found[0].size, found[1]) == (0, b"")


def test_many_are_deleted_and_missing_ones_are_no_error(blobs: Blobs) -> None:
    keys = [new_key() for _ in range(3)]
    for key in keys[:2]:
        blobs.put(key, BODY, content_type="image/png")
    blobs.delete_many(iter(keys))
    assert [blobs.head(key) for key in keys] == [None] * 3
    blobs.delete_many([])


def test_a_thousand_are_deleted_at_once(moto: Storage) -> None:
    calls = moto.calls()
    moto.blobs.delete_many(new_key() for _ in range(1001))
    assert calls == ["DeleteObjects"] * 2
    moto.blobs.delete_many(new_key() for _ in range(1000))
    assert calls == ["DeleteObjects"] * 3


def test_what_could_not_be_deleted_is_named_and_the_rest_is_gone(moto: Storage) -> None:
    keys = [new_key() for _ in range(1001)]
    left = [{"Key": str(keys[0]), "Code": "AccessDenied", "Message": "no"}]

    def fail(parsed: dict[str, Any], **_: Any) -> None:
        parsed["Errors"] = [left.pop()] if left else []

    moto.blobs.put(keys[1000], BODY, content_type="image/png")
    moto.blobs._client().meta.events.register("after-call.s3.DeleteObjects", fail)
    with pytest.raises(NotDeletedError, match="AccessDenied") as raised:
        moto.blobs.delete_many(keys)
    assert raised.value.failed == {str(keys[0]): "AccessDenied"}
    assert moto.blobs.head(keys[1000]) is None


def test_a_bucket_that_is_missing_is_an_error(moto: Storage) -> None:
    moto.client.delete_bucket(Bucket=BUCKET)
    with pytest.raises(moto.client.exceptions.ClientError, match="NoSuchBucket"):
        moto.blobs.get(new_key())
    with pytest.raises(moto.client.exceptions.ClientError, match="NoSuchBucket"):
        moto.blobs.put(new_key(), BODY, content_type="image/png")


def test_what_passes_through_a_function_is_small(blobs: Blobs) -> None:
    key = new_key()
    with pytest.raises(TooLargeError):
        blobs.put(key, bytes(SMALL + 1), content_type="image/png")
    assert blobs.head(key) is None
    blobs.put(key, BODY, content_type="image/png")
    with pytest.raises(TooLargeError):
        blobs.get(key, most=len(BODY) - 1)
    found = blobs.get(key, most=len(BODY))
    assert found is not None
    assert found[1] == BODY
    with pytest.raises(TooLargeError):
        offer(blobs, key, size=LARGEST + 1)


@pytest.mark.parametrize(
    ("kind", "id"),
    [
        ("uploads", "../../secrets.json"),
        ("uploads", "photo of me.png"),
        ("uploads", "QWERTYUIOPasdfgh2\n"),
        ("uploads", "QWERTYUIOPasdfgh/x"),
        ("uploads", "short"),
        ("uploads", "x" * 65),
        ("uploads", "ж" * 17),
        ("", "QWERTYUIOPasdfgh2"),
        ("uploads/x", "QWERTYUIOPasdfgh2"),
        ("Uploads", "QWERTYUIOPasdfgh2"),
        ("..", "QWERTYUIOPasdfgh2"),
    ],
)
def test_nothing_but_an_id_gets_into_a_key(kind: str, id: str) -> None:  # noqa: A002 - the field's
    with pytest.raises(ValueError, match="key"):
        Key(kind, id)


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("a.png", "attachment; filename*=UTF-8''a.png"),
        ('Grüße "1"; x=y', "attachment; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%221%22%3B%20x%3Dy"),
        ("a\r\nSet-Cookie: b", "attachment; filename*=UTF-8''a%0D%0ASet-Cookie%3A%20b"),
        ("half \ud83d", "attachment; filename*=UTF-8''half%20%3F"),
    ],
)
def test_any_file_name_makes_a_header(name: str, header: str) -> None:
    assert disposition(name) == header
    assert disposition(name, inline=True) == header.replace("attachment", "inline")


def test_without_a_bucket_it_says_so() -> None:
    blobs = ports_from_environment({}, ejson.dumps).blobs
    with pytest.raises(LookupError, match="FILES_BUCKET is not set"):
        blobs.head(new_key())
