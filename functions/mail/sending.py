"""Mail that waits in the queue: written and handed to whoever carries it.

An item is one letter to one address, or work that ends in such items. What fails is delivered
again by the queue, and lies among its dead letters in the end; a letter that was refused for good
is noted and forgotten. Nothing of it is logged: neither addresses nor words.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel, ConfigDict

from contrail.domain import mail_exports, mail_seals
from contrail.domain.instance import Instance
from contrail.domain.mail_carriers import carrier
from contrail.domain.mail_composing import compose
from contrail.ports.mail import Letter, UndeliverableError
from contrail.shapes.caller import Caller
from contrail.shapes.inputs import Input
from contrail.shapes.logs import note
from functions.mail import asked, exports, mailings


class Item(Input):
    id: str
    body: str
    receives: int = 1


class Wanted(BaseModel):
    """`kind` is one of `mail_letters`; the placeholders of `sealed` nobody read on the way."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    kind: str
    to: str
    name: str = ""
    values: dict[str, str] = {}
    sealed: dict[str, str] = {}


def send(caller: Caller, item: Item, at: Instance) -> None:
    """Raises `NotSentError` for what may succeed later."""
    at.caches.refresh()
    work: dict[str, Any] = json.loads(item.body)
    kind = str(work["kind"])
    try:
        letter = _letter(at, caller, kind, work, item)
        if letter is None:
            return
        via = carrier(at)
        if via is None:
            note("mail not sent", kind=kind, why="not configured")
            return
        via.send(letter)
    except UndeliverableError as error:
        note("mail not sent", kind=kind, why=str(error))
        return
    note("mail sent", kind=kind)


def _letter(
    at: Instance, caller: Caller, kind: str, work: dict[str, Any], item: Item
) -> Letter | None:
    """The letter to send; None where there is none, or others were put into the queue instead."""
    again = item.receives > 1
    if kind == "reset":
        return asked.reset(at, work["to"], again=again)
    if kind == "verification":
        return asked.verification(at, work["to"], again=again)
    if kind == "code-request":
        asked.code(at, caller, work, again=again)
        return None
    if kind == "approvals":
        asked.approvals(at, caller, work, item=item.id)
        return None
    if kind == "mailing":
        mailings.spread(at, caller, mailings.Mailing.model_validate(work))
        return None
    if kind == "mailing-letter":
        return mailings.letter(at, mailings.Addressed.model_validate(work))
    if kind == mail_exports.KIND:
        return exports.letter(at, exports.Export.model_validate(work))
    wanted = Wanted.model_validate(work)
    opened = {name: mail_seals.unseal(at.secrets, text) for name, text in wanted.sealed.items()}
    values = {**wanted.values, **opened}
    return compose(at, wanted.kind, wanted.to, name=wanted.name, values=values)
