"""For every test here: no line that is logged meanwhile holds a secret that was sent either way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import unquote

import pytest
import requests

from tests.support.doors_oauth import new_app
from tests.support.grants import BACK
from tests.support.lines import logged
from tests.support.provider import SECRET
from tests.support.workspace import Json, Person, Workspace

NAMED = re.compile(
    r'"(?:access_token|refresh_token|id_token|clientSecret|authToken|token|credentialSecret)"'
    r'\s*:\s*"([^"]{20,})"'
)
IN_ADDRESS = re.compile(r"[?&](?:code|state|credentialSecret)=([^&]{20,})")


def secrets_in(answer: requests.Response) -> set[str]:
    found = set(NAMED.findall(unescape(answer.text)))
    for address in (answer.headers.get("Location", ""), answer.request.url or ""):
        found |= {unquote(one) for one in IN_ADDRESS.findall(address)}
    return found


@pytest.fixture(autouse=True)
def no_secret_is_logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    seen, send = {SECRET}, requests.Session.send

    def sent(self: requests.Session, request: Any, **more: Any) -> requests.Response:
        answer = send(self, request, **more)
        seen.update(secrets_in(answer))
        return answer

    monkeypatch.setattr(requests.Session, "send", sent)
    with logged() as lines:
        yield
    assert not [secret for secret in seen if secret in lines.text]


@pytest.fixture
def app(workspace: Workspace) -> Iterator[Json]:
    """An app with two addresses of its own."""
    made = workspace.admin.ok(
        "POST", "v1/oauth-apps.create", new_app(redirectUri=f"http://test.com,{BACK}")
    )["application"]
    yield made
    workspace.admin.post("v1/oauth-apps.delete", {"appId": made["_id"]})


@pytest.fixture
def person(workspace: Workspace) -> Person:
    return workspace.person()
