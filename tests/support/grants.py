"""An OAuth app of others, and people who let it in."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from tests.support.workspace import Json, Person, Workspace

BACK = "http://asd.com"
CHARSET = "application/json; charset=utf-8"


def decide(person: Person, app: Json, *, query: Json | None = None, **more: Any) -> Any:
    """What the page posts when someone has decided."""
    form = {"token": person.token, "client_id": app["clientId"], "response_type": "code"}
    form |= {"redirect_uri": BACK, "allow": "yes", **more}
    given = {key: value for key, value in form.items() if value is not None}
    return person.workspace.http(
        "POST", "/oauth/authorize", params=query, data=given, allow_redirects=False
    )


def sent_back(answer: requests.Response) -> dict[str, str]:
    """The parameters with which someone arrives at the app."""
    assert answer.status_code == 302, answer.text
    parts = urlsplit(answer.headers["Location"])
    assert f"{parts.scheme}://{parts.netloc}" == BACK
    return {key: value[0] for key, value in parse_qs(parts.query).items()}


def code_for(person: Person, app: Json, **more: Any) -> str:
    return sent_back(decide(person, app, **more))["code"]


def token(workspace: Workspace, app: Json, **form: Any) -> requests.Response:
    """A request of the app to the token endpoint; a field that is None is left out."""
    given = {"client_id": app["clientId"], "client_secret": app["clientSecret"], **form}
    body = {key: value for key, value in given.items() if value is not None}
    return workspace.http("POST", "/oauth/token", data=body)


def exchanged(workspace: Workspace, app: Json, code: str, **more: Any) -> requests.Response:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, **more}
    return token(workspace, app, **form)


def refreshed(workspace: Workspace, app: Json, refresh: str) -> requests.Response:
    return token(workspace, app, grant_type="refresh_token", refresh_token=refresh)


def tokens_of(person: Person, app: Json) -> Json:
    answer = exchanged(person.workspace, app, code_for(person, app))
    assert answer.status_code == 200, answer.text
    tokens: Json = answer.json()
    return tokens


def bearer(workspace: Workspace, path: str, access: str) -> requests.Response:
    return workspace.http("GET", path, headers={"Authorization": f"Bearer {access}"})


def refused(answer: requests.Response, status: int, error: str) -> None:
    assert (answer.status_code, answer.json()["error"]) == (status, error), answer.text
    assert answer.headers["Content-Type"] == CHARSET
