"""Changing what a message says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from contrail.domain import edits
from contrail.domain.access import Standing, access_room
from contrail.domain.composing import compose
from contrail.domain.instance import Instance
from contrail.domain.message_fields import check_custom_fields
from contrail.domain.messages import shown_to
from contrail.domain.writable import check_writable
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document
from functions.messaging.drafts import Address, Attachment, check_impersonation

METHOD = {"method": "updateMessage"}
NOT_ALLOWED = {**METHOD, "action": "Message_editing"}
BYPASS = "bypass-time-limit-edit-and-delete"
ELSEWHERE = "The room id provided does not match where the message is from."
TRANSLATED = ("translations", "translationProvider")
"""Of what it said before; its new text is translated anew."""
CHANGEABLE = frozenset(
    "msg tshow alias attachments avatar emoji customFields content e2eMentions".split()
)


class Update(Input):
    roomId: str
    msgId: str
    text: str
    customFields: dict[str, Any] | None = None
    previewUrls: list[str] | None = None


class Changed(BaseModel):
    """What a message is to become; other keys are compared with what it is."""

    model_config = ConfigDict(extra="allow", populate_by_name=True, hide_input_in_errors=True)
    id: str = Field(alias="_id")
    rid: str
    msg: str | None = None
    tshow: bool | None = None
    alias: str | None = None
    attachments: list[Attachment] | None = None
    avatar: Address | None = None
    emoji: str | None = None
    customFields: dict[str, Any] | None = None
    content: dict[str, Any] | None = None
    e2eMentions: dict[str, list[str]] | None = None


class UpdateMethod(Input):
    message: Changed
    previewUrls: list[str] | None = None


def update(caller: Caller, given: Update, at: Instance) -> Document:
    """The message after it."""
    standing = access_room(at, caller, given.roomId, given.msgId, refuse=_not_allowed())
    stored = standing.message
    if stored is None or stored.get("_hidden"):
        raise ChatError(None, f'No message found with the id of "{given.msgId}".')
    if stored["rid"] != given.roomId:
        raise ChatError(None, ELSEWHERE)
    wanted: Document = {"msg": given.text}
    if given.customFields is not None:
        wanted["customFields"] = given.customFields
    return shown_to(at, _edit(at, caller, wanted, standing, given.previewUrls), caller)


def update_method(caller: Caller, given: UpdateMethod, at: Instance) -> None:
    message = given.message
    no_room = ChatError("error-invalid-room", "Invalid room")
    standing = access_room(
        at, caller, message.rid, message.id, refuse=_not_allowed(), missing=no_room
    )
    stored = standing.message
    if stored is None or stored.get("_hidden"):
        return
    wanted = message.model_dump(by_alias=True, exclude_unset=True)
    _check_keys(stored, wanted)
    _edit(at, caller, wanted, standing, given.previewUrls)


def _check_keys(stored: Document, wanted: Document) -> None:
    for key, value in wanted.items():
        if key == "tmid" and value and value == stored["_id"]:
            reason = "Cannot set tmid the same as the _id"
            raise ChatError("error-message-same-as-tmid", reason, METHOD)
        if key == "tmid" and value and not stored.get("tmid"):
            reason = "Cannot update message to a thread"
            raise ChatError("error-message-change-to-thread", reason, METHOD)
        if key not in CHANGEABLE and value != stored.get(key):
            reason = f"Cannot update the message {key}"
            raise ChatError("error-invalid-update-key", reason, METHOD)


def _edit(
    at: Instance,
    caller: Caller,
    wanted: Document,
    standing: Standing,
    previews: list[str] | None,
) -> Document:
    stored = standing.message or {}
    wanted = {
        key: value
        for key, value in wanted.items()
        if key in CHANGEABLE and value is not None and value != _said(stored, key)
    }
    if not wanted and previews is None:
        return stored
    _check(at, caller, stored, wanted, standing)

    def edited(before: Document) -> edits.Change:
        fields = _fields(at, caller, before, wanted, standing, previews)
        gone = [key for key in ("md", *TRANSLATED) if key not in fields]
        return {**fields, "editedAt": at.now(), "editedBy": edits.editor(caller)}, gone

    keep = bool(at.setting("Message_KeepHistory"))
    after = edits.change(at, caller, stored, edited, keep=keep)
    if after is None:
        raise ChatError(None, f'No message found with the id of "{stored["_id"]}".')
    return after


def _said(stored: Document, key: str) -> Any:
    """What a field says now; what is written of a file stands with the file."""
    described = _description(stored)
    return described if key == "msg" and described is not None else stored.get(key)


def _description(stored: Document) -> str | None:
    first = next(iter(stored.get("attachments") or ()), None)
    found = first.get("description") if isinstance(first, dict) else None
    return found if isinstance(found, str) else None


def _fields(
    at: Instance,
    caller: Caller,
    before: Document,
    wanted: Document,
    standing: Standing,
    previews: list[str] | None,
) -> Document:
    after = {**before, **wanted}
    if "msg" in wanted and "attachments" not in wanted and _description(before) is not None:
        first, *others = before["attachments"]
        kept = {key: value for key, value in first.items() if key != "translations"}
        after["attachments"] = [{**kept, "description": wanted["msg"]}, *others]
        after["msg"] = before.get("msg")
    return {**wanted, **compose(at, caller, after, standing, previews=previews)}


def _check(
    at: Instance, caller: Caller, stored: Document, wanted: Document, standing: Standing
) -> None:
    roles, own = standing.roles, stored["u"]["_id"] == caller.uid
    if not at.allows(caller, "edit-message", roles) and not (
        own and at.setting("Message_AllowEditing")
    ):
        raise _not_allowed()
    if stored.get("t") not in (None, "e2e"):
        raise _not_allowed()
    minutes = at.fraction("Message_AllowEditing_BlockEditInMinutes", 0)
    late = at.now() - stored["ts"] >= timedelta(minutes=minutes)
    if minutes and late and not at.allows(caller, BYPASS, roles):
        raise ChatError("error-message-editing-blocked", "Message editing is blocked", METHOD)
    check_writable(at, caller, standing)
    if "alias" in wanted:
        check_impersonation(at, caller, standing)
    if len(str(wanted.get("msg") or "")) > at.number("Message_MaxAllowedSize", 5000):
        reason = "Message size exceeds Message_MaxAllowedSize"
        raise ChatError("error-message-size-exceeded", reason, METHOD)
    if "customFields" in wanted:
        check_custom_fields(at, wanted["customFields"])


def _not_allowed() -> ChatError:
    return ChatError("error-action-not-allowed", "Message editing not allowed", NOT_ALLOWED)
