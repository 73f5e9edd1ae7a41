"""Work about messages that were stored: see `domain.afterwards`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from contrail.domain import afterwards, edits
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document
from contrail.store.afterwards import DONE
from functions.messaging import previews, translating

WorkedOut = Callable[[Document], Document]
"""A message as it is by then -> the fields to set."""
DOING: Mapping[str, Callable[[Instance, Document], WorkedOut | None]] = {
    afterwards.PREVIEWS: previews.of_message,
    afterwards.TRANSLATIONS: translating.of_message,
}
"""What is found out about a message; None where nothing came of it."""


class Item(Input):
    body: str


class Work(Input):
    kind: Literal["previews", "translations"]
    mid: str
    mark: str


def work(caller: Caller, item: Item, at: Instance) -> None:
    """One kind of work about one message.

    Nothing where that is gone, was edited, or is done already. Raises `WebError` for what may
    succeed later.
    """
    at.caches.refresh()
    given = Work.model_validate_json(item.body)
    message = at.store.messages.by_id(given.mid)
    if message is None or afterwards.due(at, message).get(given.kind) != given.mark:
        return
    worked_out = DOING[given.kind](at, message)
    if worked_out is not None and _finish(at, caller, message, given, worked_out):
        return
    at.store.afterwards.done(message, given.kind, given.mark)


def _finish(
    at: Instance, caller: Caller, message: Document, work: Work, worked_out: WorkedOut
) -> bool:
    """False where the message was edited or deleted meanwhile."""

    def finished(before: Document) -> edits.Change | None:
        if afterwards.wanted(at, before).get(work.kind) != work.mark:
            return None
        return {**worked_out(before), f"{DONE}.{work.kind}": work.mark}, ()

    return edits.change(at, caller, message, finished) is not None
