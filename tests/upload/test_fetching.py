"""`/file-upload/…`: who gets a file, and how the store gives it."""

from __future__ import annotations

import time
from typing import Any

import jwt
import pytest

from tests.support.settings import setting
from tests.support.uploads import TEXT, claiming, content, fetch, picture, upload
from tests.support.workspace import Json, Person, Workspace

SECRET = "a-secret-for-files-" + "x" * 20
PAGE = b"<script>alert(1)</script>"


@pytest.fixture(scope="module")
def outsider(workspace: Workspace) -> Person:
    return workspace.person()


@pytest.fixture(scope="module")
def channel(workspace: Workspace, ann: Person) -> str:
    return str(workspace.channel(ann)["_id"])


@pytest.fixture(scope="module")
def link(ann: Person, channel: str) -> str:
    return link_of(upload(ann, channel))


def link_of(message: Json) -> str:
    return str(message["attachments"][0]["title_link"])


def test_the_store_is_where_a_member_is_sent(workspace: Workspace, ann: Person, link: str) -> None:
    answer = fetch(workspace, link, ann)
    assert answer.status_code == 302
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    given = content(answer)
    assert (given.content, given.headers["Content-Type"]) == (TEXT, "text/plain")
    assert given.headers["X-Content-Type-Options"] == "nosniff"
    etag = given.headers["ETag"]
    assert content(fetch(workspace, link, ann), Range="bytes=0-5").content == TEXT[:6]
    assert content(fetch(workspace, link, ann)).headers["ETag"] == etag


def test_older_addresses_lead_to_the_same(workspace: Workspace, ann: Person, link: str) -> None:
    fid, name = link.split("/")[2:]
    for path in (f"/ufs/AmazonS3:Uploads/{fid}/{name}", f"/ufs/GridFS:Uploads/{fid}/{name}"):
        assert content(fetch(workspace, path, ann)).content == TEXT
    assert content(fetch(workspace, f"/file-upload/{fid}", ann)).content == TEXT


def test_who_someone_is_may_be_shown_in_cookies_and_in_the_query(
    workspace: Workspace, ann: Person, link: str
) -> None:
    shown = {"rc_uid": ann.id, "rc_token": ann.token}
    assert fetch(workspace, link, params=shown).status_code == 302
    cookie = f"rc_uid={ann.id}; rc_token={ann.token}"
    assert fetch(workspace, link, headers={"Cookie": cookie}).status_code == 302
    for wrong in ({**shown, "rc_token": "x"}, {"rc_uid": ann.id}):
        assert fetch(workspace, link, params=wrong).status_code == 403


def test_nobody_gets_a_file_without_credentials_unless_settings_allow(
    workspace: Workspace, link: str
) -> None:
    answer = fetch(workspace, link)
    assert (answer.status_code, answer.text) == (403, "")
    with setting(workspace, "FileUpload_ProtectFiles", False):
        assert content(fetch(workspace, link)).content == TEXT


def test_who_is_not_in_the_room_gets_a_file_where_settings_allow(
    workspace: Workspace, outsider: Person, link: str
) -> None:
    assert fetch(workspace, link, outsider).status_code == 403
    with setting(workspace, "FileUpload_Restrict_to_room_members", False):
        assert fetch(workspace, link, outsider).status_code == 302


def test_who_may_enter_a_room_gets_its_files_where_settings_say_so(
    workspace: Workspace, ann: Person, outsider: Person, link: str
) -> None:
    name = {"name": f"g{outsider.id.lower()}"}
    group = ann.ok("POST", "v1/groups.create", name)["group"]["_id"]
    closed = link_of(upload(ann, group))
    with (
        setting(workspace, "FileUpload_Restrict_to_room_members", False),
        setting(workspace, "FileUpload_Restrict_to_users_who_can_access_room", True),
    ):
        assert fetch(workspace, link, outsider).status_code == 302
        assert fetch(workspace, closed, outsider).status_code == 403
        assert fetch(workspace, closed, ann).status_code == 302


def test_anonymous_readers_get_what_they_may_read(
    workspace: Workspace, ann: Person, link: str
) -> None:
    name = {"name": f"h{ann.id.lower()}"}
    closed = link_of(upload(ann, ann.ok("POST", "v1/groups.create", name)["group"]["_id"]))
    with setting(workspace, "Accounts_AllowAnonymousRead", True):
        assert fetch(workspace, link).status_code == 302
        assert fetch(workspace, closed).status_code == 403


