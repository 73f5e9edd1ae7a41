"""What clients say in the message that brings a file, and whether they may."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contrail.api.values import fit
from contrail.domain.access import Standing
from contrail.domain.instance import Instance
from contrail.domain.message_fields import check_custom_fields
from contrail.domain.writable import check_writable
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document
from contrail.shapes.wirejson import decode

ENCRYPTED = "e2e"
DETAILS = {"method": "sendMessage"}
ADDRESSES = ("https://", "http://", "/")
TEXTS = ("msg", "description", "tmid", "avatar", "alias", "emoji", "t", "e2e", "customFields")


class Said(Input):
    """`description` is of the file; `customFields` is JSON; `content` is what is encrypted."""

    msg: str | None = None
    description: str | None = None
    tmid: str | None = None
    groupable: bool | None = None
    avatar: str | None = None
    alias: str | None = None
    emoji: str | None = None
    customFields: str | None = None
    t: str | None = None
    e2e: str | None = None
    content: dict[str, Any] | None = None


def from_form(fields: Mapping[str, str]) -> Said:
    """Raises `invalid-field-content` for content that is no JSON."""
    given: dict[str, Any] = {name: fields[name] for name in TEXTS if name in fields}
    if "groupable" in fields:
        given["groupable"] = fields["groupable"] == "true"
    return Said(**given, content=_object(fields.get("content"), "invalid-field-content"))


def check(at: Instance, caller: Caller, said: Said, standing: Standing) -> None:
    """Raises as sending a message does."""
    most = at.number("Message_MaxAllowedSize", 5000)
    if len(said.description or "") > most:
        raise ChatError("error-message-size-exceeded")
    if len(said.msg or "") > most:
        reason = "Message size exceeds Message_MaxAllowedSize"
        raise ChatError("error-message-size-exceeded", reason, DETAILS)
    if said.t not in (None, "", ENCRYPTED):
        raise ChatError(None, "Cannot send system messages using 'sendFileMessage'")
    if said.tmid and not at.setting("Threads_enabled"):
        raise ChatError("error-not-allowed", "not-allowed", DETAILS)
    check_writable(at, caller, standing)
    if (said.alias or said.avatar) and not at.allows(caller, "message-impersonate", standing.roles):
        raise ChatError(None, "Not enough permission")
    if said.avatar and not said.avatar.lower().startswith(ADDRESSES):
        raise ChatError("invalid-params", "must be a harmless address")
    plain = said.t != ENCRYPTED and standing.room.get("encrypted")
    if plain and not at.setting("E2E_Allow_Unencrypted_Messages"):
        reason = "Not allowed to send un-encrypted messages in an encrypted room"
        raise ChatError("error-not-allowed", reason, DETAILS)
    if said.customFields is not None:
        check_custom_fields(at, _object(said.customFields, "invalid-params") or {})


def fields_of(at: Instance, said: Said, standing: Standing) -> Document:
    """The message's own. Raises for a thread of another room."""
    given = said.model_dump(
        include={"alias", "avatar", "emoji", "t", "e2e", "content"}, exclude_none=True
    )
    if said.tmid:
        given["tmid"] = _thread(at, said.tmid, standing)
    if said.customFields:
        given["customFields"] = _object(said.customFields, "invalid-params")
    return {"msg": said.msg or "", "groupable": bool(said.groupable), **given}


def _thread(at: Instance, tmid: str, standing: Standing) -> str:
    """There are no threads inside one."""
    first = at.store.messages.by_id(tmid)
    if first is not None and first["rid"] != standing.room["_id"]:
        raise ChatError("error-not-allowed", "Not allowed", DETAILS)
    return str((first or {}).get("tmid") or tmid)


def _object(text: str | None, code: str) -> Document | None:
    if not text:
        return None
    try:
        value = fit(decode(text))
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise ChatError(code)
    return value
