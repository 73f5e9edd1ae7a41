"""What a provider says of someone, in the terms of this project."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from contrail.domain.oauth_services import Service
from contrail.shapes.rows import Document

IDS = ("id", "sub", "ID", "user_id", "userid", "_id", "uid", "CharacterID")
PICTURES = ("picture", "avatar_url", "avatar_URL", "avatarUrl")
NAMES = ("name", "display_name", "username", "nickname", "preferred_username", "login")
KEPT = ("id", "email", "username", "name", "given_name", "family_name", "first_name", "last_name")
LONGEST = 1_000
EXPRESSION = re.compile(r"\{\{(?:/((?:[^/\\]|\\.)*)/::)?([^{}]+)\}\}")


@dataclass(frozen=True, slots=True)
class Identity:
    """`id` is the provider's, as it gave it; `verified` whether the address is known to be theirs.

    `username` is set where the service says which username a new user gets, `known_as` is the
    username that they have at the provider: never one of the names that people choose there.
    """

    service: str
    id: str | int
    email: str = ""
    verified: bool = False
    name: str = ""
    username: str = ""
    known_as: str = ""
    data: Document = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Unique among all services' people."""
        return f"{self.service}:{self.id}"


class Unidentified(Exception):
    """The provider's answer does not say who it is. The text holds nothing of the answer."""


def identity_of(service: Service, claims: Document) -> Identity:
    """Raises `Unidentified`."""
    given = _unwrapped(claims)
    found = next((given[name] for name in IDS if _is_id(given.get(name))), None)
    known_as = _at(service.username, claims) or _text(given.get("username"))
    if found is None and service.custom:
        found = known_as or None
    if found is None:
        raise Unidentified("no id")
    email, verified = _email(service, claims, given)
    name = _at(service.real_name, claims) or _first(given, NAMES) or _joined_name(given)
    identity = Identity(
        service=service.name,
        id=found,
        email=email,
        verified=verified,
        name=name,
        username=_at(service.username, claims) if service.username else "",
        known_as=known_as,
        data=_data(given, found, email, name) | _pictured(service, claims, given),
    )
    if service.username and not identity.username:
        raise Unidentified("no username where the settings say it is")
    return identity


def template(text: str, claims: Document) -> str:
    """A path (`user.name`), or text with `{{path}}` and `{{/regular expression/::path}}` in it."""
    if "{{" not in text:
        return _text(_path(claims, text))

    def put(match: re.Match[str]) -> str:
        value = _text(_path(claims, match[2].strip()))
        if match[1] is None:
            return value
        try:
            found = re.search(match[1], value)
        except re.error:
            return ""
        return "" if found is None else found[found.re.groups and 1]

    return EXPRESSION.sub(put, text).strip()


def _at(field_or_template: str, claims: Document) -> str:
    return template(field_or_template, claims) if field_or_template else ""


def _path(claims: Any, path: str) -> Any:
    for name in path.split("."):
        if isinstance(claims, list) and name.isdecimal() and int(name) < len(claims):
            claims = claims[int(name)]
        elif isinstance(claims, dict):
            claims = claims.get(name)
        else:
            return None
    return claims


def _unwrapped(claims: Document) -> Document:
    """Some put it all into `user`, `data` or `profile`, beside nothing that would say who it is."""
    if any(_is_id(claims.get(name)) for name in IDS):
        return claims
    inner = claims.get("ocs")
    wraps = (claims, inner) if isinstance(inner, dict) else (claims,)
    for wrap in wraps:
        for name in ("user", "data", "profile", "result"):
            if isinstance(wrap.get(name), dict):
                return {**claims, **wrap[name]}
    return claims


def _email(service: Service, claims: Document, given: Document) -> tuple[str, bool]:
    """The address, and whether the provider knows it for theirs: it must not be one it doubts."""
    listed = [one for one in given.get("emails") or () if isinstance(one, dict)]
    verified = next((o for o in listed if o.get("verified") is True and o.get("primary")), None)
    verified = verified or next((o for o in listed if o.get("verified") is True), None)
    email = _at(service.email, claims) if service.email else ""
    if not email and verified:
        return _text(verified.get("address") or verified.get("email")), True
    email = email or _text(given.get("email") or given.get("emailAddress"))
    if not email:
        plain = [one for one in given.get("emails") or () if isinstance(one, str)]
        email = plain[0] if plain else ""
    said = given.get("email_verified", given.get("verified_email"))
    if said is None:
        # One's own server is believed about its own people.
        return email, bool(email) and (service.custom or service.trusted)
    return email, bool(email) and said in (True, "true")


def _data(given: Document, found: str | int, email: str, name: str) -> Document:
    """What is kept of it in the user's `services`: no token, and nothing that was not named."""
    kept = {key: given[key] for key in KEPT if isinstance(given.get(key), str | int)}
    data = {**kept, "id": found, "email": email, "name": name}
    return {key: value for key, value in data.items() if value != ""}


def _pictured(service: Service, claims: Document, given: Document) -> Document:
    """Where a picture of them is."""
    url = _at(service.avatar, claims) if service.avatar else _first(given, PICTURES)
    return {"avatarUrl": url} if url.startswith(("https://", "http://")) else {}


def _is_id(value: object) -> bool:
    fits = isinstance(value, str) and 0 < len(value) <= LONGEST
    return fits or (isinstance(value, int) and not isinstance(value, bool))


def _first(given: Document, names: tuple[str, ...]) -> str:
    return next((text for name in names if (text := _text(given.get(name)))), "")


def _joined_name(given: Document) -> str:
    parts = (_text(given.get("given_name")), _text(given.get("family_name")))
    return " ".join(part for part in parts if part)


def _text(value: object) -> str:
    return str(value).strip()[:LONGEST] if isinstance(value, str | int) else ""
