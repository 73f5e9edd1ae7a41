"""The pictures that a directory has of people."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.directory import Directed
from tests.support.pictures import SVG, fetch, picture, pixels, stored
from tests.support.settings import setting
from tests.support.slapd import PASSWORD, PEOPLE
from tests.support.workspace import Json


def entry(directed: Directed, **pictures: bytes) -> str:
    values: Any = {name: [body] for name, body in pictures.items()}
    return directed.entry(**values)


def user(directed: Directed, uid: str) -> Json:
    found: Json = directed.database["users"].find_one({"username": uid})
    return found


def test_whoever_logs_in_gets_the_picture_of_the_directory(directed: Directed) -> None:
    uid = entry(directed, jpegPhoto=picture("JPEG", (90, 60)))
    person = directed.login(uid, PASSWORD)
    shown = fetch(person, directed, f"/avatar/{uid}")
    assert shown.headers["Content-Type"] == "image/jpeg"
    assert pixels(shown.content).size == (200, 200)
    assert user(directed, uid)["avatarOrigin"] == "ldap"


def test_a_picture_is_taken_over_once_and_again_when_it_changes(directed: Directed) -> None:
    uid = entry(directed, jpegPhoto=picture("JPEG"))
    person, path = directed.login(uid, PASSWORD), f"/avatar/{uid}"
    shown, files = fetch(person, directed, path), stored(directed, "avatars")
    directed.login(uid, PASSWORD)
    again = fetch(person, directed, path)
    assert again.headers["Last-Modified"] == shown.headers["Last-Modified"]
    assert stored(directed, "avatars") == files
    etag = user(directed, uid)["avatarETag"]
    other = picture("JPEG", color="#0000ff")
    directed.slapd.change(f"uid={uid},{PEOPLE}", jpegPhoto=[other])
    directed.login(uid, PASSWORD)
    assert user(directed, uid)["avatarETag"] != etag
    assert len(stored(directed, "avatars")) == len(files)


@pytest.mark.parametrize("body", [SVG, b"no picture"])
def test_what_is_no_picture_keeps_nobody_out(directed: Directed, body: bytes) -> None:
    uid = entry(directed, jpegPhoto=body)
    directed.login(uid, PASSWORD)
    assert "avatarETag" not in user(directed, uid)


def test_the_workspace_says_whether_and_from_which_attribute(directed: Directed) -> None:
    photo = picture("JPEG")
    uid = entry(directed, jpegPhoto=photo)
    with setting(directed, "LDAP_Sync_User_Avatar", False):
        directed.login(uid, PASSWORD)
    with setting(directed, "LDAP_Avatar_Field", "audio"):
        directed.login(uid, PASSWORD)
        assert "avatarETag" not in user(directed, uid)
        directed.slapd.change(f"uid={uid},{PEOPLE}", audio=[photo])
        directed.login(uid, PASSWORD)
    assert user(directed, uid)["avatarOrigin"] == "ldap"
