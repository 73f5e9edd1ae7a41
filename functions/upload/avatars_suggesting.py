"""Pictures that someone has elsewhere, offered as avatars."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from urllib.parse import quote

from contrail.domain.instance import Instance
from contrail.ports.web import Bounds, Request, WebError
from contrail.shapes.caller import Caller
from contrail.shapes.inputs import NoInput
from contrail.shapes.rows import Document

BOUNDS = Bounds(seconds=4, size=1024 * 1024, redirects=2)
MOST = 4
"""Places that are asked, one after the other."""
FIELDS = {"emails": 1, "services": 1}


def suggest(caller: Caller, _: NoInput, at: Instance) -> dict[str, Document]:
    """Service -> `{service url blob contentType}`; those that have no picture are left out."""
    user = at.store.users.by_id(caller.uid, FIELDS) or {}
    found: dict[str, Document] = {}
    for service, url in [*_places(at, user)][:MOST]:
        try:
            answer = at.web.request(Request(url, bounds=BOUNDS))
        except WebError:
            continue
        kind = answer.headers.get("content-type", "")
        if answer.status == 200 and kind.startswith("image/"):
            blob = f"data:{kind};base64,{base64.b64encode(answer.body).decode()}"
            found[service] = {"service": service, "url": url, "blob": blob, "contentType": kind}
    return found


def _places(at: Instance, user: Document) -> Iterator[tuple[str, str]]:
    services = user.get("services") or {}
    for name, field, place in (
        ("facebook", "id", "https://graph.facebook.com/{}/picture?type=large"),
        ("google", "picture", ""),
        ("github", "username", "https://avatars.githubusercontent.com/{}?s=200"),
        ("twitter", "profile_image_url_https", ""),
        ("gitlab", "avatar_url", ""),
    ):
        value = (services.get(name) or {}).get(field)
        if value and at.setting(f"Accounts_OAuth_{name.title()}") is True:
            yield name, place.format(quote(str(value), safe="")) if place else str(value)
    for name, data in services.items():
        if isinstance(data, dict) and data.get("_OAuthCustom") and data.get("avatarUrl"):
            yield name, str(data["avatarUrl"])
    for email in user.get("emails") or ():
        # The service's own way to name an address.
        address = str(email.get("address", "")).strip().lower().encode()
        name = hashlib.md5(address, usedforsecurity=False).hexdigest()
        yield "gravatar", f"https://s.gravatar.com/avatar/{name}?default=404&size=200"
