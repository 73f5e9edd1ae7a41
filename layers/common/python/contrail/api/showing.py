"""Login tokens as pages are shown them: an image in a web page comes without headers of ours.

They may be in the headers of the REST API, in the query or in cookies (`rc_uid`, `rc_token`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from contrail.api.origin import header
from contrail.api.values import text
from contrail.domain.instance import Instance
from contrail.domain.sessions import authenticate
from contrail.shapes.caller import Caller
from contrail.shapes.errors import NotLoggedIn

UID, TOKEN = "rc_uid", "rc_token"
KIND = "rc_room_type"
Event = dict[str, Any]


def caller_of(event: Event, request: Caller, at: Instance) -> Caller:
    """Who the first pair that holds belongs to, otherwise nobody. The caches are fresh after it.

    One command for each pair that comes, one without any.
    """
    for uid, token in _shown(event):
        try:
            return authenticate(at, uid, token, request)
        except NotLoggedIn:
            continue
    at.caches.refresh()
    return request


def visiting(event: Event) -> dict[str, str]:
    """What a visitor of a livechat shows in cookies; nothing for who says it in the query."""
    if KIND in (event.get("queryStringParameters") or {}):
        return {}
    cookies = dict(_cookies(header(event, "cookie")))
    if KIND not in cookies:
        return {}
    return {name: cookies.get(name, "") for name in (KIND, "rc_rid", TOKEN)}


def _shown(event: Event) -> Iterator[tuple[str, str]]:
    query = event.get("queryStringParameters") or {}
    cookies = dict(_cookies(header(event, "cookie")))
    pairs = (
        (header(event, "x-user-id"), header(event, "x-auth-token")),
        (text(query.get(UID) or ""), text(query.get(TOKEN) or "")),
        (cookies.get(UID, ""), cookies.get(TOKEN, "")),
    )
    yield from dict.fromkeys(pair for pair in pairs if all(pair))


def _cookies(given: str) -> Iterator[tuple[str, str]]:
    for part in given.split(";"):
        name, _, value = part.strip().partition("=")
        yield name, text(unquote(value))
