"""Uploads that go from the client to the store: announced, put there, confirmed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from contrail.domain.uploads import key_of
from tests.support.settings import setting
from tests.support.uploads import announce, confirm, content, fetch, picture, put
from tests.support.workspace import Json, Person, Workspace

BODY = b"%PDF-1.7 and so on"
MB = 1024 * 1024


@pytest.fixture(scope="module")
def rid(workspace: Workspace, ann: Person) -> str:
    return str(workspace.channel(ann)["_id"])


def messages(workspace: Workspace, rid: str) -> int:
    return int(workspace.database["rocketchat_message"].count_documents({"rid": rid}))


def refused(person: Person, rid: str, fid: str) -> str:
    answer = person.post(f"v1/rooms.mediaConfirm/{rid}/{fid}", {})
    assert answer.status_code == 400, answer.text
    return str(answer.json()["errorType"])


def test_a_file_goes_to_the_store_and_is_posted_when_confirmed(
    workspace: Workspace, ann: Person, rid: str
) -> None:
    offer = announce(ann, rid, len(BODY), name="Plän.pdf", type="application/pdf")
    fid = offer["file"]["_id"]
    assert offer["file"]["url"] == f"/file-upload/{fid}/Pl%C3%A4n.pdf"
    assert offer["upload"]["method"] == "PUT"
    assert put(offer["upload"], BODY).status_code == 200
    assert ann.ok("GET", "v1/channels.files", {"roomId": rid})["total"] == 0
    message = confirm(ann, rid, fid, msg="the plan", fileName="Plan B.pdf")
    assert message["msg"] == "the plan"
    assert message["file"] == {
        "_id": fid,
        "name": "Plan B.pdf",
        "type": "application/pdf",
        "size": len(BODY),
        "format": "",
    }
    answer = content(fetch(workspace, message["attachments"][0]["title_link"], ann))
    assert answer.content == BODY
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("inline; filename*=UTF-8''Pl%C3%A4n")
    (listed,) = ann.ok("GET", "v1/channels.files", {"roomId": rid})["files"]
    assert (listed["name"], listed["complete"], "expiresAt" in listed) == (
        "Plan B.pdf",
        True,
        False,
    )


def test_an_image_gets_its_thumbnail_when_it_is_confirmed(
    workspace: Workspace, ann: Person, rid: str
) -> None:
    body = picture(orientation=6, form="JPEG")
    offer = announce(ann, rid, len(body), name="a.jpg", type="image/jpeg")
    assert put(offer["upload"], body).status_code == 200
    message = confirm(ann, rid, offer["file"]["_id"])
    assert [file["name"] for file in message["files"]] == ["a.jpg", "thumb-a.jpg"]
    assert message["attachments"][0]["image_dimensions"] == {"width": 270, "height": 360}


@pytest.mark.parametrize(
    ("body", "headers"),
    [(BODY + b"!", {}), (BODY[1:], {}), (BODY, {"Content-Type": "text/html"})],
    ids=["oversized", "shorter", "mistyped"],
)
def test_what_was_not_announced_is_refused_by_the_store_and_nothing_is_posted(
    workspace: Workspace, ann: Person, rid: str, body: bytes, headers: Json
) -> None:
    before = messages(workspace, rid)
    offer = announce(ann, rid, len(BODY), type="application/pdf")
    assert put(offer["upload"], body, **headers).status_code == 403
    assert refused(ann, rid, offer["file"]["_id"]) == "invalid-file"
    assert messages(workspace, rid) == before


def test_an_expired_or_altered_address_is_refused_by_the_store_and_nothing_is_posted(
    workspace: Workspace, ann: Person, rid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = messages(workspace, rid)
    then = datetime.now(UTC) - timedelta(hours=1, seconds=5)
    with monkeypatch.context() as patch:
        patch.setattr("botocore.auth.get_current_datetime", lambda: then)
        expired = announce(ann, rid, len(BODY))
    offer = announce(ann, rid, len(BODY))
    other = announce(ann, rid, len(BODY))["file"]["_id"]
    altered = {
        **offer["upload"],
        "url": offer["upload"]["url"].replace(offer["file"]["_id"], other),
    }
    for upload, fid in ((expired["upload"], expired["file"]["_id"]), (altered, other)):
        assert put(upload, BODY).status_code == 403
        assert refused(ann, rid, fid) == "invalid-file"
    assert messages(workspace, rid) == before


def test_an_address_to_upload_to_is_no_address_to_replace_what_was_confirmed(
    workspace: Workspace, ann: Person, rid: str
) -> None:
    offer = announce(ann, rid, len(BODY), type="application/pdf")
    assert put(offer["upload"], BODY).status_code == 200
    message = confirm(ann, rid, offer["file"]["_id"])
    put(offer["upload"], BODY[::-1])
    link = message["attachments"][0]["title_link"]
    assert content(fetch(workspace, link, ann)).content == BODY


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"name": ""}, "No file uploaded"),
        ({"size": 0}, "No file uploaded"),
        ({"type": "text"}, "error-invalid-file-type"),
        ({"type": "a/b\r\nx: y"}, "error-invalid-file-type"),
        ({"type": "image/svg+xml"}, "error-invalid-file-type"),
        ({"size": 104857601}, "error-file-too-large"),
    ],
)
def test_an_announcement_that_rules_forbid_is_refused(
    ann: Person, rid: str, given: Json, error: str
) -> None:
    whole = {"name": "a", "type": "text/plain", "size": 5, **given}
    answer = ann.post(f"v1/rooms.media/{rid}", whole)
    assert (answer.status_code, answer.json()["errorType"]) == (400, error)


def test_what_is_never_confirmed_disappears(
    workspace: Workspace, ann: Person, rid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer = announce(ann, rid, len(BODY))
    fid, blobs = offer["file"]["_id"], workspace.runtime.blobs
    put(offer["upload"], BODY)
    files = workspace.database["rocketchat_uploads"]
    late = {"expiresAt": datetime.now(UTC) - timedelta(minutes=6)}
    assert files.update_one({"_id": fid}, {"$set": late}).modified_count == 1
    assert refused(ann, rid, fid) == "invalid-file"
    workspace.runtime.rpc.handlers["upload"]({"schedule": "files"})
    assert files.find_one({"_id": fid}) is None
    assert blobs.head(key_of(fid, "pending")) is None


def test_a_confirmation_that_died_after_posting_keeps_its_file(
    workspace: Workspace, ann: Person, rid: str
) -> None:
    body = picture()
    offer = announce(ann, rid, len(body), name="a.png", type="image/png")
    put(offer["upload"], body)
    message = confirm(ann, rid, offer["file"]["_id"])
    files = workspace.database["rocketchat_uploads"]
    late = {"expiresAt": datetime.now(UTC) - timedelta(minutes=6)}
    fids = [file["_id"] for file in message["files"]]
    assert files.update_many({"_id": {"$in": fids}}, {"$set": late}).modified_count == 2
    workspace.runtime.rpc.handlers["upload"]({"schedule": "files"})
    for fid in fids:
        file = files.find_one({"_id": fid})
        assert file is not None
        assert "expiresAt" not in file
    assert content(fetch(workspace, message["attachments"][0]["image_url"], ann)).ok


class Megabytes:
    """So many bytes, made as they are sent."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.digest = hashlib.sha256()

    def __len__(self) -> int:
        return self.count * MB

    def __iter__(self) -> Iterator[bytes]:
        for number in range(self.count):
            block = hashlib.sha256(bytes([number])).digest() * (MB // 32)
            self.digest.update(block)
            yield block


@pytest.mark.timeout(120)
def test_100_mb_come_back_by_ranges_byte_for_byte(
    workspace: Workspace, ann: Person, rid: str
) -> None:
    body = Megabytes(100)
    offer = announce(ann, rid, len(body), name="big.bin", type="application/octet-stream")
    assert put(offer["upload"], body, **{"Content-Length": str(len(body))}).status_code == 200
    message = confirm(ann, rid, offer["file"]["_id"])
    link, came, step = message["attachments"][0]["title_link"], hashlib.sha256(), 30 * MB
    for start in range(0, len(body), step):
        last = min(start + step, len(body)) - 1
        found: Any = content(fetch(workspace, link, ann), Range=f"bytes={start}-{last}")
        assert found.status_code == 206
        assert found.headers["Content-Range"] == f"bytes {start}-{last}/{len(body)}"
        came.update(found.content)
    assert came.digest() == body.digest.digest()


def test_images_that_are_to_lose_their_places_lose_them_on_this_way_too(
    workspace: Workspace, ann: Person, rid: str
) -> None:
    body = picture(form="JPEG", orientation=6)
    assert b"a camera" in body
    with setting(workspace, "Message_Attachments_Strip_Exif", True):
        offer = announce(ann, rid, len(body), name="a.jpg", type="image/jpeg")
        put(offer["upload"], body)
        message = confirm(ann, rid, offer["file"]["_id"])
        large = {"name": "a.jpg", "type": "image/jpeg", "size": 7 * MB}
        answer = ann.post(f"v1/rooms.media/{rid}", large)
    assert answer.json()["errorType"] == "error-file-too-large"
    kept = content(fetch(workspace, message["attachments"][0]["title_link"], ann)).content
    assert b"a camera" not in kept
    assert len(kept) == message["file"]["size"] < len(body)


def test_pages_of_other_origins_may_not_upload(ann: Person, rid: str) -> None:
    offer = announce(ann, rid, len(BODY))["upload"]
    asked = {
        "Origin": "https://elsewhere.example.com",
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "content-type,content-disposition",
    }
    answer = requests.options(offer["url"], headers=asked, timeout=10)
    assert answer.status_code == 400
    assert "Access-Control-Allow-Origin" not in answer.headers
