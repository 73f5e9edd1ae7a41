"""Mailings to the people of a workspace, and leaving them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from pydantic import Field

from contrail.api.paging import allowed
from contrail.ddp import ejson
from contrail.domain import mail
from contrail.domain.emails import EMAIL, LONGEST
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document, Listing
from functions.mail.mailings import Text, begin, put_letter

FUNCTION = {"function": "Mailer.sendMail"}
UNSUBSCRIBE = "[unsubscribe]"
LONGEST_SUBJECT, LONGEST_BODY = 1000, 100_000
"""Characters."""
LARGEST = 200_000
"""Bytes of a body as it travels through a queue, with each letter."""
TERMS = ("", "$in", "$nin", "$ne", "$exists", "$regex", "$options")
READERS = Listing(
    query={
        **dict.fromkeys(("_id", "username", "name", "roles", "type", "active"), TERMS),
        **dict.fromkeys(("status", "language", "emails.address", "emails.verified"), TERMS),
        "customFields.*": TERMS,
    },
    logic=("$or", "$and"),
)
"""What a mailing may pick its readers by."""


class Mailing(Input):
    """`query` is EJSON; `dryrun` sends one letter, to whose address `from` is."""

    sender: str = Field(alias="from")
    subject: str = Field(max_length=LONGEST_SUBJECT)
    body: str = Field("", max_length=LONGEST_BODY)
    dryrun: bool | str = False
    query: str = ""


class Unsubscribe(Input):
    """`createdAt` is when the reader registered, in milliseconds: their letters' link has it."""

    id: str = Field(alias="_id")
    createdAt: str


def send(caller: Caller, wanted: Mailing, at: Instance) -> None:
    _send(caller, wanted, at)


def send_method(caller: Caller, wanted: Mailing, at: Instance) -> None:
    """DDP."""
    if not at.allows(caller, "send-mail"):
        raise ChatError("error-not-allowed", "Not allowed", {"method": "Mailer.sendMail"})
    _send(caller, wanted, at)


def unsubscribe(caller: Caller, who: Unsubscribe, at: Instance) -> None:
    unsubscribe_method(caller, who, at)


def unsubscribe_method(caller: Caller, who: Unsubscribe, at: Instance) -> bool:
    """DDP: false for what no letter's link said."""
    try:
        created = datetime.fromtimestamp(int(who.createdAt[:16]) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return False
    return at.store.mail_tokens.unsubscribe(who.id, created)


def _send(caller: Caller, wanted: Mailing, at: Instance) -> None:
    if len(wanted.sender) > LONGEST or not EMAIL.fullmatch(wanted.sender.strip()):
        raise ChatError("error-invalid-from-address", "Invalid from address", FUNCTION)
    if UNSUBSCRIBE not in wanted.body:
        reason = "You must provide the [unsubscribe] link."
        raise ChatError("error-missing-unsubscribe-link", reason, FUNCTION)
    if len(json.dumps(wanted.body)) > LARGEST:
        raise ChatError("error-message-size-exceeded", "Message size exceeds limit", FUNCTION)
    query = _query(wanted.query)
    text = Text(sender=wanted.sender.strip(), subject=wanted.subject, body=wanted.body)
    if not wanted.dryrun:
        begin(at, caller, text, query)
        return
    fields = {"name": 1, "emails": 1, "createdAt": 1}
    reader = at.store.users.by_email(text.sender, fields)
    if reader is None:
        raise ChatError("error-invalid-user", "Invalid user", FUNCTION)
    put_letter(at, caller, text, reader, mail.addresses(reader)[0])


def _query(given: str) -> Document:
    refused = ChatError("error-invalid-query", f'Invalid query parameter provided: "{given}"')
    if not given.strip():
        return {}
    try:
        query = ejson.loads(given)
    except ejson.EJSONError:
        raise refused from None
    if not isinstance(query, dict) or not allowed(READERS, query):
        raise refused
    return query
