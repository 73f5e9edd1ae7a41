"""An OpenID provider that is played: what it answers, and the tokens that it signs."""

from __future__ import annotations

import time
from typing import Any

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import rsa

from contrail.domain.oauth_services import Service
from contrail.ports.web import Answer, Request

ISSUER, NONCE, SECRET = "https://id.example.com", "nonce", "s" * 40
KEYS = {name: rsa.generate_private_key(65537, 2048) for name in ("own", "other")}
Json = dict[str, Any]


class PlayedWeb:
    """Answers by the start of the address; what it was asked is kept."""

    def __init__(self, answers: Json) -> None:
        self._answers = answers
        self.asked: list[Request] = []

    def request(self, request: Request) -> Answer:
        self.asked.append(request)
        found = [key for key in self._answers if request.url.startswith(key)]
        if not found:
            return Answer(404, request.url, {}, b"{}")
        value = self._answers[max(found, key=len)]
        if isinstance(value, Exception):
            raise value
        status, body = value if isinstance(value, tuple) else (200, value)
        text = body if isinstance(body, bytes) else orjson.dumps(body)
        return Answer(status, request.url, {}, text)


class At:
    """What of an instance providers are asked with."""

    def __init__(self, answers: Json, settings: Json | None = None) -> None:
        self.web = PlayedWeb(answers)
        self.caches = self
        self.snapshot = self
        self.settings = settings or {}


def service(**more: Any) -> Service:
    given: Json = {"name": "sso", "client_id": "client", "secret": SECRET, "custom": True}
    given |= {"authorize": f"{ISSUER}/auth", "token": f"{ISSUER}/token", "issuer": ISSUER}
    return Service(**{**given, "identity": f"{ISSUER}/me", "scope": "openid", **more})


def jwk(name: str) -> Json:
    public = KEYS[name].public_key()
    return {**orjson.loads(jwt.algorithms.RSAAlgorithm.to_jwk(public)), "kid": name}


def signed(key: Any = None, algorithm: str = "RS256", kid: str = "own", **claims: Any) -> str:
    now = int(time.time())
    given = {"iss": ISSUER, "aud": "client", "sub": "ann", "iat": now, "exp": now + 60}
    given |= {"nonce": NONCE, "email": "ann@example.com", "email_verified": True, **claims}
    body = {name: value for name, value in given.items() if value is not None}
    return jwt.encode(body, key or KEYS["own"], algorithm=algorithm, headers={"kid": kid})


def provider(id_token: str, me: Any = None, **more: Any) -> Json:
    found = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"}
    return {
        f"{ISSUER}/.well-known/openid-configuration": found,
        f"{ISSUER}/keys": {"keys": [jwk("own")]},
        f"{ISSUER}/token": {"access_token": "access", "id_token": id_token},
        f"{ISSUER}/me": me if me is not None else {"sub": "ann", "name": "Ann"},
        **{f"{ISSUER}/{key}": value for key, value in more.items()},
    }
