"""Asking for mail. It is written and sent by the mail function, off the path of any request.

So a mail server that hangs delays nobody, and the time of an answer does not tell whether an
address is known. What waits in the queue opens nothing: links are made when their mail is
written, and passwords and codes are sealed.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from contrail.domain import mail_seals
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.ids import random_id
from contrail.shapes.rows import Document

QUEUE = "mails"
LANES = 5
"""Groups that letters travel in: no more are under way at once. Where their queue is shared, the
rest of what may be worked on is for others, whatever the mail server does."""


def configured(at: Instance) -> bool:
    """Whether the workspace can send mail at all."""
    environment = at.environment
    return bool(at.setting("SMTP_Host") or environment.mail_url or environment.mail_service)


def post(
    at: Instance,
    caller: Caller,
    kind: str,
    to: str,
    *,
    name: str = "",
    values: Mapping[str, str] | None = None,
    sealed: Mapping[str, str] | None = None,
    dedup: str = "",
) -> None:
    """One letter to one address; nothing where no mail can be sent. Kinds are in `mail_letters`.

    `values` fill the letter's placeholders beside the recipient's `name` and `email`, and so do
    those of `sealed`, which nobody reads on the way.
    """
    body: dict[str, Any] = {"kind": kind, "to": to, "name": name, "values": dict(values or {})}
    if sealed:
        body["sealed"] = {key: mail_seals.seal(at.secrets, value) for key, value in sealed.items()}
    put(at, caller, body, group=to, dedup=dedup)


def put(at: Instance, caller: Caller, body: Document, *, group: str, dedup: str = "") -> None:
    """An item of work for the mail function; items of one group are done in order."""
    if not configured(at):
        return
    at.bus.enqueue(
        QUEUE,
        json.dumps(body),
        group=f"letters:{zlib.crc32(group.encode()) % LANES}",
        dedup=dedup or random_id(),
        attributes={"correlation_id": caller.correlation_id},
    )


def invite(at: Instance, caller: Caller, address: str) -> None:
    """Invite someone to the workspace. The address was checked."""
    post(at, caller, "invitation", address)


def ask_verification(at: Instance, caller: Caller, address: str) -> None:
    """A link by which who reads the address's mail shows it; nothing if nobody here has it."""
    put(at, caller, {"kind": "verification", "to": address}, group=address)


def ask_approval(at: Instance, caller: Caller, user: Document) -> None:
    """Tell every admin that this new user waits to be let in."""
    values = {
        "newcomer": str(user.get("name") or user.get("username") or ""),
        "newcomer_email": next(iter(addresses(user)), ""),
        "reason": str(user.get("reason") or ""),
    }
    put(at, caller, {"kind": "approvals", "values": values}, group=user["_id"])


def tell(
    at: Instance,
    caller: Caller,
    kind: str,
    user: Document,
    *,
    verified: bool = False,
    values: Mapping[str, str] | None = None,
    sealed: Mapping[str, str] | None = None,
    dedup: str = "",
) -> None:
    """A letter to every address of a user, or to those that are verified."""
    for place, address in enumerate(addresses(user, verified=verified)):
        name = str(user.get("name") or user.get("username") or "")
        once = f"{dedup}:{place}" if dedup else ""
        post(at, caller, kind, address, name=name, values=values, sealed=sealed, dedup=once)


def addresses(user: Document, *, verified: bool = False) -> list[str]:
    known: Iterable[Document] = user.get("emails") or ()
    return [
        str(one["address"])
        for one in known
        if one.get("address") and (one.get("verified") or not verified)
    ]


def site_url(at: Instance) -> str:
    """Where links lead to, without a slash at the end: never what a request says."""
    return str(at.setting("Site_Url") or at.environment.root_url).rstrip("/")
