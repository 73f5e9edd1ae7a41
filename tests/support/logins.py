"""A workspace with login services that a provider stands behind, and people who use them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import requests

from contrail.shapes.ids import random_id
from tests.support.ddp import Ddp
from tests.support.people import stored
from tests.support.provider import ROOT, SECRET, Browser, Provider, state_of, told
from tests.support.scene import fresh
from tests.support.settings import save
from tests.support.workspace import Json, Person, Workspace

PATHS = {"token_path": "/token", "identity_path": "/me", "authorize_path": "/auth"}
FIELDS = {"username_field": "preferred_username", "identity_token_sent_via": "header"}
TAKEN = "CustomOAuth"
"""The error where a name or an address is somebody's already."""


def add_service(workspace: Workspace, provider: Provider, name: str, **more: Any) -> str:
    """A custom service that is on; its name as clients know it."""
    workspace.admin.ok("POST", "v1/settings.addCustomOAuth", {"name": name})
    given = {"url": provider.url, "id": name, "secret": SECRET, **PATHS, **FIELDS, **more}
    configure(workspace, name, **given)
    return name


def configure(workspace: Workspace, name: str, **more: Any) -> None:
    key = f"Accounts_OAuth_Custom-{name.capitalize()}"
    values = [(f"{key}-{suffix}", value) for suffix, value in more.items()]
    outcome = save(workspace, workspace.admin, *values, (key, True))
    assert outcome == {"result": True}, outcome


def started(workspace: Workspace, service: str, account: str, state: str) -> requests.Response:
    """Where a person ends whose client has this workspace start the login."""
    browser = Browser(workspace, account)
    return browser.open(f"{ROOT}/_oauth/{service}?{urlencode({'state': state})}")


def credential(workspace: Workspace, service: str, account: str) -> Json:
    """What a client has in hand after a login at the provider."""
    config = told(started(workspace, service, account, state_of(random_id(43))))
    return {key: config[key] for key in ("credentialToken", "credentialSecret")}


def rest_login(workspace: Workspace, **given: Any) -> requests.Response:
    return workspace.http("POST", "v1/login", json=given)


def log_in(workspace: Workspace, service: str, account: str) -> requests.Response:
    """All of it, over REST."""
    return rest_login(workspace, oauth=credential(workspace, service, account))


async def ddp_login(workspace: Workspace, **given: Any) -> Json:
    """The `result` frame."""
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        frame: Json = await client.call("login", given)
        return frame


def account(provider: Provider, **claims: Any) -> str:
    """One at the provider, with an address that it has verified."""
    name = fresh("n")
    given = {"email": f"{name}@example.com", "preferred_username": name, "name": "Nell"}
    return provider.meet(**{**given, "email_verified": True, **claims})


def of(person: Person, provider: Provider, **more: Any) -> str:
    """An account at the provider with the person's address."""
    return account(provider, email=f"{person.username}@example.com", **more)


def opened(workspace: Workspace, answer: requests.Response) -> Json:
    """The user as stored, whose account the answer opened."""
    assert answer.status_code == 200, answer.text
    return stored(workspace, answer.json()["data"]["userId"])


def refused(answer: requests.Response, error: Any) -> None:
    assert (answer.status_code, answer.json().get("error")) == (401, error), answer.text
