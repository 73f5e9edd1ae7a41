"""Pinned messages."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from contrail.domain import edits, quoting
from contrail.domain.access import access_room
from contrail.domain.instance import Instance
from contrail.domain.messages import shown_to, write_system
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input, When
from contrail.shapes.rows import Document
from functions.messaging.finding import NO_ID, NO_ID_EITHER, not_found


class Pin(Input):
    documented = {"messageId": NO_ID}
    messageId: str


class Unpin(Input):
    documented = {"messageId": NO_ID_EITHER}
    messageId: str


class Named(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)
    id: str = Field(alias="_id")


class PinMethod(Input):
    message: Named
    pinnedAt: When | None = None


class UnpinMethod(Input):
    message: Named


def pin(caller: Caller, given: Pin, at: Instance) -> Document:
    """The system message that says so."""
    _check_named(given.messageId, NO_ID)
    return _pin(at, caller, given.messageId, not_found())


def pin_method(caller: Caller, given: PinMethod, at: Instance) -> Document:
    return _pin(at, caller, given.message.id, _unknown("pin"))


def unpin(caller: Caller, given: Unpin, at: Instance) -> None:
    _check_named(given.messageId, NO_ID_EITHER)
    _set_pinned(at, caller, given.messageId, not_found(), pinned=False)


def unpin_method(caller: Caller, given: UnpinMethod, at: Instance) -> bool:
    _set_pinned(at, caller, given.message.id, _unknown("unpin"), pinned=False)
    return True


def _check_named(mid: str, missing: tuple[str, str]) -> None:
    if not mid.strip():
        raise ChatError(*missing)


def _pin(at: Instance, caller: Caller, mid: str, missing: ChatError) -> Document:
    message = _set_pinned(at, caller, mid, missing, pinned=True)
    kind = "message_pinned_e2e" if message.get("t") == "e2e" else "message_pinned"
    chain = at.number("Message_QuoteChainLimit", quoting.USUAL_CHAIN)
    shown: dict[str, Any] = {"attachments": [quoting.shown(message, chain)]}
    return shown_to(at, write_system(at, caller, message["rid"], kind, "", **shown), caller)


def _set_pinned(
    at: Instance, caller: Caller, mid: str, missing: ChatError, *, pinned: bool
) -> Document:
    """The message after it."""
    verb = "pin" if pinned else "unpin"
    details = {"method": f"{verb}Message", "action": "Message_pinning"}
    if not at.setting("Message_AllowPinning"):
        raise ChatError("error-action-not-allowed", "Message pinning not allowed", details)
    message = at.store.messages.by_id(mid)
    if message is None or message.get("_hidden"):
        raise missing
    standing = access_room(at, caller, message["rid"], refuse=missing)
    if standing.subscription is None:
        raise missing
    if not at.allows(caller, "pin-message", standing.roles):
        raise ChatError("not-authorized", "Not Authorized", {"method": f"{verb}Message"})

    def marked(_: Document) -> edits.Change:
        fields = {"pinned": pinned, "pinnedAt": at.now(), "pinnedBy": edits.editor(caller)}
        return fields, ()

    after = edits.change(
        at, caller, message, marked, keep=pinned and bool(at.setting("Message_KeepHistory"))
    )
    if after is None:
        raise missing
    return after


def _unknown(verb: str) -> ChatError:
    reason = f"Message you are {verb}ning was not found"
    details = {"method": f"{verb}Message", "action": "Message_pinning"}
    return ChatError("error-invalid-message", reason, details)
