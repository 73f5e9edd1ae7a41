"""Uploads as today's clients make them: `rooms.media` with `rooms.mediaConfirm`, `rooms.upload`."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from PIL import Image

from tests.support.settings import setting
from tests.support.uploads import (
    TEXT,
    announce,
    confirm,
    content,
    fetch,
    media,
    picture,
    post_file,
    put,
    upload,
)
from tests.support.workspace import Json, Person, Workspace


@pytest.fixture(scope="module")
def rid(workspace: Workspace, ann: Person) -> str:
    return str(workspace.channel(ann)["_id"])


WAYS = pytest.mark.parametrize("way", ["rooms.upload", "rooms.media"])


def brought(person: Person, rid: str, way: str, body: bytes, said: Json, **file: str) -> Json:
    """The message of an upload either way."""
    if way == "rooms.upload":
        return upload(person, rid, body, **file, **said)
    return confirm(person, rid, media(person, rid, body, **file)["_id"], **said)


def refused(person: Person, rid: str, way: str, said: Json) -> Any:
    """The answer to an upload with something to say."""
    if way == "rooms.upload":
        return post_file(person, f"v1/{way}/{rid}", TEXT, **said)
    fid = media(person, rid)["_id"]
    return person.post(f"v1/rooms.mediaConfirm/{rid}/{fid}", said)


@WAYS
def test_a_png_becomes_a_message_with_a_thumbnail(
    workspace: Workspace, ann: Person, rid: str, way: str
) -> None:
    body = picture()
    message = brought(ann, rid, way, body, {"msg": "look"}, name="1024x768 ü.png", kind="image/png")
    assert (message["msg"], message["groupable"]) == ("look", False)
    original, small = message["files"]
    assert message["file"] == original
    assert original == {
        "_id": original["_id"],
        "name": "1024x768 ü.png",
        "type": "image/png",
        "size": len(body),
        "format": "png",
    }
    assert (small["name"], small["type"]) == ("thumb-1024x768 ü.png", "image/png")
    (attachment,) = message["attachments"]
    preview = attachment.pop("image_preview")
    address = "/file-upload/{}/1024x768%20%C3%BC.png"
    assert attachment == {
        "title": "1024x768 ü.png",
        "type": "file",
        "title_link": address.format(original["_id"]),
        "title_link_download": True,
        "image_url": address.format(small["_id"]),
        "image_type": "image/png",
        "image_size": len(body),
        "image_dimensions": {"width": 480, "height": 360},
    }
    assert len(preview) < 2000
    kept = content(fetch(workspace, attachment["title_link"], ann))
    assert (kept.content, kept.headers["Content-Type"]) == (body, "image/png")
    shown = content(fetch(workspace, attachment["image_url"], ann))
    with Image.open(io.BytesIO(shown.content)) as image:
        assert (image.size, image.format) == ((480, 360), "PNG")


@WAYS
@pytest.mark.parametrize(
    ("name", "kind"),
    [("lst-test.lst", "text/plain"), ("diagram.drawio", "application/octet-stream")],
)
@pytest.mark.parametrize("said", ["itself", "unknown"])
def test_other_files_come_as_files(
    workspace: Workspace, ann: Person, rid: str, way: str, name: str, kind: str, said: str
) -> None:
    """Clients that do not know a file's type say so: then its name tells."""
    given = kind if said == "itself" else "application/octet-stream"
    message = brought(ann, rid, way, TEXT, {"description": "a *plan*"}, name=name, kind=given)
    (file,) = message["files"]
    assert (file["name"], file["type"], file["size"]) == (name, kind, len(TEXT))
    (attachment,) = message["attachments"]
    assert (attachment["title"], attachment["type"]) == (name, "file")
    wanted = name.rpartition(".")[2].upper()
    assert (attachment["format"], attachment["size"]) == (wanted, len(TEXT))
    assert attachment["description"] == "a *plan*"
    assert attachment["descriptionMd"]
    assert content(fetch(workspace, attachment["title_link"], ann)).content == TEXT


@pytest.mark.parametrize("medium", ["audio", "video"])
def test_sounds_and_films_are_played(ann: Person, rid: str, medium: str) -> None:
    message = upload(ann, rid, b"x" * 99, name=f"a.{medium}", kind=f"{medium}/mp4")
    (attachment,) = message["attachments"]
    assert attachment[f"{medium}_url"] == attachment["title_link"]
    assert attachment[f"{medium}_type"] == f"{medium}/mp4"
    assert attachment[f"{medium}_size"] == 99


@WAYS
def test_description_and_type_of_encrypted_files_are_kept(ann: Person, rid: str, way: str) -> None:
    said = {"t": "e2e", "e2e": "pending", "description": "some_file_description"}
    message = brought(ann, rid, way, picture(), said, name="a.png", kind="image/png")
    assert (message["t"], message["e2e"]) == ("e2e", "pending")
    assert message["attachments"][0]["description"] == "some_file_description"


