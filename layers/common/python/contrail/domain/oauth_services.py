"""Login services over OAuth: the well-known ones as rows, custom ones from their settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from contrail.domain.instance import Instance
from contrail.domain.oauth_known import KNOWN, Known
from contrail.shapes.errors import ChatError

PREFIX, CUSTOM = "Accounts_OAuth_", "Accounts_OAuth_Custom-"


LOCAL = ("password", "resume", "totp", "email", "email2fa", "emailCode", "passwordHistory")
"""What `services` of a user holds that is no login service: none can be called so."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service that is on, with everything that its settings say.

    Addresses are whole. `merges` lets it open accounts that were made otherwise; `distinct` also
    those that another service of the kind opens. `trusted` services tell only addresses that they
    have verified.
    """

    name: str
    client_id: str
    secret: str = field(repr=False)
    authorize: str
    token: str
    identity: str
    scope: str
    issuer: str = ""
    keys: str = ""
    token_in_header: bool = False
    identity_in_header: bool = True
    token_parameter: str = "access_token"
    emails: str = ""
    custom: bool = False
    key_field: str = "email"
    username: str = ""
    email: str = ""
    real_name: str = ""
    avatar: str = ""
    merges: bool = False
    distinct: bool = False
    trusted: bool = False

    @property
    def is_openid(self) -> bool:
        return "openid" in self.scope.split()


def find(at: Instance, name: str) -> Service:
    """Raises `ChatError` for a service that is not there, not on, or not configured."""
    service = next((one for one in _on(at) if one.name == name), None)
    if service is None or not service.client_id or name in LOCAL:
        raise ChatError("error-invalid-service", "Service not configured")
    if not all(_is_web(url) for url in (service.authorize, service.token, service.identity) if url):
        raise ChatError("error-invalid-service", "Service not configured")
    return service


def redirect_uri(at: Instance, service: str) -> str:
    return f"{at.environment.root_url}/_oauth/{service}"


def _on(at: Instance) -> Iterator[Service]:
    known = at.caches.snapshot.settings
    for row in KNOWN:
        if known.get(f"{PREFIX}{row.setting}") is True:
            yield _known(row, known)
    for key, value in known.items():
        if key.startswith(CUSTOM) and value is True and f"{key}-id" in known:
            yield _custom(key, known)


def _known(row: Known, settings: dict[str, Any]) -> Service:
    def text(suffix: str) -> str:
        return str(settings.get(f"{PREFIX}{row.setting}_{suffix}") or "").strip()

    own_base = str(settings.get(row.base_setting) or "").strip() if row.base_setting else ""
    base, given = (own_base or row.base).rstrip("/"), row
    if row.own_paths and text("server_type") != "wordpress-com":
        given = _wordpress(row, text)
    elif row.own_paths:
        base = row.base
    identity = text("identity_path") or given.identity
    merges = settings.get(f"{PREFIX}{row.setting}_merge_users", given.merges) is True
    return Service(
        name=row.service,
        client_id=text("id"),
        secret=text("secret"),
        authorize=_joined(base, given.authorize),
        token=_joined(base, given.token),
        identity=_joined(base, identity),
        emails=_joined(base, given.emails) if given.emails else "",
        scope=given.scope,
        issuer=given.issuer,
        keys=given.keys,
        identity_in_header=given.identity_in_header,
        username=given.username,
        email=given.email,
        real_name=given.real_name,
        merges=merges,
        trusted=given.trusted,
        custom=given.custom,
    )


def _wordpress(row: Known, text: Any) -> Known:
    """One's own server: its paths are settings, or those of its usual plug-in."""
    if text("server_type") == "custom":
        return replace(
            row,
            authorize=text("authorize_path") or row.authorize,
            token=text("token_path") or row.token,
            identity=text("identity_path") or row.identity,
            scope=text("scope") or row.scope,
            identity_in_header=text("identity_token_sent_via") != "payload",
        )
    return replace(
        row,
        authorize="/oauth/authorize",
        token="/oauth/token",
        identity="/oauth/me",
        scope="openid",
        identity_in_header=False,
    )


def _custom(key: str, settings: dict[str, Any]) -> Service:
    def text(suffix: str, otherwise: str = "") -> str:
        return str(settings.get(f"{key}-{suffix}") or "").strip() or otherwise

    def on(suffix: str) -> bool:
        return settings.get(f"{key}-{suffix}") is True

    base = text("url").rstrip("/")
    sent = text("token_sent_via", "payload")
    identity_sent = text("identity_token_sent_via", "default")
    return Service(
        name=key.removeprefix(CUSTOM).lower(),
        client_id=text("id"),
        secret=text("secret"),
        authorize=_joined(base, text("authorize_path", "/oauth/authorize")),
        token=_joined(base, text("token_path", "/oauth/token")),
        identity=_joined(base, text("identity_path", "/me")),
        scope=text("scope", "openid"),
        issuer=base,
        token_in_header=sent == "header",
        identity_in_header=(sent if identity_sent == "default" else identity_sent) == "header",
        token_parameter=text("access_token_param", "access_token"),
        custom=True,
        key_field=text("key_field", "username"),
        username=text("username_field"),
        email=text("email_field"),
        real_name=text("name_field"),
        avatar=text("avatar_field"),
        merges=on("merge_users"),
        distinct=on("merge_users_distinct_services"),
    )


def _joined(base: str, path: str) -> str:
    return path if _is_web(path) else f"{base}{path}"


def _is_web(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.netloc)
