"""Where an app sends people to be let in, and back to."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from contrail.domain import oauth_grants, sessions
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import NotLoggedIn
from contrail.shapes.inputs import Input
from contrail.shapes.reply import Reply
from contrail.shapes.rows import Document
from functions.oauth.replies import Refused, json, page, redirect, text

CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
"""Base64 of a SHA-256, which is what PKCE's method S256 makes."""
EXPLAINED = {
    "404": "This application is not known here, or it has been turned off.",
    "invalid_redirect_uri": "The application asks to send you to an address that is not its own.",
}


class Asked(Input):
    """Of the query, and of a form that comes with one: there the form counts."""

    client_id: str = ""
    redirect_uri: str = ""
    response_type: str = ""
    state: str = ""
    code_challenge: str = ""
    code_challenge_method: str = ""


class Decided(Asked):
    """`token` is a login token of the person who decides."""

    token: str = ""
    access_token: str = ""
    allow: str = ""


class Explained(Input):
    error: str


def ask(caller: Caller, asked: Asked, at: Instance) -> Reply:
    """The page on which someone decides. Never sends anyone to an address that is not the app's."""
    app = at.store.oauth_apps.active(asked.client_id) if asked.client_id else None
    if app is None:
        return redirect("/oauth/error/404")
    uri = _uri_of(app, asked)
    if uri is None:
        return redirect("/oauth/error/invalid_redirect_uri")
    parts = urlsplit(uri)
    return page(
        "authorize",
        app=str(app["name"]),
        where=parts.netloc or f"{parts.scheme}:",
        **{**asked.model_dump(), "redirect_uri": uri},
    )


def explain(caller: Caller, which: Explained, at: Instance) -> Reply:
    return page("error", 400, reason=EXPLAINED.get(which.error, "Something went wrong."))


def decide(caller: Caller, decided: Decided, at: Instance) -> Reply:
    if decided.allow != "yes":
        reason = "The user denied access to your application"
        return json({"error": "access_denied", "error_description": reason}, 401)
    token = decided.access_token or decided.token
    if not token:
        return text("No token", 401)
    try:
        person = sessions.by_token(at, token, caller)
        app, uri = _checked(decided, at)
    except NotLoggedIn:
        return text("Invalid token", 401)
    except Refused as refused:
        return refused.reply()
    state = {"state": decided.state} if decided.state else {}
    try:
        _check(decided)
    except Refused as refused:
        told = {"error": refused.error, "error_description": refused.description}
        return redirect(uri, **told, **state)
    code = oauth_grants.give_code(at, app, person.uid, uri, decided.code_challenge)
    return redirect(uri, code=code, **state)


def _checked(decided: Decided, at: Instance) -> tuple[Document, str]:
    """The app, and the address of its own that people are sent back to."""
    if not decided.client_id:
        raise Refused("invalid_request", "Missing parameter: `client_id`")
    app = at.store.oauth_apps.active(decided.client_id)
    if app is None:
        raise Refused("invalid_client", "Invalid client: client credentials are invalid")
    uri = _uri_of(app, decided)
    if uri is None:
        reason = "Invalid client: `redirect_uri` does not match client value"
        raise Refused("invalid_client", reason)
    return app, uri


def _uri_of(app: Document, asked: Asked) -> str | None:
    """The one asked for if the app has it, to the letter; its first one where none is."""
    known = str(app["redirectUri"]).split(",")
    uri = asked.redirect_uri or known[0]
    return uri if uri in known else None


def _check(decided: Decided) -> None:
    if not decided.response_type:
        raise Refused("invalid_request", "Missing parameter: `response_type`")
    if decided.response_type != "code":
        reason = "Unsupported response type: `response_type` is not supported"
        raise Refused("unsupported_response_type", reason)
    if not decided.code_challenge and not decided.code_challenge_method:
        return
    if decided.code_challenge_method != "S256":
        reason = "Invalid request: `code_challenge_method` must be S256"
        raise Refused("invalid_request", reason)
    if not CHALLENGE.fullmatch(decided.code_challenge):
        raise Refused("invalid_request", "Invalid request: `code_challenge` is invalid")
