"""Settings that everyone may read."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from pydantic import Field

from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.inputs import Input, Listed, When
from contrail.shapes.rows import Document

LISTED = ("_id", "value", "enterprise", "invalidValue", "modules")
SYNCED = (*LISTED, "editor", "properties", "requiredOnWizard", "type", "_updatedAt")


class PublicSettings(Listed):
    """`_id` filters by ids, separated by commas."""

    ids: str = Field("", alias="_id")


class Since(Input):
    updatedAt: When | None = None


def list_public(caller: Caller, page: PublicSettings, at: Instance) -> dict[str, Any]:
    wanted = _wanted(page)
    rows = [] if wanted == [] else at.store.settings.public(wanted)
    for name, order in reversed(page.sort or [("_id", 1)]):
        rows = sorted(rows, key=partial(_sortable, name), reverse=order < 0)
    shown = rows[page.offset : page.offset + page.count]
    return {
        "settings": [{key: row[key] for key in LISTED if key in row} for row in shown],
        "count": len(shown),
        "offset": page.offset,
        "total": len(rows),
    }


def _wanted(page: PublicSettings) -> list[str] | None:
    """The ids that the request names, None when it names none."""
    named = page.query.get("_id")
    if isinstance(named, dict):
        return list(named["$in"])
    if named is not None:
        return [named]
    return [part for part in page.ids.split(",") if part] or None


def get(caller: Caller, since: Since, at: Instance) -> list[Document] | dict[str, Any]:
    rows = at.store.settings.public()
    if since.updatedAt is None:
        return [_synced(row) for row in rows]
    changed = [row for row in rows if row.get("_updatedAt", since.updatedAt) > since.updatedAt]
    return {"update": [_synced(row) for row in changed], "remove": []}


def _synced(row: Document) -> Document:
    return {key: row[key] for key in SYNCED if key in row}


def _sortable(name: str, row: Document) -> str:
    value = row.get(name)
    return value.isoformat() if isinstance(value, datetime) else str(value)
