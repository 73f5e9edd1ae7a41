"""Settings that everyone may read."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from pydantic import Field

from contrail.domain.instance import Instance
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
    rows = at.store.settings.public(_wanted(page))
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


def get(caller: Caller, since: Since, at: Instance) -> Synced:
    rows = at.store.settings.public()
    shown = [{key: row[key] for key in SYNCED if key in row} for row in rows]
    return synced(shown, since.updatedAt)


def _sortable(name: str, row: Document) -> str:
    value = row.get(name)
    return value.isoformat() if isinstance(value, datetime) else str(value)