@pytest.mark.parametrize("way", ["a form", "announced"])
def test_an_encrypted_file_is_bytes_of_no_type_whatever_its_client_says(
    workspace: Workspace, ann: Person, rid: str, way: str
) -> None:
    secret = {"algorithm": "rc.v1.aes-sha2", "ciphertext": "c2VjcmV0"}
    body = picture(60, 40, "JPEG")
    unknown = "application/octet-stream"
    with setting(workspace, "FileUpload_MediaTypeWhiteList", "text/plain"):
        if way == "a form":
            given: Json = {"name": "a.jpg", "kind": "image/jpeg", "content": json.dumps(secret)}
            fid = media(ann, rid, body, **given)["_id"]
        else:
            given = {"name": "a.jpg", "type": "image/jpeg", "content": secret}
            offer = announce(ann, rid, len(body), **given)
            fid = offer["file"]["_id"]
            assert offer["upload"]["headers"]["Content-Type"] == unknown
            assert put(offer["upload"], body).status_code == 200
        message = confirm(ann, rid, fid, t="e2e", content=secret)
    (file,) = message["files"]
    assert (file["type"], file["name"]) == (unknown, "a.jpg")
    assert message["content"] == secret
    stored = workspace.database["rocketchat_uploads"].find_one({"_id": fid})
    assert stored is not None
    assert stored["content"] == secret
    with setting(workspace, "FileUpload_MediaTypeBlackList", unknown):
        given = {"name": "a", "type": "text/plain", "size": 5, "content": secret}
        answer = ann.post(f"v1/rooms.media/{rid}", given)
        assert answer.json()["errorType"] == "error-invalid-file-type"


@WAYS
def test_a_description_is_as_long_as_a_message_may_be(
    workspace: Workspace, ann: Person, rid: str, way: str
) -> None:
    with setting(workspace, "Message_MaxAllowedSize", 10):
        for said in ({"description": "123456789"}, {"msg": "123456789"}):
            assert brought(ann, rid, way, TEXT, said)["attachments"]
        for said in ({"description": "12345678910"}, {"msg": "12345678910"}):
            answer = refused(ann, rid, way, said)
            told = (answer.status_code, answer.json()["errorType"])
            assert told == (400, "error-message-size-exceeded")


@WAYS
def test_a_field_other_than_file_is_refused(ann: Person, rid: str, way: str) -> None:
    answer = post_file(ann, f"v1/{way}/{rid}", TEXT, field="test")
    assert answer.status_code == 400
    expected = {"success": False, "error": "[invalid-field]", "errorType": "invalid-field"}
    assert answer.json() == expected


@WAYS
def test_no_file_and_more_than_one_are_refused(
    workspace: Workspace, ann: Person, rid: str, way: str
) -> None:
    empty = post_file(ann, f"v1/{way}/{rid}", b"")
    assert (empty.status_code, empty.json()["error"]) == (400, "[No file uploaded]")
    none = workspace.http("POST", f"v1/{way}/{rid}", headers=ann.headers)
    assert (none.status_code, none.json()["error"]) == (400, "[No file uploaded]")
    two = [("file", ("a.txt", TEXT)), ("file", ("b.txt", TEXT))]
    answer = workspace.http("POST", f"v1/{way}/{rid}", files=two, headers=ann.headers)
    assert answer.status_code == 400
    assert answer.json() == {"success": False, "error": "Just 1 file is allowed"}


@WAYS
@pytest.mark.parametrize("kind", ["text/plain", "application/octet-stream"])
def test_a_blocked_type_is_refused(
    workspace: Workspace, ann: Person, rid: str, way: str, kind: str
) -> None:
    name = "a.lst" if kind == "text/plain" else "a.drawio"
    with setting(workspace, "FileUpload_MediaTypeBlackList", f"image/x, {kind}"):
        for said in (kind, "application/octet-stream"):
            answer = post_file(ann, f"v1/{way}/{rid}", TEXT, name=name, kind=said)
            told = (answer.status_code, answer.json()["errorType"])
            assert told == (400, "error-invalid-file-type")
    with setting(workspace, "FileUpload_MediaTypeWhiteList", "image/*"):
        answer = post_file(ann, f"v1/{way}/{rid}", TEXT, kind=kind)
        assert (answer.status_code, answer.json()["errorType"]) == (400, "error-invalid-file-type")
        upload(ann, rid, picture(), name="a.png", kind="image/png")


