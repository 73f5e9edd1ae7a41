"""Messages of a room, sent by e-mail to whom someone names."""

from __future__ import annotations

from collections.abc import Sequence

from contrail.domain import mail
from contrail.domain.access import Standing, find_standing, may_enter
from contrail.domain.emails import EMAIL
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.ids import random_id
from contrail.shapes.rows import Document

KIND, PERMISSION = "export", "mail-messages"
MOST = 500
"""Messages, and people, that one request may name."""


def access_export(at: Instance, caller: Caller, rid: str) -> Standing:
    """The caller's standing in a room whose messages they may take out of the workspace.

    Raises `error-action-not-allowed`, `error-invalid-room` and `error-not-allowed`.
    """
    standing = find_standing(at, caller, rid)
    if not at.allows(caller, PERMISSION, standing.roles if standing else ()):
        raise ChatError("error-action-not-allowed", "Unauthorized")
    if standing is None:
        raise ChatError("error-invalid-room")
    if not may_enter(at, caller, standing):
        raise ChatError("error-not-allowed", "Not Allowed")
    return standing


def send(
    at: Instance,
    caller: Caller,
    standing: Standing,
    *,
    usernames: Sequence[str],
    emails: Sequence[str],
    mids: Sequence[str],
    subject: str,
) -> dict[str, list[str]]:
    """One letter to each; `{missing}` are the usernames of whom no address is known.

    Messages of other rooms are left out. Raises `error-invalid-recipient`,
    `error-invalid-messages` and `error-invalid-email`; nobody gets a letter then.
    """
    if not usernames and not emails:
        raise ChatError("error-invalid-recipient")
    if not mids:
        raise ChatError("error-invalid-messages")
    given = [address.strip() for address in emails if address.strip()]
    if not all(EMAIL.fullmatch(address) for address in given):
        raise ChatError("error-invalid-email")
    wanted = dict.fromkeys(name for name in usernames if name)
    fields = {"username": 1, "emails": 1}
    known = {
        str(user["username"]): next(iter(mail.addresses(user)), "")
        for user in at.store.users.by_usernames(wanted, fields)
    }
    body: Document = {
        "kind": KIND,
        "rid": standing.room["_id"],
        "messages": list(dict.fromkeys(mids)),
        "subject": subject,
        "reply_to": _own_address(at, caller),
    }
    export = random_id()
    addresses = dict.fromkeys([*given, *(known[name] for name in wanted if known.get(name))])
    for place, to in enumerate(addresses):
        mail.put(at, caller, {**body, "to": to}, group=to, dedup=f"{export}:{place}")
    return {"missing": [name for name in wanted if not known.get(name)]}


def _own_address(at: Instance, caller: Caller) -> str:
    user = at.store.users.by_id(caller.uid, {"emails": 1}) or {}
    return next(iter(mail.addresses(user)), "")
