"""Sending and getting messages."""

from __future__ import annotations

from contrail.domain import threads
from contrail.domain.access import Standing, access_room
from contrail.domain.instance import Instance
from contrail.domain.messages import send as store_message
from contrail.domain.messages import shown_to
from contrail.domain.notices import notify
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, Forbidden
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document
from functions.messaging.drafts import Draft, check_draft, check_standing, is_system
from functions.messaging.otr import OFF_THE_RECORD, off_the_record

MESSAGE_MISSING = ("error-invalid-params", 'The "message" parameter must be provided.')


class Send(Input):
    documented = {"message": MESSAGE_MISSING}
    message: Draft
    previewUrls: list[str] | None = None


class SendMethod(Input):
    message: Draft
    previewUrls: list[str] | None = None


class WhichMessage(Input):
    documented = {"msgId": (None, 'The "msgId" query parameter must be provided.')}
    msgId: str


def send(caller: Caller, given: Send, at: Instance) -> Document:
    """REST chat.sendMessage: the message as stored."""
    if is_system(given.message):
        raise ChatError(None, "Cannot send system messages using 'chat.sendMessage'")
    return shown_to(at, _send(caller, given.message, given.previewUrls, at), caller)


def send_method(caller: Caller, given: SendMethod, at: Instance) -> Document | None:
    """DDP sendMessage. Only `error-not-allowed` is refused outright.

    Other refusals answer void and reach the sender as a notice in the room.
    """
    if is_system(given.message):
        raise ChatError(None, "Cannot send system messages using 'sendMessage'")
    try:
        return shown_to(at, _send(caller, given.message, given.previewUrls, at), caller)
    except ChatError as error:
        if error.code == "error-not-allowed" or error.text == "error-not-allowed":
            raise ChatError("error-not-allowed", "Not allowed", {"method": "sendMessage"}) from None
        notify(at, caller, given.message.rid or "", str(error.code or error.reason))
        return None


def get(caller: Caller, which: WhichMessage, at: Instance) -> Document:
    message = at.store.messages.by_id(which.msgId)
    if message is None or message.get("_hidden"):
        raise Forbidden
    access_room(at, caller, message["rid"], refuse=Forbidden())
    return shown_to(at, message, caller)


def _send(caller: Caller, draft: Draft, previews: list[str] | None, at: Instance) -> Document:
    check_draft(at, draft)
    rid, tmid = threads.place(at, draft.rid or "", draft.tmid or "")
    if not rid:
        raise ChatError(None, "The 'rid' property on the message object is missing.")
    standing = _room(at, caller, rid, draft.id or "")
    check_standing(at, caller, draft, standing)
    fields = draft.model_dump(by_alias=True, exclude_none=True, exclude={"rid", "ts", "tmid"})
    if tmid:
        fields["tmid"] = tmid
    if draft.t in OFF_THE_RECORD:
        return off_the_record(at, caller, fields, standing)
    return store_message(at, caller, fields, standing, previews=previews)


def _room(at: Instance, caller: Caller, rid: str, mid: str) -> Standing:
    return access_room(at, caller, rid, mid, missing=ChatError(None, "error-invalid-room"))
