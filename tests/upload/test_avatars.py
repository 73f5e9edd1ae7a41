"""Avatars that are uploaded: of people."""

from __future__ import annotations

import asyncio
import io

import pytest
from PIL import Image

from tests.support.avatars import records, set_own, shown, upload, uri, user_of
from tests.support.ddp import Ddp
from tests.support.pictures import SVG, bomb, clear, fetch, picture, pixels, post_form, stored
from tests.support.scene import invoke, without
from tests.support.settings import setting
from tests.support.workspace import Json, Workspace


def test_set_the_avatar_of_the_logged_user_by_a_local_image(workspace: Workspace) -> None:
    person = workspace.person()
    set_own(person, picture("JPEG", (640, 400)))
    answer = shown(person)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    image = pixels(answer.content)
    assert (image.format, image.size) == ("JPEG", (200, 200))
    user = user_of(person)
    assert user["avatarOrigin"] == "rest"
    assert answer.headers["ETag"] == f'"{user["avatarETag"]}"'
    assert person.ok("GET", "v1/me")["avatarETag"] == user["avatarETag"]
    by_id = fetch(person, workspace, f"/avatar/uid/{person.id}")
    assert by_id.content == answer.content


def test_who_still_has_an_uploaded_avatar_is_not_sent_it_again(workspace: Workspace) -> None:
    person = workspace.person()
    set_own(person)
    first, path = shown(person), f"/avatar/{person.username}"
    for name, value in (
        ("If-None-Match", first.headers["ETag"]),
        ("If-Modified-Since", first.headers["Last-Modified"]),
    ):
        again = fetch(person, workspace, path, **{name: value})
        assert (again.status_code, again.content) == (304, b"")
    set_own(person, picture(color="#0000ff"))
    tag = {"If-None-Match": first.headers["ETag"]}
    assert fetch(person, workspace, path, **tag).status_code == 200


def test_nothing_of_the_avatar_before_is_left(workspace: Workspace) -> None:
    person, before = workspace.person(), stored(workspace, "avatars")
    set_own(person)
    set_own(person, picture(color="#0000ff"))
    (record,) = records(person)
    assert stored(workspace, "avatars") - before == {record["_contrail"]["file"]}
    person.ok("POST", "v1/users.resetAvatar", {"userId": person.id})
    assert records(person) == []
    assert stored(workspace, "avatars") == before


def test_reset_the_avatar_of_the_logged_user(workspace: Workspace) -> None:
    person = workspace.person()
    set_own(person)
    person.ok("POST", "v1/users.resetAvatar", {"userId": person.id})
    assert shown(person).headers["Content-Type"] == "image/svg+xml"
    assert not {"avatarOrigin", "avatarETag"} & set(user_of(person))
    person.ok("POST", "v1/users.resetAvatar", {"username": person.username})


async def test_everyone_hears_of_a_new_avatar(workspace: Workspace) -> None:
    person, other = workspace.person(), workspace.person()
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(other.token)
        await client.sub("stream-notify-logged", "updateAvatar", False)
        await asyncio.to_thread(set_own, person)
        etag = user_of(person)["avatarETag"]
        told = await client.until_events("stream-notify-logged", "updateAvatar", 1)
        assert told == [[{"username": person.username, "etag": etag}]]
        body = {"userId": person.id}
        await asyncio.to_thread(person.ok, "POST", "v1/users.resetAvatar", body)
        told = await client.until_events("stream-notify-logged", "updateAvatar", 2)
        assert told[1] == [{"username": person.username}]


@pytest.mark.parametrize("key", ["userId", "username"])
def test_with_the_permission_the_avatar_of_another_user_is_set_and_reset(
    workspace: Workspace, key: str
) -> None:
    person, admin = workspace.person(), workspace.admin
    which = {key: person.id if key == "userId" else person.username}
    assert upload(admin, picture(), **which).json() == {"success": True}
    assert shown(person).headers["Content-Type"] == "image/png"
    assert not records(admin)
    admin.ok("POST", "v1/users.resetAvatar", which)
    assert shown(person).headers["Content-Type"] == "image/svg+xml"


@pytest.mark.parametrize("key", ["userId", "username"])
def test_without_the_permission_nobody_touches_another_users_avatar(
    workspace: Workspace, key: str
) -> None:
    person, other = workspace.person(), workspace.person()
    which = {key: other.id if key == "userId" else other.username}
    answer = upload(person, picture(), **which)
    assert (answer.status_code, answer.json()) == (
        400,
        {
            "success": False,
            "error": "Not allowed [error-not-allowed]",
            "errorType": "error-not-allowed",
        },
    )
    by_url = person.post("v1/users.setAvatar", {"avatarUrl": "http://example.com/a.png", **which})
    assert (by_url.status_code, by_url.json()["error"]) == (403, "unauthorized")
    reset = person.post("v1/users.resetAvatar", which)
    assert (reset.status_code, reset.json()["error"]) == (
        400,
        "Reset avatar is not allowed [error-not-allowed]",
    )
    assert not records(other)


