"""Lists that clients keep in step: everything at first, later what changed since."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from contrail.shapes.rows import Document

Synced = list[Document] | dict[str, Any]


def changed(rows: list[Document], since: datetime | None) -> list[Document]:
    """Rows changed after `since`; those that don't know when they changed are always among them."""
    if since is None:
        return rows
    return [row for row in rows if row.get("_updatedAt") is None or row["_updatedAt"] > since]


def synced(
    rows: list[Document], since: datetime | None, removed: Sequence[Document] = ()
) -> Synced:
    """DDP's form: a plain array without a date, since some clients index it."""
    if since is None:
        return rows
    return {"update": changed(rows, since), "remove": list(removed)}
