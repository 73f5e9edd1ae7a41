"""The blobs port, for what other installations stored: large files, odd paths, one method."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from contrail.ports.aws.blobs import S3Blobs
from contrail.ports.blobs import PART, Blobs, Moved, disposition
from tests.ports.storage import BODY, BUCKET, new_key


def test_what_is_stored_in_parts_is_whole_or_not_there(blobs: Blobs) -> None:
    key, broken, part = new_key(), new_key(), bytes(range(256)) * (PART // 256)
    name = disposition("a.bin")
    given = {"content_type": "application/x-bytes", "disposition": name}
    blobs.put_parts(key, iter((part, part[::-1], BODY)), **given)
    found = blobs.head(key)
    assert found is not None
    assert (found.size, found.type) == (2 * PART + len(BODY), "application/x-bytes")
    answer = requests.get(blobs.download_url(key, expires=60), timeout=30)
    assert answer.content == part + part[::-1] + BODY
    assert answer.headers["content-disposition"] == name

    def ending() -> Iterator[bytes]:
        yield part
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        blobs.put_parts(broken, ending(), **given)
    assert blobs.head(broken) is None


@pytest.mark.parametrize("path", ["a%20b/c%C3%BC.gif", "a b/+&=.png", "%", "100%.txt"])
def test_a_blob_of_another_installation_is_found_whatever_its_path(blobs: Blobs, path: str) -> None:
    key = Moved(path)
    assert isinstance(blobs, S3Blobs)
    blobs._client().put_object(Bucket=BUCKET, Key=str(key), Body=BODY)
    found = blobs.get(key)
    assert found is not None
    assert found[1] == BODY
    assert requests.get(blobs.download_url(key, expires=60), timeout=10).content == BODY
    blobs.delete_many([key])
    assert blobs.head(key) is None


def test_an_address_is_for_one_method(strict: Blobs) -> None:
    key = new_key()
    strict.put(key, BODY, content_type="image/png")
    head = strict.download_url(key, expires=60, head=True)
    answer = requests.head(head, timeout=10)
    assert (answer.status_code, answer.headers["content-length"]) == (200, str(len(BODY)))
    assert requests.get(head, timeout=10).status_code == 403
    assert requests.head(strict.download_url(key, expires=60), timeout=10).status_code == 403
