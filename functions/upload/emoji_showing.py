"""Custom emoji as clients list them and fetch their pictures."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

import orjson
from pydantic import Field

from contrail.domain.instance import Instance
from contrail.ports.blobs import Key
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, InvalidInput
from contrail.shapes.inputs import Input, Listed, NoInput, Visited
from contrail.shapes.reply import Reply
from contrail.shapes.rows import Document
from contrail.shapes.wirejson import parse_date
from contrail.store.collections import OWN, file_of
from contrail.store.custom_emoji import CustomEmoji
from contrail.store.patterns import containing
from functions.upload import imported
from functions.upload.avatars_letters import Letters, svg
from functions.upload.emoji import KIND
from functions.upload.pictures import FRESH, NEVER_CHANGED, SVG, Picture, refused, show

BUCKET = "custom_emoji"
MOMENTS = ("$gt", "$gte", "$lt", "$lte")
LONG_CACHED = {"Cache-Control": "public, max-age=31536000"}
SHOWN = {"png": "image/png", "gif": "image/gif", "jpg": "image/jpeg", "jpeg": "image/jpeg"}
"""Extensions of imported emoji that are served: SVG could do more than be shown."""


class Changed(Input):
    """`query` may compare `_updatedAt`, or name an `_id` or a `name`."""

    updatedSince: str = ""
    updatedAt: str = Field("", alias="_updatedAt")
    id: str = Field("", alias="_id")
    query: str = ""


class Page(Listed):
    name: str = ""


class File(Visited):
    file: str


def list_changed(caller: Caller, asked: Changed, at: Instance) -> Document:
    """What changed and what went since a moment; without one, all of them."""
    match = _query(asked.query)
    if asked.id:
        match["_id"] = asked.id
    since = _moment("_updatedAt", asked.updatedAt)
    if since:
        match["_updatedAt"] = {"$gt": since}
    since = _moment("updatedSince", asked.updatedSince)
    if since is None:
        return {"update": at.store.custom_emoji.matching(match), "remove": []}
    later = {"_updatedAt": {"$gt": since}}
    match = {"$and": [match, later]} if match else later
    gone = at.store.trash.deleted_after(CustomEmoji.kind, since)
    return {"update": at.store.custom_emoji.matching(match), "remove": gone}


def list_page(caller: Caller, page: Page, at: Instance) -> dict[str, Any]:
    match = {**page.query, **({"name": containing(page.name)} if page.name else {})}
    sort = page.sort or [("name", 1)]
    rows, total = at.store.custom_emoji.page(match, sort, page.offset, page.count)
    return {"emojis": rows, "count": len(rows), "offset": page.offset, "total": total}


def list_all(caller: Caller, _: NoInput, at: Instance) -> list[Document]:
    return at.store.custom_emoji.matching({})


def none_named(caller: Caller, _: NoInput, at: Instance) -> Reply:
    """The address without a name."""
    return refused(403, "Forbidden")


def serve(caller: Caller, asked: File, at: Instance) -> Reply:
    """The picture; a question mark for an emoji that has none, or that there is none of."""
    name, _, extension = asked.file.rpartition(".")
    emoji = at.store.custom_emoji.by_name(name) if name else None
    found = _stored(at, emoji, asked.file) if emoji else None
    if found is None or extension != (emoji or {}).get("extension"):
        unknown = svg(Letters.of(""), 50)
        return show(asked, Picture(unknown, SVG, NEVER_CHANGED, headers=FRESH))
    return show(asked, found)


def _stored(at: Instance, emoji: Document, file: str) -> Picture | None:
    own = emoji.get(OWN, {})
    if file_of(emoji):
        found = at.blobs.get(Key(KIND, file_of(emoji)))
        body, kind = (found[1] if found else None), own["type"]
        modified = own["at"]
    else:
        kind = SHOWN.get(emoji.get("extension", ""), "")
        named = {"filename": _encoded(file)}
        entry = at.store.grid.find(BUCKET, named) if kind else None
        body = at.store.grid.read(BUCKET, named) if entry else None
        if kind and body is None:
            body = imported.kept_in(at, BUCKET, named["filename"])
        modified = (entry or {}).get("uploadDate") or NEVER_CHANGED
    return None if body is None else Picture(body, kind, modified, headers=LONG_CACHED)


def _encoded(file: str) -> str:
    """As the original names files: JavaScript's encodeURIComponent."""
    return quote(file, safe="!'()*")


def _moment(name: str, text: str) -> datetime | None:
    if not text:
        return None
    found = parse_date(text)
    if found is None:
        reason = f'The "{name}" query parameter must be a valid date.'
        raise ChatError("error-roomId-param-invalid", reason)
    return found


def _query(text: str) -> Document:
    """Raises `error-invalid-query`."""
    try:
        given = orjson.loads(text) if text else {}
        return {name: _condition(name, value) for name, value in given.items()}
    except (ValueError, AttributeError):
        reason = f'Invalid query parameter provided: "{text}"'
        details = {"helperMethod": "parseJsonQuery"}
        raise InvalidInput("error-invalid-query", reason, details) from None


def _condition(name: str, value: Any) -> Any:
    """Raises `ValueError` for what is not allowed."""
    if name in ("_id", "name") and isinstance(value, str):
        return value
    if name == "_updatedAt" and isinstance(value, dict) and set(value) <= set(MOMENTS) and value:
        return {operator: _given_moment(one) for operator, one in value.items()}
    raise ValueError(name)


def _given_moment(value: Any) -> datetime:
    text = value.get("$date") if isinstance(value, dict) and len(value) == 1 else value
    found = parse_date(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError("no moment")
    return found
