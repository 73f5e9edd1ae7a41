"""Logging in with what a login service said: at its own page a moment ago, or in a token."""

from __future__ import annotations

from typing import NamedTuple

from contrail.domain import external, external_credentials, oauth_providers, oauth_services
from contrail.domain.instance import Instance
from contrail.domain.oauth_claims import Identity
from contrail.domain.oauth_providers import NotIdentified
from contrail.domain.oauth_services import Service
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, LoginRefused
from contrail.shapes.rows import Document
from functions.account.admitting import admit
from functions.account.credentials import Plain

CANCELLED = 0x8ACDC2F
"""What clients know a login by that never came back from its provider."""
UNKNOWN = LoginRefused(CANCELLED, "No matching login attempt found")


class Vouched(NamedTuple):
    """`credential` is what has to be used up, if there is one."""

    service: Service
    identity: Identity
    credential: str = ""


def named(given: Plain) -> bool:
    """Whether the client names a login service."""
    return bool(given.oauth or given.serviceName or given.identityToken)


def verified(caller: Caller, given: Plain, code: str, at: Instance) -> Document:
    """The user, whose account may have been made for this. Raises `LoginRefused`."""
    at.caches.refresh()
    vouched = _vouched(given, at)
    user = external.account_of(at, caller, vouched.service, vouched.identity)
    admit(at, caller, user, code)
    if vouched.credential and not external_credentials.use(at, vouched.credential):
        raise UNKNOWN
    return user


def _vouched(given: Plain, at: Instance) -> Vouched:
    if given.oauth is not None:
        return _of_credential(given.oauth.credentialToken, given.oauth.credentialSecret, at)
    service = _service(at, given.serviceName or "apple")
    id_token = given.identityToken or given.idToken or ""
    try:
        identity = oauth_providers.of_tokens(at, service, given.accessToken or "", id_token)
    except NotIdentified:
        raise LoginRefused(403, "The login service does not know this token") from None
    return Vouched(service, identity)


def _of_credential(token: str, secret: str, at: Instance) -> Vouched:
    found = external_credentials.find(at, token, secret)
    if found is None:
        raise UNKNOWN
    credential, kept = found
    service = _service(at, kept["serviceName"])
    return Vouched(service, Identity(**kept["identity"]), credential)


def _service(at: Instance, name: str) -> Service:
    try:
        return oauth_services.find(at, name)
    except ChatError as error:
        raise LoginRefused(error.code, error.reason) from None
