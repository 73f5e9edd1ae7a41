"""Letters of a mailing: the same text to many, each with a way out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from contrail.domain import mail
from contrail.domain.instance import Instance
from contrail.domain.mail_composing import write
from contrail.ports.mail import Letter
from contrail.shapes.caller import Caller
from contrail.shapes.ids import random_id
from contrail.shapes.rows import Document
from contrail.store.patterns import looking_for

AT_ONCE = 50
"""Readers that one item looks up; the next follow in an item of their own."""


class Text(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    sender: str
    subject: str
    body: str


class Mailing(Text):
    """To everyone whom `query` finds with an id after `after`; `id` is the mailing's own."""

    id: str
    query: dict[str, Any] = {}
    after: str = ""


class Addressed(Text):
    to: str
    name: str
    unsubscribe: str


def begin(at: Instance, caller: Caller, text: Text, query: Document) -> None:
    mailing = Mailing(**text.model_dump(), id=random_id(), query=query)
    _put(at, caller, mailing)


def spread(at: Instance, caller: Caller, mailing: Mailing) -> None:
    """A letter for each of the next readers, and an item for who comes after them.

    Items bear ids of the mailing and the reader, so that doing this twice sends nothing twice.
    """
    match = looking_for(mailing.query)
    readers = at.store.mail_tokens.readers(match, mailing.after, AT_ONCE)
    text = Text(**mailing.model_dump(include=set(Text.model_fields)))
    for reader in readers:
        to = next(iter(mail.addresses(reader)), "")
        if to:
            put_letter(at, caller, text, reader, to, dedup=f"{mailing.id}:{reader['_id']}")
    if len(readers) == AT_ONCE:
        _put(at, caller, mailing.model_copy(update={"after": readers[-1]["_id"]}))


def put_letter(
    at: Instance, caller: Caller, text: Text, reader: Document, to: str, *, dedup: str = ""
) -> None:
    created = reader.get("createdAt")
    since = round(created.timestamp() * 1000) if isinstance(created, datetime) else 0
    addressed = Addressed(
        **text.model_dump(),
        to=to,
        name=str(reader.get("name") or ""),
        unsubscribe=f"{mail.site_url(at)}/mailer/unsubscribe/{reader['_id']}/{since}",
    )
    body = {"kind": "mailing-letter", **addressed.model_dump()}
    mail.put(at, caller, body, group=to, dedup=dedup)


def letter(at: Instance, wanted: Addressed) -> Letter:
    values = {"name": wanted.name, "email": wanted.to, "unsubscribe": wanted.unsubscribe}
    return write(
        at,
        wanted.subject,
        wanted.body,
        wanted.to,
        name=wanted.name,
        values=values,
        sender=wanted.sender,
        headers={"List-Unsubscribe": f"<{wanted.unsubscribe}>", "Precedence": "bulk"},
    )


def _put(at: Instance, caller: Caller, mailing: Mailing) -> None:
    body = {"kind": "mailing", **mailing.model_dump()}
    mail.put(at, caller, body, group=mailing.id, dedup=f"{mailing.id}:{mailing.after}:next")
