"""chat.postMessage: the way bots and scripts post."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from contrail.domain import directs
from contrail.domain.access import Standing, access_room, find_standing, may_enter
from contrail.domain.instance import Instance
from contrail.domain.members import join
from contrail.domain.messages import send as store_message
from contrail.domain.messages import shown_to
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input
from functions.messaging.drafts import Address, Attachment, Draft, check_draft, check_standing

Target = str | list[str] | None


class Post(Input):
    """`channel` or `roomId`: an id, a name, `#name` or `@username`, or a list of them."""

    channel: Target = None
    roomId: Target = None
    text: str | None = None
    msg: str | None = None
    alias: str | None = None
    username: str | None = None
    avatar: Address | None = None
    icon_url: Address | None = None
    emoji: str | None = None
    icon_emoji: str | None = None
    attachments: list[Attachment] | None = None
    parseUrls: bool | None = None
    groupable: bool | None = None
    tmid: str | None = None
    customFields: dict[str, Any] | None = None
    bot: Any = None
    blocks: list[dict[str, Any]] | None = Field(None)


def post(caller: Caller, given: Post, at: Instance) -> dict[str, Any]:
    """`{ts, channel, message}` of the first target. All targets are checked before any is sent."""
    targets = _targets(given)
    if not targets:
        raise _no_channel()
    draft = _draft(given)
    check_draft(at, draft)
    rooms = [_find(at, caller, target) for target in targets]
    for standing in rooms:
        check_standing(at, caller, draft, standing)
    fields = draft.model_dump(by_alias=True, exclude_none=True)
    sent = [store_message(at, caller, fields, _member(at, caller, room)) for room in rooms]
    return {
        "ts": int(at.now().timestamp() * 1000),
        "channel": targets[0],
        "message": shown_to(at, sent[0], caller),
    }


def _targets(given: Post) -> list[str]:
    wanted = given.channel or given.roomId or []
    listed = [wanted] if isinstance(wanted, str) else wanted
    return list(dict.fromkeys(target for target in listed if target))


def _draft(given: Post) -> Draft:
    return Draft(
        _id=None,
        msg=(given.text or given.msg or "").strip(),
        alias=given.username or given.alias,
        avatar=given.icon_url or given.avatar,
        emoji=given.icon_emoji or given.emoji,
        attachments=given.attachments or [],
        parseUrls=given.parseUrls if given.parseUrls is not None else not given.attachments,
        groupable=bool(given.groupable),
        tmid=given.tmid,
        customFields=given.customFields,
        bot=given.bot,
        blocks=given.blocks,
    )


def _find(at: Instance, caller: Caller, target: str) -> Standing:
    """Raises `invalid-channel` alike for rooms that are closed to the caller and missing ones."""
    if target.startswith("@"):
        rid = _direct(at, caller, target[1:])["_id"]
    else:
        found = at.store.rooms.by_id_or_name(target.removeprefix("#"), {"_id": 1})
        rid = found["_id"] if found else _direct(at, caller, target)["_id"]
    return access_room(at, caller, rid, refuse=_no_channel())


def _direct(at: Instance, caller: Caller, name: str) -> dict[str, Any]:
    """The direct room with someone, by username or id; it is made where there is none."""
    other = at.store.users.by_username(name, {"username": 1}) if name else None
    if other is None and name:
        other = at.store.users.by_id(name, {"username": 1})
    if other is None or not other.get("username"):
        raise _no_channel()
    return directs.create_direct(at, caller, [other["username"]])


def _member(at: Instance, caller: Caller, standing: Standing) -> Standing:
    """Posting to a public channel joins it, as upstream does for bots."""
    if standing.subscription is None:
        join(at, caller, standing.room)
        again = find_standing(at, caller, standing.room["_id"])
        return again if again and may_enter(at, caller, again) else standing
    return standing


def _no_channel() -> ChatError:
    return ChatError("invalid-channel")
