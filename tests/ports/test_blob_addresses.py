"""Addresses that the blobs port signs: what they allow, and nothing else.

nanio verifies signatures; moto heeds what an address asks of the answer's headers.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from contrail.ddp import ejson
from contrail.ports.aws.provide import ports_from_environment
from contrail.ports.blobs import LONGEST, Blobs, Upload, disposition
from tests.ports.storage import BODY, BUCKET, Storage, new_key, offer, put


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (BODY + b"!", {}),
        (BODY[:-1], {}),
        (iter([BODY]), {}),
        (BODY, {"Content-Type": "text/html"}),
        (BODY, {"Content-Disposition": "inline"}),
        (BODY, {"x-amz-meta-uid": "someone-else"}),
    ],
    ids=["longer", "shorter", "of unknown length", "other type", "other name", "other metadata"],
)
def test_an_upload_other_than_what_was_signed_is_refused(
    strict: Blobs, body: Any, headers: dict[str, str]
) -> None:
    key = new_key()
    signed = offer(strict, key, disposition="attachment", metadata={"uid": "someone"})
    assert put(signed, body, **headers) == 403
    assert strict.head(key) is None
    assert put(signed) == 200


@pytest.mark.parametrize("left_out", ["Content-Type", "Content-Disposition"])
def test_headers_that_were_signed_cannot_be_left_out(strict: Blobs, left_out: str) -> None:
    key = new_key()
    signed = offer(strict, key, disposition="attachment")
    headers = {name: value for name, value in signed.headers.items() if name != left_out}
    assert put(Upload(signed.url, headers)) == 403
    assert strict.head(key) is None


def _altered(url: str, old: str, new: str) -> str:
    assert old in url
    return url.replace(old, new)


def test_an_altered_address_is_refused(strict: Blobs) -> None:
    key, other = new_key(), new_key()
    upload = offer(strict, key)
    for old, new in (
        (key.id, other.id),
        ("uploads/", "avatars/"),
        ("Expires=60", "Expires=600"),
        ("content-length%3B", ""),
        ("X-Amz-Signature=", "X-Amz-Signature=0"),
    ):
        assert put(Upload(_altered(upload.url, old, new), upload.headers)) == 403, new
    assert requests.get(upload.url, timeout=10).status_code == 403
    assert requests.delete(upload.url, timeout=10).status_code == 403
    assert strict.head(key) is None
    assert strict.head(other) is None


def test_an_address_for_reading_reads_that_blob_and_no_more(strict: Blobs) -> None:
    key, other = new_key(), new_key()
    for one in (key, other):
        strict.put(one, BODY, content_type="image/png")
    url = strict.download_url(key, expires=60, content_type="text/plain")
    assert requests.get(url, timeout=10).content == BODY
    for altered in (_altered(url, key.id, other.id), _altered(url, "text%2Fplain", "text%2Fhtml")):
        assert requests.get(altered, timeout=10).status_code == 403
    assert requests.get(url.partition("?")[0], timeout=10).status_code == 403
    assert requests.put(url, data=b"x", timeout=10).status_code == 403
    assert strict.get(key) == (strict.head(key), BODY)


def test_an_address_expires(strict: Blobs, monkeypatch: pytest.MonkeyPatch) -> None:
    key, missing = new_key(), new_key()
    strict.put(key, BODY, content_type="image/png")

    def signed_ago(seconds: int) -> None:
        then = datetime.now(UTC) - timedelta(seconds=seconds)
        monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: then)

    signed_ago(50)
    fresh = strict.download_url(key, expires=60)
    signed_ago(70)
    expired = strict.download_url(key, expires=60)
    upload = offer(strict, missing)
    monkeypatch.undo()
    assert requests.get(fresh, timeout=10).status_code == 200
    assert requests.get(expired, timeout=10).status_code == 403
    assert put(upload) == 403


def test_the_answers_type_and_name_can_be_given_with_the_address(moto: Storage) -> None:
    key = new_key()
    moto.blobs.put(key, BODY, content_type="text/html")
    name = disposition("a b.bin")
    url = moto.blobs.download_url(
        key, expires=60, content_type="application/octet-stream", disposition=name
    )
    answer = requests.get(url, timeout=10)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == name


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_addresses_are_the_regions_own(monkeypatch: pytest.MonkeyPatch, region: str) -> None:
    """The global one would redirect, and a redirected signature is wrong."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    variables = {"AWS_REGION": region, "FILES_BUCKET": BUCKET}
    blobs = ports_from_environment(variables, ejson.dumps).blobs
    key = new_key()
    for url in (offer(blobs, key).url, blobs.download_url(key, expires=60)):
        parts = urlsplit(url)
        assert f"{parts.scheme}://{parts.netloc}" == f"https://{BUCKET}.s3.{region}.amazonaws.com"
        assert parts.path == f"/{key}"
        query = parse_qs(parts.query)
        assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
        assert not any("checksum" in name.lower() for name in query)


def test_signing_needs_no_call(moto: Storage) -> None:
    calls = moto.calls()
    offer(moto.blobs, new_key())
    moto.blobs.download_url(new_key(), expires=60)
    assert calls == []


@pytest.mark.parametrize(
    "ask",
    [
        lambda blobs: offer(blobs, new_key(), content_type=""),
        lambda blobs: offer(blobs, new_key(), content_type="image/png\r\nx-amz-acl: public-read"),
        # botocore would leave this one out of the signature.
        lambda blobs: offer(
            blobs, new_key(), content_type="application/x-www-form-urlencoded; charset=utf-8"
        ),
        lambda blobs: offer(blobs, new_key(), disposition="attachment; filename=ж"),
        lambda blobs: offer(blobs, new_key(), metadata={"uid": "a\nb"}),
        lambda blobs: offer(blobs, new_key(), metadata={"two words": "a"}),
        lambda blobs: offer(blobs, new_key(), metadata={f"n{n}": "x" * 500 for n in range(5)}),
        lambda blobs: offer(blobs, new_key(), expires=0),
        lambda blobs: offer(blobs, new_key(), expires=LONGEST + 1),
        lambda blobs: blobs.download_url(new_key(), expires=LONGEST + 1),
        lambda blobs: blobs.download_url(new_key(), expires=60, disposition="a\nb"),
        lambda blobs: blobs.put(new_key(), BODY, content_type="image/png ж"),
    ],
)
def test_what_cannot_be_a_header_or_holds_too_long_is_refused(
    moto: Storage, ask: Callable[[Blobs], object]
) -> None:
    calls = moto.calls()
    with pytest.raises(ValueError, match=r"header|form|metadata|seconds"):
        ask(moto.blobs)
    assert calls == []


def test_every_signed_type_is_signed(moto: Storage) -> None:
    for content_type in ("application/x-www-form-urlencoded", "text/plain; charset=utf-8"):
        query = parse_qs(
            urlsplit(offer(moto.blobs, new_key(), content_type=content_type).url).query
        )
        assert query["X-Amz-SignedHeaders"] == ["content-length;content-type;host"]