def token(fid: str, **more: Any) -> str:
    now = int(time.time())
    claims = {"iat": now, "nbf": now, "exp": now + 60, "aud": "RocketChat", **more}
    return jwt.encode({"context": {"fileId": fid}, **claims}, more.pop("key", SECRET), "HS256")


def test_a_short_lived_token_gets_the_file_that_it_was_made_for(
    workspace: Workspace, link: str
) -> None:
    fid = link.split("/")[2]
    assert fetch(workspace, link, params={"token": token(fid)}).status_code == 403
    with setting(workspace, "FileUpload_json_web_token_secret_for_files", SECRET):
        assert fetch(workspace, link, params={"token": token(fid)}).status_code == 302
        for wrong in (
            token("another"),
            token(fid, exp=int(time.time()) - 5),
            token(fid, aud="someone"),
            jwt.encode({"context": {"fileId": fid}}, SECRET, "HS256"),
            jwt.encode({"context": {"fileId": fid}, "aud": "RocketChat"}, "y" * 40, "HS256"),
            "nonsense",
        ):
            assert fetch(workspace, link, params={"token": wrong}).status_code == 403
        with setting(workspace, "FileUpload_Enable_json_web_token_for_files", False):
            assert fetch(workspace, link, params={"token": token(fid)}).status_code == 403


@pytest.mark.parametrize(
    ("kind", "how"),
    [
        ("text/html", "attachment"),
        ("application/xhtml+xml", "attachment"),
        ("text/xml", "attachment"),
        ("application/javascript", "attachment"),
        ("application/octet-stream", "attachment"),
        ("text/plain", "inline"),
        ("application/pdf", "inline"),
        ("video/mp4", "inline"),
    ],
)
def test_what_browsers_would_run_comes_as_an_attachment(
    workspace: Workspace, ann: Person, channel: str, kind: str, how: str
) -> None:
    message = upload(ann, channel, PAGE, name='a"b;.html', kind=kind)
    given = content(fetch(workspace, link_of(message), ann))
    # Where its client says nothing of it, its name does.
    named = "text/html" if kind == "application/octet-stream" else kind
    assert given.headers["Content-Type"] == named
    assert given.headers["Content-Disposition"] == f"{how}; filename*=UTF-8''a%22b%3B.html"


def test_an_svg_is_drawn_but_not_opened(workspace: Workspace, ann: Person, channel: str) -> None:
    body = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    with setting(workspace, "FileUpload_MediaTypeBlackList", ""):
        message = upload(ann, channel, body, name="a.svg", kind="image/svg+xml")
    (attachment,) = message["attachments"]
    assert attachment["image_type"] == "image/svg+xml"
    given = content(fetch(workspace, attachment["image_url"], ann))
    assert given.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (PAGE, "image/png"),
        (picture(form="GIF"), "image/png"),
        (b"GIF89a/*" + b"\xff" * 40 + b"*/=1;alert(1)//", "image/gif"),
        (claiming(20_000, 20_000), "image/png"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "image/png"),
    ],
    ids=["a page", "another format", "a polyglot", "a bomb", "broken"],
)
def test_what_is_not_the_image_it_is_said_to_be_is_a_file_that_nothing_shows(
    workspace: Workspace, ann: Person, channel: str, body: bytes, kind: str
) -> None:
    message = upload(ann, channel, body, name="a.png", kind=kind)
    (attachment,) = message["attachments"]
    assert not [key for key in attachment if key.startswith("image")]
    assert len(message["files"]) == 1
    given = content(fetch(workspace, attachment["title_link"], ann))
    assert given.headers["Content-Type"] == "application/octet-stream"
    assert given.headers["Content-Disposition"].startswith("attachment")


def test_a_missing_file_is_404_for_who_is_logged_in(workspace: Workspace, ann: Person) -> None:
    for path in ("/file-upload/abcdefghijklmnopq/a.txt", "/file-upload/%00/x", "/file-upload/x/"):
        assert fetch(workspace, path, ann).status_code == 404
        assert fetch(workspace, path).status_code == 403
