"""Whether mail can be sent, and a letter that shows it."""

from __future__ import annotations

from typing import Any

from contrail.domain import mail
from contrail.domain.instance import Instance
from contrail.domain.mail_carriers import carrier
from contrail.domain.mail_composing import compose
from contrail.ports.mail import NotSentError
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import NoInput

METHOD = "sendSMTPTestEmail"


def check(caller: Caller, _: NoInput, at: Instance) -> dict[str, bool]:
    return {"isSMTPConfigured": mail.configured(at)}


def send(caller: Caller, _: NoInput, at: Instance) -> dict[str, Any]:
    """`{message, params}` once the caller's own address was written to, while they wait.

    Raises `error-invalid-email` for who has none, `error-email-send-failed`.
    """
    user = at.store.users.by_id(caller.uid, {"emails": 1, "name": 1}) or {}
    to = next(iter(mail.addresses(user)), "")
    if not to:
        raise ChatError("error-invalid-email", "Invalid email", {"method": METHOD})
    via = carrier(at)
    if via is None:
        raise _failed("SMTP is not configured")
    try:
        letter = compose(at, "test", to, name=str(user.get("name") or ""))
        if letter is not None:
            via.send(letter)
    except NotSentError as error:
        raise _failed(str(error)) from None
    return {"message": "Sending_your_mail_to_s", "params": [to]}


def _failed(why: str) -> ChatError:
    details = {"method": METHOD, "message": why}
    return ChatError("error-email-send-failed", f"Error trying to send email: {why}", details)
