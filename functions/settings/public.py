"""Settings that everyone may read."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from contrail.domain.instance import Instance
from contrail.domain.settings import removed_since, shown
from contrail.domain.sync import Synced, synced
from contrail.shapes.caller import Caller
from contrail.shapes.inputs import Listed, Since
from contrail.shapes.rows import Document

LISTED = ("_id", "value", "enterprise", "invalidValue", "modules")
SYNCED = (*LISTED, "editor", "properties", "requiredOnWizard", "type", "_updatedAt")


class PublicSettings(Listed):
    """`_id` filters by ids, separated by commas."""

    ids: str = Field("", alias="_id")


def list_public(caller: Caller, page: PublicSettings, at: Instance) -> dict[str, Any]:
    wanted = [part.strip() for part in page.ids.split(",") if part.strip()]
    match = {**({"_id": {"$in": wanted}} if wanted else {}), **page.query}
    return listing(at, {"$and": [match, {"public": True}]}, page)


def listing(at: Instance, match: Document, page: Listed, *more: str) -> dict[str, Any]:
    """A page of settings that are not hidden: the usual fields, those asked for, and `more`."""
    rows, total = at.store.settings.page(match, page.sort or [("_id", 1)], page.offset, page.count)
    names = (*LISTED, *(key for key, on in page.fields.items() if on), *more)
    settings = [narrowed(shown(at, row), names) for row in rows]
    return {"settings": settings, "count": len(rows), "offset": page.offset, "total": total}


def narrowed(row: Document, names: tuple[str, ...]) -> Document:
    return {key: row[key] for key in names if key in row}


def get(caller: Caller, since: Since, at: Instance) -> Synced:
    rows = [narrowed(shown(at, row), SYNCED) for row in at.store.settings.public()]
    return synced(rows, since.updatedAt, removed_since(at, since.updatedAt, public=True))
