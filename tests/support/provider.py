"""An OpenID provider in a process of its own, and a browser that logs in with it."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import requests

from contrail.shapes.ids import random_id
from functions.oauth import states
from tests.support.node import SCRIPTS
from tests.support.workspace import Json, Workspace

CLIENT, SECRET = "contrail", "provider-secret-" + "s" * 30
VERIFIER = "verifier-" + "v" * 40
ROOT = "http://localhost:3000"
"""What the workspaces of tests think their address is."""


class Provider:
    def __init__(self, clients: list[Json], pkce: tuple[str, ...] = ()) -> None:
        """`pkce` names the clients that it asks for a challenge."""
        given = json.dumps({"clients": clients, "pkce": pkce})
        self._process = subprocess.Popen(
            ["node", str(SCRIPTS / "provider.mjs"), given],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._process.stdout is not None
        self.port: int = json.loads(self._process.stdout.readline())["port"]
        self.url = f"http://127.0.0.1:{self.port}"
        self.host = f"127.0.0.1:{self.port}"

    def meet(self, **claims: Any) -> str:
        """A new account that it knows, by its id."""
        account = str(claims.pop("sub", "") or f"p{random_id().lower()}")
        requests.post(f"{self.url}/accounts", json={account: claims}, timeout=30)
        return account

    def stop(self) -> None:
        self._process.communicate(timeout=10)


def client_of(client_id: str, service: str, **more: Any) -> Json:
    given = {"client_id": client_id, "client_secret": SECRET, "response_types": ["code"]}
    given |= {
        "grant_types": ["authorization_code"],
        "token_endpoint_auth_method": "client_secret_post",
    }
    return {**given, "redirect_uris": [f"{ROOT}/_oauth/{service}"], **more}


def state_of(token: str, style: str = "popup", **more: Any) -> str:
    """As clients make it."""
    text = json.dumps({"loginStyle": style, "credentialToken": token, "isCordova": False, **more})
    return base64.b64encode(text.encode()).decode()


class Browser:
    """Follows redirects between the workspace and the provider, and fills in the latter's forms."""

    def __init__(self, workspace: Workspace | None, account: str) -> None:
        self._workspace = workspace
        self._account = account
        self._session = requests.Session()
        self.visited: list[str] = []

    def open(self, url: str) -> requests.Response:
        """The page on which it ends."""
        answer = self._get(url)
        for _ in range(20):
            if answer.is_redirect:
                url = urljoin(url, answer.headers["Location"])
                answer = self._get(url)
            elif "/interaction/" in url and answer.ok:
                url, answer = self._fill(url, answer)
            else:
                return answer
        raise AssertionError(f"it goes round in circles: {self.visited}")

    def returned(self, url: str) -> str:
        """The address at which it comes back to whoever it left: that one is not visited."""
        while not url.startswith(ROOT):
            answer = self._get(url)
            if not answer.is_redirect:
                url, answer = self._fill(url, answer)
            url = urljoin(url, answer.headers["Location"])
        return url

    def _get(self, url: str) -> requests.Response:
        self.visited.append(url)
        if url.startswith(ROOT):
            assert self._workspace is not None
            url = self._workspace.url + url.removeprefix(ROOT)
        return self._session.get(url, allow_redirects=False, timeout=30)

    def _fill(self, url: str, page: requests.Response) -> tuple[str, requests.Response]:
        prompt = re.findall(r'name="prompt" value="(\w+)"', page.text)[0]
        given = {"prompt": prompt, "login": self._account, "password": "any"}
        answer = self._session.post(url, data=given, allow_redirects=False, timeout=30)
        return url, answer


def told(page: requests.Response) -> Json:
    """What the page at the end of a login hands to who waits for it."""
    found = re.search(r'data-config="([^"]*)"', page.text)
    assert found is not None, page.text
    config: Json = json.loads(
        found[1].replace("&quot;", '"').replace("&#x27;", "'").replace("&amp;", "&")
    )
    return config


def authorize_url(provider: Provider, client: str, service: str, state: str) -> str:
    """As unmodified clients make it of a service's configuration."""
    query = {"client_id": client, "redirect_uri": f"{ROOT}/_oauth/{service}"}
    query |= {"response_type": "code", "state": state, "scope": "openid"}
    return f"{provider.url}/auth?{urlencode(query)}"


def query_of(url: str) -> dict[str, str]:
    return {key: value[0] for key, value in parse_qs(urlsplit(url).query).items()}


def app_tokens(provider: Provider, client: str, account: str) -> Json:
    """What an app gets that goes to the provider itself, as this client."""
    challenge = states.challenge(VERIFIER)
    pkce = {"code_challenge": challenge, "code_challenge_method": "S256"}
    url = f"{authorize_url(provider, client, client, 'own')}&{urlencode(pkce)}"
    code = query_of(Browser(None, account).returned(url))["code"]
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER}
    form |= {"redirect_uri": f"{ROOT}/_oauth/{client}", "client_id": client}
    form["client_secret"] = SECRET
    answer = requests.post(f"{provider.url}/token", data=form, timeout=30)
    tokens: Json = answer.json()
    return tokens
