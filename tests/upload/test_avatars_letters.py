"""`/avatar/...` of who has uploaded none."""

from __future__ import annotations

import io
from typing import Any

import pytest
import requests
from PIL import Image

from tests.support.settings import setting
from tests.support.workspace import Person, Workspace

OLD = "Thu, 01 Jan 2015 00:00:00 GMT"


def avatar(
    workspace: Workspace, path: str, person: Person | None = None, **more: Any
) -> requests.Response:
    headers = {**(person.headers if person else {}), **more.pop("headers", {})}
    return workspace.http("GET", f"/avatar/{path}", headers=headers, allow_redirects=False, **more)


def named(workspace: Workspace, name: str) -> Person:
    return workspace.person(name=name)


def test_a_letter_on_a_colour_that_depends_on_the_length_of_the_name(workspace: Workspace) -> None:
    answer = avatar(workspace, "arthur", workspace.admin, params={"size": "16"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert 'viewBox="0 0 16 16"' in answer.text
    assert ">\nA\n</" in answer.text
    assert 'fill="#158D65"' in answer.text
    assert 'font-size="10"' in answer.text
    assert 'fill="#7F1B9F"' in avatar(workspace, "sixteen", workspace.admin).text


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Bob", "B"), ("yan", "Y"), ("..x", "X"), ("7up", "7"), ("\u0436\u0430\u043d", "\u0416")],
)
def test_the_first_letter_or_digit_is_shown_in_capitals(
    workspace: Workspace, name: str, shown: str
) -> None:
    assert f">\n{shown}\n</" in avatar(workspace, name, workspace.admin).text


def test_nothing_that_is_in_a_name_gets_into_the_picture(workspace: Workspace) -> None:
    """A name is no way to put a script into what a browser shows."""
    answer = avatar(workspace, "%3Cscript%3Ealert(1)%3C%2Fscript%3E", workspace.admin)
    assert ">\nS\n</" in answer.text
    assert "script" not in answer.text
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == "inline"


@pytest.mark.parametrize(
    ("asked", "side"), [("50", 50), ("1", 16), ("99999", 1024), ("x", 200), ("-5", 200), ("", 200)]
)
def test_the_size_that_is_asked_for_is_kept_within_bounds(
    workspace: Workspace, asked: str, side: int
) -> None:
    answer = avatar(workspace, "someone", workspace.admin, params={"size": asked})
    assert f'viewBox="0 0 {side} {side}"' in answer.text


@pytest.mark.parametrize(("asked", "kind"), [("png", "PNG"), ("jpg", "JPEG"), ("jpeg", "JPEG")])
def test_pixels_for_who_asks_for_them(workspace: Workspace, asked: str, kind: str) -> None:
    query = {"format": asked, "size": "64"}
    answer = avatar(workspace, "arthur", workspace.admin, params=query)
    assert answer.headers["Content-Type"] == f"image/{kind.lower()}"
    image = Image.open(io.BytesIO(answer.content))
    assert (image.format, image.size) == (kind, (64, 64))
    drawn = image.convert("RGB")
    corner: Any = drawn.getpixel((1, 1))
    assert max(abs(one - two) for one, two in zip(corner, (0x15, 0x8D, 0x65), strict=True)) < 6
    assert len(drawn.getcolors(64 * 64) or []) > 2


def test_any_other_format_is_answered_as_svg(workspace: Workspace) -> None:
    answer = avatar(workspace, "arthur", workspace.admin, params={"format": "tiff"})
    assert answer.headers["Content-Type"] == "image/svg+xml"


def test_who_still_has_the_picture_is_not_sent_it_again(workspace: Workspace) -> None:
    first = avatar(workspace, "arthur", workspace.admin)
    assert first.headers["Last-Modified"] == OLD
    for headers in (
        {"If-None-Match": first.headers["ETag"]},
        {"If-None-Match": f'"x", W/{first.headers["ETag"]}'},
        {"If-Modified-Since": OLD},
    ):
        again = avatar(workspace, "arthur", workspace.admin, headers=headers)
        assert (again.status_code, again.content) == (304, b"")
    other = {"If-None-Match": '"x"', "If-Modified-Since": OLD}
    assert avatar(workspace, "arthur", workspace.admin, headers=other).status_code == 200


def test_real_names_are_drawn_where_the_workspace_says_so(workspace: Workspace) -> None:
    person = named(workspace, "Ada Byron King Lovelace")
    first = person.username[0].upper()
    assert f">\n{first}\n</" in avatar(workspace, person.username, person).text
    with setting(workspace, "UI_Use_Name_Avatar", True):
        for path in (person.username, f"uid/{person.id}"):
            assert ">\nABK\n</" in avatar(workspace, path, person).text


def test_strangers_are_kept_out_until_the_workspace_lets_them_in(workspace: Workspace) -> None:
    room = workspace.channel(workspace.admin)
    paths = ("arthur", "@general", f"uid/{workspace.admin.id}", f"room/{room['_id']}")
    for path in paths:
        answer = avatar(workspace, path)
        assert (answer.status_code, answer.text) == (403, "Forbidden")
        assert "private" in avatar(workspace, path, workspace.admin).headers["Cache-Control"]
    with setting(workspace, "Accounts_AvatarBlockUnauthenticatedAccess", False):
        for path in paths:
            answer = avatar(workspace, path)
            assert answer.status_code == 200
            assert answer.headers["Cache-Control"] == "public, max-age=3600"


def test_a_login_counts_in_the_query_in_cookies_and_in_headers(workspace: Workspace) -> None:
    person, other = workspace.person(), workspace.person()
    pair = {"rc_uid": person.id, "rc_token": person.token}
    assert avatar(workspace, "arthur", params=pair).status_code == 200
    assert avatar(workspace, "arthur", cookies=pair).status_code == 200
    assert avatar(workspace, "arthur", person).status_code == 200
    for wrong in (
        {"rc_uid": person.id, "rc_token": other.token},
        {"rc_uid": person.id},
        {"rc_uid": person.id, "rc_token": '{"$gt":""}'},
    ):
        assert avatar(workspace, "arthur", params=wrong).status_code == 403
        assert avatar(workspace, "arthur", cookies=wrong).status_code == 403
    assert avatar(workspace, "arthur", params=wrong, cookies=pair).status_code == 200
    person.ok("POST", "v1/logout")
    assert avatar(workspace, "arthur", params=pair).status_code == 403


def test_a_person_has_the_same_picture_by_id_as_by_name(workspace: Workspace) -> None:
    person = workspace.person()
    by_id = avatar(workspace, f"uid/{person.id}", person)
    assert by_id.content == avatar(workspace, person.username, person).content
    assert avatar(workspace, "uid/nobody", person).status_code == 404


def test_a_room_has_the_letter_of_its_name(workspace: Workspace) -> None:
    person = workspace.person()
    room = workspace.channel(person, name=f"zebra{person.id.lower()}")
    answer = avatar(workspace, f"room/{room['_id']}", person)
    assert ">\nZ\n</" in answer.text
    assert answer.content == avatar(workspace, f"@{room['name']}", person).content
    assert avatar(workspace, "room/nowhere", person).status_code == 404


def test_a_discussion_has_the_picture_of_the_room_it_belongs_to(workspace: Workspace) -> None:
    person = workspace.person()
    room = workspace.channel(person, name=f"zebra{person.id.lower()}")
    given = {"prid": room["_id"], "t_name": "about horses"}
    made = person.ok("POST", "v1/rooms.createDiscussion", given)["discussion"]
    assert ">\nZ\n</" in avatar(workspace, f"room/{made['_id']}", person).text


def test_a_direct_room_tells_nobody_who_talks_there(workspace: Workspace) -> None:
    person, other, third = workspace.person(), workspace.person(), workspace.person()
    room = person.ok("POST", "v1/im.create", {"username": other.username})["room"]
    answer = avatar(workspace, f"room/{room['_id']}", third)
    assert ">\n?\n</" in answer.text
    assert 'fill="#000"' in answer.text


def test_other_sites_may_provide_all_avatars(workspace: Workspace) -> None:
    person = workspace.person()
    room = workspace.channel(person)
    where = "https://avatars.example.com/{username}.png"
    with setting(workspace, "Accounts_AvatarExternalProviderUrl", where):
        for path in (person.username, f"uid/{person.id}"):
            answer = avatar(workspace, path, person)
            assert answer.status_code == 302
            wanted = f"https://avatars.example.com/{person.username}.png"
            assert answer.headers["Location"] == wanted
        odd = avatar(workspace, "a%2F..%3Fb%22: y", person)
        assert odd.headers["Location"] == ("https://avatars.example.com/a%2F..%3Fb%22%3A%20y.png")
    rooms = "https://avatars.example.com/rooms/{roomId}"
    with setting(workspace, "Accounts_RoomAvatarExternalProviderUrl", rooms):
        answer = avatar(workspace, f"room/{room['_id']}", person)
        assert answer.headers["Location"] == f"https://avatars.example.com/rooms/{room['_id']}"


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("https://example.com/me.png", 302),
        ("javascript:alert(1)", 200),
        ("https://example.com/\r\nX: y", 200),
        ("http://localhost:3000/avatar/x", 200),
        ({"$gt": ""}, 200),
    ],
)
def test_a_user_who_was_imported_may_have_a_picture_elsewhere(
    workspace: Workspace, address: Any, status: int
) -> None:
    person = workspace.person()
    workspace.database["users"].update_one({"_id": person.id}, {"$set": {"avatarUrl": address}})
    answer = avatar(workspace, person.username, person)
    assert answer.status_code == status
    assert answer.headers.get("Location") == (address if status == 302 else None)
