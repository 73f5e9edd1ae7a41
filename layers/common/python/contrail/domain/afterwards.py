"""Work that a stored message makes, done off the path of any request: previews and translations.

Each kind of it has a mark, which says what of the message it is about. The mark is kept on the
message once the work is done (`_contrail.after`), so that nothing is done twice; a message that
was edited meanwhile has another one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.rows import Document
from contrail.store.collections import OWN

QUEUE = "afterwards"
PREVIEWS, TRANSLATIONS = "previews", "translations"
MOST_LINKS = 5
"""A message with more links to elsewhere gets no previews at all."""


def wanted(at: Instance, message: Document) -> dict[str, str]:
    """Kind of work -> its mark, for what is to be done about a message, or was."""
    if message.get("t") or message.get("_hidden"):
        return {}
    marks = {}
    if at.setting("API_Embed") and (found := links(at, message)):
        marks[PREVIEWS] = _mark(message, found)
    if at.setting("AutoTranslate_Enabled") and (said := texts(message)):
        marks[TRANSLATIONS] = _mark(message, said)
    return marks


def due(at: Instance, message: Document) -> dict[str, str]:
    """What of it was not done yet, of a message with `_contrail`."""
    done: Mapping[str, str] = message.get(OWN, {}).get("after", {})
    return {kind: mark for kind, mark in wanted(at, message).items() if done.get(kind) != mark}


def put(at: Instance, caller: Caller, mid: str, after: Mapping[str, str]) -> None:
    """Have work done about a message, each kind by itself."""
    for kind, mark in after.items():
        at.bus.enqueue(
            QUEUE,
            json.dumps({"kind": kind, "mid": mid, "mark": mark}),
            group=f"{kind}:{mid}",
            dedup=f"{mid}:{mark}",
            attributes={"correlation_id": caller.correlation_id},
        )


def links(at: Instance, message: Document) -> list[str]:
    """The addresses whose pages may be looked at."""
    urls = message.get("urls") or ()
    site = str(at.setting("Site_Url") or at.environment.root_url)
    elsewhere = [one for one in urls if site not in one["url"]]
    if message.get("attachments") or len(elsewhere) > MOST_LINKS:
        return []
    return [one["url"] for one in urls if not one.get("ignoreParse")]


def texts(message: Document) -> list[str]:
    """What is said in it: its own text, then each attachment's; empty ones where there is none."""
    said = [str(message.get("msg") or ""), *map(said_in, message.get("attachments") or ())]
    return said if any(text.strip() for text in said) else []


def said_in(attachment: Document) -> str:
    return str(attachment.get("description") or attachment.get("text") or "")


def _mark(message: Document, about: list[str]) -> str:
    """Every edit counts: it begins with links that nothing is known of."""
    whole = json.dumps([about, str(message.get("editedAt") or "")])
    return hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest()[:32]
