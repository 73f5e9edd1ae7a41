"""Asking providers who somebody is."""

from __future__ import annotations

import base64
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit, urlunsplit

import orjson

from contrail.domain.instance import Instance
from contrail.domain.oauth_claims import Identity, Unidentified, identity_of
from contrail.domain.oauth_openid import BOUNDS, BadAnswer, claims_of, discovered, json_of
from contrail.domain.oauth_services import Service
from contrail.ports.web import Answer, Request, WebError
from contrail.shapes.logs import warn
from contrail.shapes.rows import Document

JSON, FORM = "application/json", "application/x-www-form-urlencoded"


class NotIdentified(Exception):
    """Nobody is logged in by this. What went wrong is in the log."""


def of_code(
    at: Instance, service: Service, code: str, uri: str, verifier: str = "", nonce: str = ""
) -> Identity:
    """Who it is that a provider gave this code for. Raises `NotIdentified`."""
    try:
        tokens = _tokens(at, service, code, uri, verifier)
        claims = _claims(at, service, tokens.get("id_token"), nonce)
        told = _told(at, service, tokens["access_token"]) if service.identity else {}
        return _together(service, claims, told)
    except (BadAnswer, Unidentified, WebError) as error:
        raise _failed(service, error) from None


def of_tokens(at: Instance, service: Service, access_token: str, id_token: str) -> Identity:
    """Who an app's tokens are of, once it is shown that they were made for this workspace.

    Tokens that were made for another client of the provider are not enough: it could log in here
    as everyone who uses it. Raises `NotIdentified`.
    """
    try:
        provider = discovered(at, service)
        if provider is None:
            raise BadAnswer("no way to tell for whom its tokens are")
        claims = claims_of(at, service, provider, id_token) if id_token else {}
        told = _told(at, service, access_token) if service.identity and access_token else {}
        if told and not (claims and told.get("sub") == claims["sub"]):
            # Nothing else binds the two to each other, or the one to this workspace.
            _introspect(at, service, provider, access_token)
        return _together(service, claims, told)
    except (BadAnswer, Unidentified, WebError) as error:
        raise _failed(service, error) from None


def _failed(service: Service, error: Exception) -> NotIdentified:
    warn("login service failed", service=service.name, reason=str(error))
    return NotIdentified(service.name)


def _tokens(at: Instance, service: Service, code: str, uri: str, verifier: str) -> Document:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": uri}
    if verifier:
        form["code_verifier"] = verifier
    tokens = json_of(_post(at, service, service.token, form))
    if not isinstance(tokens.get("access_token"), str):
        raise BadAnswer("no access token")
    return tokens


def _post(at: Instance, service: Service, url: str, form: dict[str, str]) -> Answer:
    """As the client that this workspace is to the provider."""
    headers = {"accept": JSON, "content-type": FORM}
    if service.token_in_header:
        pair = f"{quote_plus(service.client_id)}:{quote_plus(service.secret)}"
        headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    else:
        form = {**form, "client_id": service.client_id, "client_secret": service.secret}
    return at.web.request(Request(url, "POST", headers, urlencode(form).encode(), BOUNDS))


def _claims(at: Instance, service: Service, id_token: object, nonce: str) -> Document:
    """Of an ID token that came with the code; empty where there is none, or none to judge it by."""
    if not isinstance(id_token, str) or not id_token:
        return {}
    provider = discovered(at, service)
    return {} if provider is None else claims_of(at, service, provider, id_token, nonce)


def _together(service: Service, claims: Document, told: Document) -> Identity:
    if claims and told.get("sub", claims["sub"]) != claims["sub"]:
        raise BadAnswer("its ID token is of somebody else")
    return identity_of(service, {**claims, **told})


def _told(at: Instance, service: Service, access_token: str) -> Document:
    told = json_of(_get(at, service, service.identity, access_token))
    if service.emails:
        addresses = _get(at, service, service.emails, access_token)
        try:
            listed = orjson.loads(addresses.body) if addresses.status == 200 else []
        except orjson.JSONDecodeError:
            listed = []
        told["emails"] = listed if isinstance(listed, list) else []
    return told


def _get(at: Instance, service: Service, url: str, access_token: str) -> Answer:
    headers = {"accept": JSON}
    if service.identity_in_header:
        headers["authorization"] = f"Bearer {access_token}"
    else:
        url = with_query(url, **{service.token_parameter: access_token})
    return at.web.request(Request(url, headers=headers, bounds=BOUNDS))


def _introspect(at: Instance, service: Service, provider: Document, access_token: str) -> None:
    url = provider.get("introspection_endpoint")
    if not isinstance(url, str):
        raise BadAnswer("no way to tell for whom its tokens are")
    found = json_of(_post(at, service, url, {"token": access_token}))
    if found.get("active") is not True or found.get("client_id") != service.client_id:
        raise BadAnswer("a token made for another client")


def with_query(url: str, **parameters: str) -> str:
    """The address with these in its query, in place of what it has of that name."""
    parts = urlsplit(url)
    kept = [
        (k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k not in parameters
    ]
    return urlunsplit(parts._replace(query=urlencode([*kept, *parameters.items()])))
