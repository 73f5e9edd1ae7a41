"""What strangers send instead of a file: odd names, odd types, forms that are none."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.support.uploads import TEXT, announce, confirm, content, fetch, media, post_file, put
from tests.support.workspace import Json, Person, Workspace

FORM = "multipart/form-data; boundary=edge"
HEAD = b'Content-Disposition: form-data; name="file"; '
UNKNOWN = "application/octet-stream"


@pytest.fixture(scope="module")
def rid(workspace: Workspace, ann: Person) -> str:
    return str(workspace.channel(ann)["_id"])


def form(*parts: bytes) -> bytes:
    return b"".join(b"--edge\r\n" + part + b"\r\n" for part in parts) + b"--edge--\r\n"


def post(person: Person, rid: str, body: bytes, kind: str = FORM) -> requests.Response:
    headers = {**person.headers, "Content-Type": kind}
    path = f"v1/rooms.upload/{rid}"
    return person.workspace.http("POST", path, data=body, headers=headers)


def posted(answer: requests.Response) -> Json:
    assert answer.status_code == 200, answer.text
    message: Json = answer.json()["message"]
    return message


LONG = "x" * 2000
NAMES = (
    ("a.png.html", "a.png.html"),
    ("../../etc/passwd", "passwd"),
    ("..\\..\\plan.txt", "plan.txt"),
    ("C:\\fakepath\\plan.txt", "plan.txt"),
    ("/", "file"),
    (".", "file"),
    ("..", "file"),
    (" ", "file"),
    (".htaccess", ".htaccess"),
    ("a\x01\x1b[31m\x7fb.txt", "a[31mb.txt"),
    ("a\x00b.txt", "ab.txt"),
    ("\u202egnp.exe", "gnp.exe"),
    ("a\u2066b\u2069.txt", "ab.txt"),
    ("pl\u00e4n \U0001f600.txt", "pl\u00e4n \U0001f600.txt"),
    ("a?b#c%2Fd;e.txt", "a?b#c%2Fd;e.txt"),
    ("x" * 300 + ".txt", "x" * 300 + ".txt"),
    (LONG + ".txt", LONG[:1020] + ".txt"),
)


@pytest.mark.parametrize(("given", "kept"), NAMES)
@pytest.mark.parametrize("way", ["form", "announced", "confirmed"])
def test_whatever_a_file_is_called_it_comes_back_under_an_address_that_holds(
    workspace: Workspace, ann: Person, rid: str, given: str, kept: str, way: str
) -> None:
    if way == "form":
        name = given.encode().replace(b"\\", b"\\\\")
        message = posted(post(ann, rid, form(HEAD + b'filename="' + name + b'"\r\n\r\n' + TEXT)))
    elif len(given) > 1024:
        body = {"name": given, "type": "text/plain", "size": 5}
        assert ann.post(f"v1/rooms.media/{rid}", body).json()["errorType"] == "invalid-params"
        return
    else:
        offer = announce(ann, rid, len(TEXT), name=given if way == "announced" else "a.txt")
        assert put(offer["upload"], TEXT).status_code == 200
        more = {"fileName": given} if way == "confirmed" else {}
        message = confirm(ann, rid, offer["file"]["_id"], **more)
    (attachment,) = message["attachments"]
    assert (message["file"]["name"], attachment["title"]) == (kept, kept)
    link = attachment["title_link"]
    assert link.count("/") == 3
    assert link.isascii()
    assert link.isprintable()
    found = content(fetch(workspace, link, ann))
    assert found.content == TEXT
    assert "\n" not in found.headers["Content-Disposition"]


def test_a_name_in_letters_of_its_own_is_read_however_it_is_written(ann: Person, rid: str) -> None:
    for given, kept in (
        (b"filename*=UTF-8''pl%C3%A4n%20b.txt", "pl\u00e4n b.txt"),
        (b"filename*=iso-8859-1'de'pl%E4n.txt", "pl\u00e4n.txt"),
        (b"filename=\"plan.txt\"; filename*=UTF-8''other.txt", "plan.txt"),
        (b'filename="pl\xe4n.txt"', "pl\ufffdn.txt"),
    ):
        message = posted(post(ann, rid, form(HEAD + given + b"\r\n\r\nx")))
        assert message["file"]["name"] == kept


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (b"", UNKNOWN),
        (b"../../etc", UNKNOWN),
        (b"text", UNKNOWN),
        (b"*/*", UNKNOWN),
        (b"image/*", UNKNOWN),
        (b"x-foo/bar baz", UNKNOWN),
        ("\u00fc/\u00fc".encode(), UNKNOWN),
        (b"a" * 300 + b"/b", UNKNOWN),
        (b"TEXT/HTML; charset=utf-7", "text/html"),
        (b"text/plain;base64", "text/plain"),
        (b"application/x-www-form-urlencoded; charset=utf-8", "application/x-www-form-urlencoded"),
        (b"image/png", "image/png"),
    ],
)
def test_whatever_type_a_file_is_said_to_have_browsers_run_nothing_of_it(
    workspace: Workspace, ann: Person, rid: str, given: bytes, kept: str
) -> None:
    told = b"Content-Type: " + given + b"\r\n" if given else b""
    page = b"<script>alert(1)</script>"
    message = posted(post(ann, rid, form(HEAD + b'filename="a"\r\n' + told + b"\r\n" + page)))
    assert message["file"]["type"] == kept
    found = content(fetch(workspace, message["attachments"][0]["title_link"], ann))
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    shown = found.headers["Content-Disposition"].startswith("inline")
    assert shown == (kept == "text/plain")
    # It is said to be a picture, and is none.
    assert found.headers["Content-Type"] == (UNKNOWN if kept == "image/png" else kept)


FILE = HEAD + b'filename="a"\r\n\r\nx'
FIELD = b'Content-Disposition: form-data; name="f"\r\n\r\nx'
BROKEN, NONE = "Unexpected end of form", "[No file uploaded]"


@pytest.mark.parametrize(
    ("body", "kind", "error"),
    [
        pytest.param(form(FILE), "multipart/form-data", NONE, id="no boundary"),
        pytest.param(form(FILE), 'multipart/form-data; boundary=""', NONE, id="empty boundary"),
        pytest.param(form(FILE), "multipart/form-data; boundary=x", BROKEN, id="another boundary"),
        pytest.param(form(FILE), f"multipart/form-data; boundary={'a' * 5000}", BROKEN, id="long"),
        pytest.param(form(FILE), "multipart/mixed; boundary=edge", NONE, id="mixed"),
        pytest.param(form(FILE), "text/plain", "must be valid JSON [invalid-params]", id="text"),
        pytest.param(b"", FORM, BROKEN, id="nothing"),
        pytest.param(form(FILE)[:-20], FORM, BROKEN, id="cut off"),
        pytest.param(form(b"X: y\r\n\r\nx"), FORM, BROKEN, id="no name"),
        pytest.param(form(*[FIELD] * 40, FILE), FORM, BROKEN, id="too many parts"),
        pytest.param(form(HEAD + b"X: " + b"z" * 9000 + b"\r\n\r\nx"), FORM, BROKEN, id="header"),
        pytest.param(form(FIELD), FORM, NONE, id="fields alone"),
        pytest.param(form(HEAD + b'filename=""\r\n\r\nx'), FORM, NONE, id="no file name"),
        pytest.param(form(FILE, FILE), FORM, "Just 1 file is allowed", id="two"),
        pytest.param(form(HEAD + b'filename="a"\r\n\r\n'), FORM, NONE, id="zero bytes"),
    ],
)
def test_what_is_no_form_with_one_file_is_refused_and_leaves_nothing(
    workspace: Workspace, ann: Person, body: bytes, kind: str, error: str
) -> None:
    rid = str(workspace.channel(ann)["_id"])
    answer = post(ann, rid, body, kind)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert not workspace.database["rocketchat_uploads"].count_documents({"rid": rid})
    assert not workspace.database["rocketchat_message"].count_documents({"rid": rid})


def test_fields_of_a_message_that_are_nobodys_to_set_are_not_taken(ann: Person, rid: str) -> None:
    given = {"_id": "x" * 17, "rid": "GENERAL", "u": "someone", "_hidden": "true", "ts": "0"}
    message = posted(post_file(ann, f"v1/rooms.upload/{rid}", TEXT, **given))
    assert (message["rid"], message["u"]["_id"]) == (rid, ann.id)
    assert message["_id"] != given["_id"]
    assert "_hidden" not in message
    for name, value in (("t", "rm"), ("t", "uj"), ("avatar", "/x"), ("alias", "Boss")):
        answer = post_file(ann, f"v1/rooms.upload/{rid}", TEXT, **{name: value})
        assert answer.status_code == 400, name


def test_a_form_too_large_for_a_function_is_told_of_the_other_way(ann: Person, rid: str) -> None:
    for path in (f"v1/rooms.media/{rid}", f"v1/rooms.upload/{rid}"):
        answer = post_file(ann, path, b"x" * 6_000_000)
        told: Any = answer.json()
        assert (answer.status_code, told["success"]) == (413, False)
        assert "rooms.media/:rid" in told["error"]
        assert answer.headers["Content-Type"] == "application/json"


def test_a_room_that_was_closed_meanwhile_gets_no_file(workspace: Workspace, ann: Person) -> None:
    """Archived, muted there, gone: as with any message."""
    bob = workspace.person()
    rid = str(workspace.channel(bob, ann)["_id"])
    offer = announce(ann, rid, len(TEXT))
    assert put(offer["upload"], TEXT).status_code == 200
    waiting = [offer["file"]["_id"], media(ann, rid)["_id"]]

    def refused(error: str, status: int = 400) -> None:
        for fid in waiting:
            answer = ann.post(f"v1/rooms.mediaConfirm/{rid}/{fid}", {})
            assert (answer.status_code, answer.json()["error"]) == (status, error)
        assert post_file(ann, f"v1/rooms.upload/{rid}", TEXT).json()["error"] == error

    bob.ok("POST", "v1/channels.archive", {"roomId": rid})
    refused("room_is_archived")
    workspace.admin.ok("POST", "v1/channels.unarchive", {"roomId": rid})
    rooms = workspace.database["rocketchat_room"]
    rooms.update_one({"_id": rid}, {"$set": {"muted": [ann.username]}})
    refused("You_have_been_muted")
    rooms.update_one({"_id": rid}, {"$unset": {"muted": ""}})
    assert confirm(ann, rid, waiting.pop())["file"]
    bob.ok("POST", "v1/channels.delete", {"roomId": rid})
    refused("unauthorized", 403)


def test_whoever_was_removed_confirms_nothing(workspace: Workspace, ann: Person) -> None:
    bob = workspace.person()
    name = {"name": f"g{ann.id.lower()}{bob.id.lower()}", "members": [bob.username]}
    rid = ann.ok("POST", "v1/groups.create", name)["group"]["_id"]
    fid = media(bob, rid)["_id"]
    ann.ok("POST", "v1/groups.kick", {"roomId": rid, "userId": bob.id})
    answer = bob.post(f"v1/rooms.mediaConfirm/{rid}/{fid}", {})
    assert (answer.status_code, answer.json()["error"]) == (403, "unauthorized")
    by_ann = ann.post(f"v1/rooms.mediaConfirm/{rid}/{fid}", {})
    assert by_ann.json()["errorType"] == "invalid-file"
