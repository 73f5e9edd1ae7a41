"""Inviting people to the workspace by mail."""

from __future__ import annotations

from pydantic import Field

from contrail.domain import mail
from contrail.domain.emails import EMAIL, LONGEST
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input

MOST = 100
"""Addresses that one request may name."""


class Addresses(Input):
    emails: list[str] = Field(max_length=MOST)


def send(caller: Caller, given: Addresses, at: Instance) -> None:
    """A letter to each address; what is none is passed over. Raises `error-not-allowed`."""
    if not at.allows(caller, "bulk-register-user"):
        raise ChatError(None, "Not allowed [error-not-allowed]")
    named = dict.fromkeys(text.strip() for text in given.emails)
    for address in named:
        if len(address) <= LONGEST and EMAIL.fullmatch(address):
            mail.invite(at, caller, address)
