"""Where people go to log in at a provider, and where they come back from it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import orjson

from contrail.domain import external_credentials, oauth_providers, oauth_services
from contrail.domain.instance import Instance
from contrail.domain.oauth_providers import NotIdentified
from contrail.domain.oauth_services import Service
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input
from contrail.shapes.logs import warn
from contrail.shapes.reply import Reply
from functions.oauth import states
from functions.oauth.replies import page, redirect
from functions.oauth.states import APP, BadState, State

STORAGE = "Meteor.oauth.credentialSecret-"
"""Where clients look for the secret, by their token."""


class Arrival(Input):
    service: str
    state: str = ""
    code: str = ""
    error: str = ""


def arrive(caller: Caller, given: Arrival, at: Instance) -> Reply:
    """With a code someone comes from the provider; without one they are sent there.

    Clients that send people there themselves do so without PKCE.
    """
    try:
        service = oauth_services.find(at, given.service)
        if not given.code and not given.error:
            return _away(at, service, given.state)
        state = states.read(at, service.name, given.state)
    except (ChatError, BadState):
        return _failed("This way to log in is not known here, or it took too long.")
    if not given.code:
        return _ended(at, state, "")
    uri = oauth_services.redirect_uri(at, service.name)
    try:
        identity = oauth_providers.of_code(
            at, service, given.code, uri, state.verifier, state.nonce
        )
    except NotIdentified:
        return _ended(at, state, "")
    credential = {"serviceName": service.name, "identity": asdict(identity)}
    secret = external_credentials.keep(at, state.credential_token, credential)
    return _ended(at, state, secret)


def _away(at: Instance, service: Service, state: str) -> Reply:
    signed, held = states.start(at, service.name, state)
    asked = {
        "client_id": service.client_id,
        "redirect_uri": oauth_services.redirect_uri(at, service.name),
        "response_type": "code",
        "state": signed,
        "scope": service.scope,
        "code_challenge": states.challenge(held.verifier),
        "code_challenge_method": "S256",
    }
    if service.is_openid:
        asked["nonce"] = held.nonce
    if service.name == "apple":
        # What it calls a form is how it hands over names and addresses.
        asked["response_mode"] = "form_post"
    return redirect(service.authorize, **asked)


def _ended(at: Instance, state: State, secret: str) -> Reply:
    """The page that hands the secret to who waits for it: the window that opened it, or an app."""
    told: dict[str, Any] = {"style": state.style, "inApp": state.in_app, "storage": STORAGE}
    if secret:
        told |= {"credentialToken": state.credential_token, "credentialSecret": secret}
    if state.style == "redirect":
        told["redirectUrl"] = _back(at, state, secret)
    return page("ended", config=orjson.dumps(told).decode())


def _back(at: Instance, state: State, secret: str) -> str:
    if state.redirect_url != APP:
        return state.redirect_url
    given = {"host": at.environment.root_url, "type": "oauth"}
    if secret:
        given |= {"credentialToken": state.credential_token, "credentialSecret": secret}
    else:
        given["error"] = "login-failed"
    return oauth_providers.with_query(APP, **given)


def _failed(reason: str) -> Reply:
    warn("login through a provider refused")
    return page("error", 400, reason=reason)
