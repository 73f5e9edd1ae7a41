"""Pictures that someone has elsewhere, offered as avatars."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from urllib.parse import quote

from contrail.domain.instance import Instance
from contrail.ports.web import Answer, Bounds, Request, WebError
from contrail.shapes.caller import Caller
from contrail.shapes.inputs import NoInput
from contrail.shapes.rows import Document

BOUNDS = Bounds(seconds=4, size=1024 * 1024, redirects=2)
MOST = 4
"""Places that are asked, one after the other."""
FIELDS = {"emails": 1, "services": 1}
WELL_KNOWN: dict[str, tuple[tuple[str, str], ...]] = {
    "facebook": (("id", "https://graph.facebook.com/{}/picture?type=large"),),
    "google": (("picture", "{}"),),
    "github": (("username", "https://avatars.githubusercontent.com/{}?s=200"),),
    "gitlab": (("avatar_url", "{}"),),
    "linkedin": (),
    "twitter": (("profile_image_url_https", "{}"),),
}
"""Service -> the field that tells, and the address with it."""


def suggest(caller: Caller, _: NoInput, at: Instance) -> dict[str, Document]:
    """Service -> `{service url blob contentType}`; those that have no picture are left out."""
    user = at.store.users.by_id(caller.uid, FIELDS) or {}
    found: dict[str, Document] = {}
    for service, url in [*places(at, user), *_gravatars(user)][:MOST]:
        answer = look(at, url)
        if answer is not None:
            kind = answer.headers["content-type"]
            blob = f"data:{kind};base64,{base64.b64encode(answer.body).decode()}"
            found[service] = {"service": service, "url": url, "blob": blob, "contentType": kind}
    return found


def look(at: Instance, url: str) -> Answer | None:
    """None where there is no picture, or none that may be had."""
    try:
        answer = at.web.request(Request(url, bounds=BOUNDS))
    except WebError:
        return None
    is_image = answer.headers.get("content-type", "").startswith("image/")
    return answer if answer.status == 200 and is_image else None


def places(at: Instance, user: Document) -> Iterator[tuple[str, str]]:
    """The login services of a user (`services`) that know where a picture is, and where."""
    for name, data in (user.get("services") or {}).items():
        url = _place(name, data) if isinstance(data, dict) else ""
        if url and (name not in WELL_KNOWN or at.setting(f"Accounts_OAuth_{name.title()}") is True):
            yield name, url


def _place(name: str, data: Document) -> str:
    for field, place in (("avatarUrl", "{}"), *WELL_KNOWN.get(name, ())):
        value = data.get(field)
        if isinstance(value, str) and value:
            return place.format(value if place == "{}" else quote(value, safe=""))
    return ""


def _gravatars(user: Document) -> Iterator[tuple[str, str]]:
    for email in user.get("emails") or ():
        # The service's own way to name an address.
        address = str(email.get("address", "")).strip().lower().encode()
        name = hashlib.md5(address, usedforsecurity=False).hexdigest()
        yield "gravatar", f"https://s.gravatar.com/avatar/{name}?default=404&size=200"
