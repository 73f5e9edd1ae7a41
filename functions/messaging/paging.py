"""Pages of messages as lists answer them."""

from __future__ import annotations

from typing import Any

from contrail.domain.instance import Instance
from contrail.domain.messages import shown_to
from contrail.shapes.caller import Caller
from contrail.shapes.inputs import Listed
from contrail.shapes.rows import Document


def page_of(
    at: Instance,
    caller: Caller,
    found_by: Document,
    more: Document,
    wanted: Listed,
    key: str,
    order: list[tuple[str, int]],
) -> dict[str, Any]:
    """`{<key>, count, offset, total}`; `order` where the client gives none."""
    rows, total = at.store.message_lists.page(
        found_by, more, wanted.sort or order, wanted.offset, wanted.count
    )
    shown = [only(wanted.fields, shown_to(at, row, caller)) for row in rows]
    return {key: shown, "count": len(shown), "offset": wanted.offset, "total": total}


def only(fields: dict[str, int], row: Document) -> Document:
    """`fields` as MongoDB's projections: what is listed, or all but what is listed; `_id` apart."""
    inclusive = any(on for key, on in fields.items() if key != "_id") or fields == {"_id": 1}
    usual = {key: not inclusive or key == "_id" for key in row}
    return {key: value for key, value in row.items() if fields.get(key, usual[key])}
