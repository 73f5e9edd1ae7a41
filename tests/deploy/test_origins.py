"""What a browser may do with the API on a page of someone else's."""

from __future__ import annotations

import pytest

from tests.support.workspace import Workspace

EVIL = {"Origin": "https://evil.example"}
ASKED = {**EVIL, "Access-Control-Request-Method": "POST"}
PATHS = ("v1/login", "v1/me", "v1/settings.public", "info")


@pytest.mark.parametrize("path", PATHS)
def test_pages_of_other_origins_read_no_answer(workspace: Workspace, path: str) -> None:
    for verb, headers in (("GET", EVIL), ("POST", EVIL), ("OPTIONS", ASKED)):
        answer = workspace.http(verb, path, headers=headers)
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_the_api_sets_no_cookie_and_takes_none_for_a_login(workspace: Workspace) -> None:
    """So a page that makes a browser send what it has sends nothing that counts."""
    login = {"user": workspace.admin.username, "password": workspace.admin.username}
    answer = workspace.http("POST", "v1/login", json=login, headers=EVIL)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    cookies = {"rc_uid": workspace.admin.id, "rc_token": workspace.admin.token}
    asked = workspace.http("GET", "v1/me", cookies=cookies)
    assert asked.status_code == 401
