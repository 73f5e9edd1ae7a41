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


def test_only_the_version_that_is_named_is_copied(strict: Blobs) -> None:
    source, target = new_key("pending"), new_key()
    strict.put(source, BODY, content_type="image/png")
    named = strict.head(source)
    assert named is not None
    assert strict.copy(source, target, etag=named.etag) is True
    strict.put(source, BODY[::-1], content_type="image/png")
    assert strict.copy(source, target, etag=named.etag) is False
    found = strict.get(target)
    assert found is not None
    assert found[1] == BODY
    assert strict.copy(new_key(), target, etag=named.etag) is False


def test_s3_is_told_which_version_is_to_be_copied(moto: Storage) -> None:
    """moto copies whatever is there."""
    sent: list[str] = []
    events = moto.blobs._client().meta.events
    events.register(
        "before-call.s3.CopyObject",
        lambda params, **_: sent.append(params["headers"]["x-amz-copy-source-if-match"]),
    )
    moto.blobs.copy(new_key(), new_key(), etag='"abc"')
    assert sent == ['"abc"']


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-0", 206, slice(0, 1)),
        ("bytes=2-", 206, slice(2, None)),
        ("bytes=2-999", 206, slice(2, None)),
        ("bytes=-3", 206, slice(-3, None)),
        ("bytes=-999", 206, slice(0, None)),
        ("bytes=999-", 416, None),
        ("bytes=-0", 416, None),
        ("bytes=0-1,3-4", 200, slice(0, None)),
        ("bytes=4-2", 200, slice(0, None)),
        ("lines=1-2", 200, slice(0, None)),
    ],
)
def test_any_range_gives_what_it_names(
    strict: Blobs, asked: str, status: int, part: slice | None
) -> None:
    """As S3 does it, byte for byte; it passes over what is no range, or several."""
    key = new_key()
    strict.put(key, BODY, content_type="image/png")
    url = strict.download_url(key, expires=60)
    answer = requests.get(url, headers={"Range": asked}, timeout=10)
    assert answer.status_code == status
    if part is None:
        assert answer.headers["Content-Range"] == f"bytes */{len(BODY)}"
        return
    expected = BODY[part]
    assert answer.content == expected
    assert answer.headers["Content-Length"] == str(len(expected))
    if status == 206:
        first = part.indices(len(BODY))[0]
        last = first + len(expected) - 1
        assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{len(BODY)}"


def test_an_address_may_say_how_the_blob_is_given(blobs: Blobs) -> None:
    key = new_key()
    blobs.put(key, BODY, content_type="image/png", disposition=disposition("a.png", inline=True))
    kept = disposition("Grüße.png")
    url = blobs.download_url(key, expires=60, content_type="text/plain", disposition=kept)
    for headers, status in (({}, 200), ({"Range": "bytes=1-2"}, 206)):
        answer = requests.get(url, headers=headers, timeout=10)
        assert answer.status_code == status
        assert answer.headers["Content-Type"].partition(";")[0] == "text/plain"
        assert answer.headers["Content-Disposition"] == kept


def test_who_still_has_a_blob_does_not_get_it_again(strict: Blobs) -> None:
    key = new_key()
    strict.put(key, BODY, content_type="image/png")
    url = strict.download_url(key, expires=60)
    etag = requests.get(url, timeout=10).headers["ETag"]
    again = requests.get(url, headers={"If-None-Match": etag}, timeout=10)
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    assert requests.get(url, headers={"If-None-Match": '"x"'}, timeout=10).content == BODY


def test_who_shows_no_signature_learns_of_nothing(strict: Blobs) -> None:
    key = new_key()
    strict.put(key, BODY, content_type="image/png")
    bare = strict.download_url(key, expires=60).partition("?")[0]
    for headers in ({"Range": "bytes=999-"}, {"If-None-Match": "*"}, {}):
        assert requests.get(bare, headers=headers, timeout=10).status_code == 403


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
