"""What a client may put into a message, and when it may be sent."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from contrail.domain.access import Standing
from contrail.domain.instance import Instance
from contrail.domain.message_fields import check_custom_fields
from contrail.domain.writable import check_writable
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import When

SENDABLE_TYPES = ("e2e", "otr", "otr-ack")
OUT_OF_SYNC = timedelta(seconds=60)
DETAILS = {"method": "sendMessage"}
UNSEEN = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\ufeff]")
"""Browsers read over these in front of an address and in its scheme."""
RUNNING = ("javascript:", "vbscript:")


def _harmless(value: object) -> object:
    """Links in attachments are followed by clients: nothing that runs."""
    if isinstance(value, str) and UNSEEN.sub("", value).lower().startswith(RUNNING):
        raise ValueError("must be a harmless address")
    return value


Address = Annotated[str, BeforeValidator(_harmless)]


class Action(BaseModel):
    model_config = ConfigDict(extra="allow")
    type: str | None = None
    text: str | None = None
    url: Address | None = None
    image_url: Address | None = None


class Attachment(BaseModel):
    """Checked where clients trust it; other keys pass as they are."""

    model_config = ConfigDict(extra="allow")
    color: str | None = None
    text: str | None = None
    ts: Any = None
    thumb_url: Address | None = None
    message_link: Address | None = None
    collapsed: bool | None = None
    author_name: str | None = None
    author_link: Address | None = None
    author_icon: Address | None = None
    title: str | None = None
    title_link: Address | None = None
    title_link_download: bool | None = None
    image_url: Address | None = None
    audio_url: Address | None = None
    video_url: Address | None = None
    fields: list[dict[str, Any]] | None = None
    actions: list[Action] | None = None
    attachments: list[Attachment] | None = None


class Draft(BaseModel):
    """A message as clients send it. Unknown keys are dropped, `bot` is kept."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True, hide_input_in_errors=True)
    id: str | None = Field(None, alias="_id", min_length=1, max_length=128)
    rid: str | None = None
    msg: str | None = None
    t: str | None = None
    ts: When | None = None
    tmid: str | None = None
    tshow: bool | None = None
    alias: str | None = None
    emoji: str | None = None
    avatar: Address | None = None
    groupable: bool | None = None
    parseUrls: bool | None = None
    attachments: list[Attachment] | None = None
    blocks: list[dict[str, Any]] | None = None
    bot: Any = None
    customFields: dict[str, Any] | None = None
    content: dict[str, Any] | None = None
    e2e: str | None = None
    e2eMentions: dict[str, list[str]] | None = None


def is_system(draft: Draft) -> bool:
    return draft.t is not None and draft.t not in SENDABLE_TYPES


def check_draft(at: Instance, draft: Draft) -> None:
    """What can be told without the room. Raises the errors of Rocket.Chat's sendMessage."""
    if draft.tshow and not draft.tmid:
        raise ChatError("invalid-params", "tshow provided but missing tmid", DETAILS)
    if draft.tmid and not at.setting("Threads_enabled"):
        raise ChatError("error-not-allowed", "not-allowed", DETAILS)
    if isinstance(draft.ts, datetime) and abs(draft.ts - at.now()) > OUT_OF_SYNC:
        reason = "Message timestamp is out of sync"
        raise ChatError("error-message-ts-out-of-sync", reason, DETAILS)
    if len(draft.msg or "") > at.number("Message_MaxAllowedSize", 5000):
        reason = "Message size exceeds Message_MaxAllowedSize"
        raise ChatError("error-message-size-exceeded", reason, DETAILS)
    if draft.customFields is not None:
        check_custom_fields(at, draft.customFields)


def check_standing(at: Instance, caller: Caller, draft: Draft, standing: Standing) -> None:
    """What depends on the room and on the sender's place in it."""
    check_writable(at, caller, standing)
    if draft.alias or draft.avatar:
        check_impersonation(at, caller, standing)
    plain = draft.t != "e2e" and standing.room.get("encrypted")
    if plain and not at.setting("E2E_Allow_Unencrypted_Messages"):
        reason = "Not allowed to send un-encrypted messages in an encrypted room"
        raise ChatError("error-not-allowed", reason, DETAILS)


def check_impersonation(at: Instance, caller: Caller, standing: Standing) -> None:
    if not at.allows(caller, "message-impersonate", standing.roles):
        raise ChatError(None, "Not enough permission")