def test_settings_say_how_much_and_where(workspace: Workspace, ann: Person, rid: str) -> None:
    other = workspace.person()
    direct = ann.ok("POST", "v1/im.create", {"username": other.username})["room"]["_id"]

    def refused(room: str) -> str:
        answer = post_file(ann, f"v1/rooms.upload/{room}", TEXT)
        assert answer.status_code == 400
        return str(answer.json()["error"])

    with setting(workspace, "FileUpload_MaxFileSize", 100):
        assert refused(rid) == "File exceeds allowed size of 100 B. [error-file-too-large]"
    with setting(workspace, "FileUpload_MaxFileSize", -1):
        upload(ann, rid)
    with setting(workspace, "FileUpload_Enabled", False):
        assert refused(rid) == "File uploads are disabled. [error-file-upload-disabled]"
    with setting(workspace, "FileUpload_Enabled_Direct", False):
        assert refused(direct).endswith("[error-direct-message-file-upload-not-allowed]")
        upload(ann, rid)
    upload(ann, direct)


def test_only_who_may_write_in_a_room_brings_files_there(workspace: Workspace, ann: Person) -> None:
    group = ann.ok("POST", "v1/groups.create", {"name": f"g{ann.id.lower()}"})["group"]["_id"]
    outsider = workspace.person()
    answer = post_file(outsider, f"v1/rooms.upload/{group}", TEXT)
    assert (answer.status_code, answer.json()["error"]) == (403, "unauthorized")
    calm = ann.ok("POST", "v1/channels.create", {"name": f"r{ann.id.lower()}", "readOnly": True})
    readonly = calm["channel"]["_id"]
    outsider.ok("POST", "v1/channels.join", {"roomId": readonly})
    answer = post_file(outsider, f"v1/rooms.upload/{readonly}", TEXT)
    assert answer.status_code == 400
    fid = media(outsider, readonly)["_id"]
    refused = outsider.post(f"v1/rooms.mediaConfirm/{readonly}/{fid}", {})
    assert (refused.status_code, refused.json()["error"]) == (400, answer.json()["error"])


def test_a_reply_goes_into_its_thread(workspace: Workspace, ann: Person, rid: str) -> None:
    first = ann.ok("POST", "v1/chat.postMessage", {"roomId": rid, "text": "x"})["message"]
    assert upload(ann, rid, tmid=first["_id"])["tmid"] == first["_id"]
    elsewhere = workspace.channel(ann)["_id"]
    answer = post_file(ann, f"v1/rooms.upload/{elsewhere}", TEXT, tmid=first["_id"])
    assert answer.json()["errorType"] == "error-not-allowed"


def test_a_form_that_is_cut_off_is_refused(workspace: Workspace, ann: Person, rid: str) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc'
    for body, kind in ((head, "multipart/form-data; boundary=x"), (b"x", "multipart/form-data")):
        headers = {**ann.headers, "Content-Type": kind}
        answer = workspace.http("POST", f"v1/rooms.upload/{rid}", data=body, headers=headers)
        assert (answer.status_code, answer.json()["success"]) == (400, False)


def test_a_description_that_is_no_utf_8_is_taken_as_far_as_it_is_text(
    ann: Person, rid: str
) -> None:
    edge, head = "edge", b"Content-Disposition: form-data; name="
    parts = (b'"description"\r\n\r\nkites \xba', b'"file"; filename="a.txt"\r\n\r\nplan')
    body = b"".join(b"--edge\r\n" + head + part + b"\r\n" for part in parts) + b"--edge--\r\n"
    headers = {**ann.headers, "Content-Type": f"multipart/form-data; boundary={edge}"}
    answer = ann.workspace.http("POST", f"v1/rooms.upload/{rid}", data=body, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["message"]["attachments"][0]["description"] == "kites \ufffd"


def test_what_is_confirmed_twice_is_posted_once(workspace: Workspace, ann: Person) -> None:
    rid = workspace.channel(ann)["_id"]
    fid = media(ann, rid, picture(), name="a.png", kind="image/png")["_id"]
    first = confirm(ann, rid, fid, msg="once")
    again = confirm(ann, rid, fid, msg="twice")
    assert (again["_id"], again["msg"], again["ts"]) == (first["_id"], "once", first["ts"])
    assert ann.ok("GET", "v1/channels.info", {"roomId": rid})["channel"]["msgs"] == 1
    assert workspace.database["rocketchat_uploads"].count_documents({"rid": rid}) == 2


def test_a_file_is_confirmed_by_who_uploaded_it_where_they_did(
    workspace: Workspace, ann: Person, rid: str
) -> None:
    bob, elsewhere = workspace.person(), workspace.channel(ann)["_id"]
    fid = media(ann, rid)["_id"]
    for person, room, which in ((bob, rid, fid), (ann, elsewhere, fid), (ann, rid, "nothing")):
        answer = person.post(f"v1/rooms.mediaConfirm/{room}/{which}", {})
        assert answer.status_code == 400
        assert answer.json()["errorType"] == "invalid-file"
    assert confirm(ann, rid, fid)["file"]["_id"] == fid