def test_where_avatars_may_not_be_changed_only_the_permission_changes_them(
    workspace: Workspace,
) -> None:
    person, admin = workspace.person(), workspace.admin
    with setting(workspace, "Accounts_AllowUserAvatarChange", False):
        answer = upload(person, picture())
        assert answer.json()["error"] == "Change avatar is not allowed [error-not-allowed]"
        assert person.post("v1/users.resetAvatar", {"userId": person.id}).status_code == 400
        assert upload(admin, picture(), userId=person.id).status_code == 200
        admin.ok("POST", "v1/users.resetAvatar", {"userId": person.id})
        for method, params in (("setAvatarFromService", [uri(picture())]), ("resetAvatar", [])):
            error = invoke(workspace, person, method, params)["error"]
            assert error["error"] == "error-not-allowed"


def test_moderators_reset_avatars_that_were_reported(workspace: Workspace) -> None:
    person, moderator = workspace.person(), workspace.person()
    set_own(person)
    with without(workspace, "edit-other-user-avatar", "admin"):
        workspace.admin.ok("POST", "v1/users.resetAvatar", {"userId": person.id})
    assert shown(person).headers["Content-Type"] == "image/svg+xml"
    assert moderator.post("v1/users.resetAvatar", {"userId": person.id}).status_code == 400


def test_the_url_of_an_avatar_by_id_and_by_name(workspace: Workspace) -> None:
    person = workspace.person()
    for which in ({"userId": person.id}, {"username": person.username}):
        answer = workspace.http("GET", "v1/users.getAvatar", params=which, allow_redirects=False)
        where = f"http://localhost:3000/avatar/{person.username}"
        assert (answer.status_code, answer.headers["Location"]) == (307, where)
        assert answer.json() == where
    answer = workspace.http("GET", "v1/users.getAvatar")
    assert (answer.status_code, answer.json()["errorType"]) == (
        400,
        "error-user-param-not-provided",
    )


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(SVG, id="svg"),
        pytest.param(b"<html><script>alert(1)</script>", id="html"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + b"\0" * 40, id="no png"),
        pytest.param(picture()[:-30], id="cut off"),
        pytest.param(bomb(), id="bomb"),
        pytest.param(b"GIF89a" + b"\xff" * 200, id="no gif"),
        pytest.param(b"%PDF-1.4\n", id="pdf"),
        pytest.param(b"BM" + b"\0" * 60, id="bmp"),
    ],
)
def test_what_is_no_picture_is_refused_and_leaves_nothing(
    workspace: Workspace, body: bytes
) -> None:
    person = workspace.person()
    answer = upload(person, body)
    assert (answer.status_code, answer.json()["errorType"]) == (400, "error-invalid-image")
    assert records(person) == []
    assert "avatarETag" not in user_of(person)


def test_of_a_picture_the_pixels_alone_are_kept(workspace: Workspace) -> None:
    """What else was in the file may say where it was taken, or be another document."""
    person = workspace.person()
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "Some Street 7"
    image = Image.new("RGB", (40, 80), "#c04020")
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    with setting(workspace, "Accounts_AvatarResize", False):
        set_own(person, out.getvalue() + b"<script>alert(1)</script>")
    kept = shown(person).content
    assert b"script" not in kept
    assert b"Some Street" not in kept
    assert pixels(kept).size == (80, 40)
    assert not pixels(kept).getexif()


def test_avatars_have_the_size_that_the_workspace_says(workspace: Workspace) -> None:
    person = workspace.person()
    with setting(workspace, "Accounts_AvatarSize", 50):
        set_own(person, picture("PNG", (300, 100)))
    assert pixels(shown(person).content).size == (50, 50)


def test_a_transparent_picture_stays_whole_and_transparent(workspace: Workspace) -> None:
    person = workspace.person()
    set_own(person, clear())
    image = pixels(shown(person).content)
    assert (image.format, image.mode, image.size) == ("PNG", "RGBA", (200, 200))
    assert image.getpixel((0, 0)) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("files", "fields", "error"),
    [
        ({"picture": picture()}, {}, "[invalid-field]"),
        ({}, {"userId": "x"}, "[No file uploaded]"),
    ],
)
def test_the_form_has_to_hold_one_image(
    workspace: Workspace, files: Json, fields: Json, error: str
) -> None:
    person = workspace.person()
    answer = post_form(person, "v1/users.setAvatar", files, fields)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_the_size_limit_of_files_holds_for_avatars(workspace: Workspace) -> None:
    person = workspace.person()
    with setting(workspace, "FileUpload_MaxFileSize", 100):
        assert upload(person, picture()).json()["errorType"] == "error-file-too-large"
    assert records(person) == []
