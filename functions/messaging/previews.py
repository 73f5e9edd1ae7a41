"""What messages show of the pages that they link to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from contrail.domain import afterwards, embedding
from contrail.domain.access import access_room
from contrail.domain.instance import Instance
from contrail.domain.patience import Patience
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input, NoInput
from contrail.shapes.logs import note
from contrail.shapes.rows import Document

METHOD = {"method": "OEmbedCacheCleanup"}


class Wanted(Input):
    roomId: str
    url: str


def of_message(at: Instance, message: Document) -> Callable[[Document], Document] | None:
    """Its links with what was found out about them; None where that is nothing."""
    patience = Patience()
    found: dict[str, Document] = {}
    for link in afterwards.links(at, message):
        seen = embedding.look(at, link, patience)
        if seen is not None:
            found[link] = seen
    if not found:
        return None
    return lambda before: {"urls": [{**one, **found.get(one["url"], {})} for one in before["urls"]]}


def preview(caller: Caller, wanted: Wanted, at: Instance) -> dict[str, Any]:
    """REST chat.getURLPreview: what a message would show of a link. Nothing is sent with it."""
    access_room(at, caller, wanted.roomId, refuse=ChatError("error-not-allowed", "Not allowed"))
    seen = embedding.look(at, wanted.url, Patience()) if at.setting("API_Embed") else None
    return {"urlPreview": {"url": wanted.url, "meta": {}, **(seen or {}), "ignoreParse": True}}


def clear(caller: Caller, _: NoInput, at: Instance) -> dict[str, str]:
    """DDP OEmbedCacheCleanup: forget what is older than it is kept for."""
    if not at.allows(caller, "clear-oembed-cache"):
        raise ChatError("error-not-allowed", "Not allowed", METHOD)
    _forget(at)
    return {"message": "cache_cleared"}


def forget(caller: Caller, _: NoInput, at: Instance) -> None:
    at.caches.refresh()
    note("previews forgotten", count=_forget(at))


def _forget(at: Instance) -> int:
    days = max(0, at.number("API_EmbedCacheExpirationDays", embedding.KEPT))
    return at.store.oembed.remove_before(at.now() - timedelta(days=days))
