"""Avatars over DDP, and many at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.avatars import records, shown, upload, uri, user_of
from tests.support.pictures import SVG, picture, stored
from tests.support.scene import invoke
from tests.support.workspace import Workspace


def test_over_ddp_an_avatar_is_a_datauri(workspace: Workspace) -> None:
    person = workspace.person()
    params = [uri(picture()), "image/png", "upload"]
    assert invoke(workspace, person, "setAvatarFromService", params) == {}
    assert shown(person).headers["Content-Type"] == "image/png"
    assert user_of(person)["avatarOrigin"] == "upload"
    assert invoke(workspace, person, "resetAvatar", []) == {}
    assert shown(person).headers["Content-Type"] == "image/svg+xml"
    invoke(workspace, person, "setAvatarFromService", ["x", None, "initials"])
    assert user_of(person)["avatarOrigin"] == "initials"


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ([""], "error-invalid-data"),
        (["no uri"], "error-invalid-image"),
        (["data:image/png;base64,@@@"], "error-invalid-image"),
        ([uri(SVG, "image/svg+xml")], "error-invalid-image"),
        ([uri(picture()), "image/png", "upload", "nobody"], "error-unauthorized"),
    ],
)
def test_over_ddp_wrong_avatars_are_refused(
    workspace: Workspace, params: list[Any], error: str
) -> None:
    person = workspace.person()
    outcome = invoke(workspace, person, "setAvatarFromService", params)
    assert outcome["error"]["error"] == error
    assert records(person) == []


def test_many_at_once_leave_one_avatar_and_one_file(workspace: Workspace) -> None:
    person, before = workspace.person(), stored(workspace, "avatars")
    bodies = [picture(color=f"#{one}00000") for one in range(1, 9)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda body: upload(person, body).status_code, bodies))
    assert answers == [200] * 8
    (record,) = records(person)
    assert stored(workspace, "avatars") - before == {record["_contrail"]["file"]}
