"""chat.postMessage: the way bots and scripts post."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from contrail.domain import directs, threads
from contrail.domain.access import Standing, access_room, find_standing, may_enter
from contrail.domain.entering import check_code, enter
from contrail.domain.instance import Instance
from contrail.domain.messages import send as store_message
from contrail.domain.messages import shown_to
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input
from functions.messaging.drafts import (
    DETAILS,
    Address,
    Attachment,
    Draft,
    check_draft,
    check_standing,
)

MANY = 100
"""Rooms that one call posts to."""
Target = str | Annotated[list[str], Field(max_length=MANY)] | None


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
    thread, tmid = threads.place(at, "", given.tmid or "")
    draft = _draft(given, tmid)
    check_draft(at, draft)
    found = [_known(at, caller, target) for target in targets]
    for known in found:
        if isinstance(known, Standing):
            _check(at, caller, draft, known, thread)
    rooms = [_made(at, caller, draft, known, thread) for known in found]
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


def _draft(given: Post, tmid: str) -> Draft:
    return Draft(
        _id=None,
        msg=(given.text or given.msg or "").strip(),
        alias=given.username or given.alias,
        avatar=given.icon_url or given.avatar,
        emoji=given.icon_emoji or given.emoji,
        attachments=given.attachments or [],
        parseUrls=given.parseUrls if given.parseUrls is not None else not given.attachments,
        groupable=bool(given.groupable),
        tmid=tmid or None,
        customFields=given.customFields,
        bot=given.bot,
        blocks=given.blocks,
    )


def _known(at: Instance, caller: Caller, target: str) -> Standing | str:
    """A room, or the username of whom there may be no direct room with yet.

    Raises `invalid-channel` alike for rooms that are closed to the caller and missing ones.
    """
    if target.startswith("@"):
        return _username(at, target[1:])
    found = at.store.rooms.by_id_or_name(target.removeprefix("#"), {"_id": 1})
    if found is None:
        return _username(at, target)
    return access_room(at, caller, found["_id"], refuse=_no_channel())


def _made(
    at: Instance, caller: Caller, draft: Draft, known: Standing | str, thread: str
) -> Standing:
    if isinstance(known, Standing):
        return known
    room = directs.create_direct(at, caller, [known])
    standing = access_room(at, caller, room["_id"], refuse=_no_channel())
    _check(at, caller, draft, standing, thread)
    return standing


def _check(at: Instance, caller: Caller, draft: Draft, standing: Standing, thread: str) -> None:
    """`thread` is the room that the draft's thread is in, empty where there is none."""
    check_standing(at, caller, draft, standing)
    room = standing.room
    if thread not in ("", room["_id"]):
        raise ChatError("error-not-allowed", "not-allowed", DETAILS)
    if standing.subscription is None:
        check_code(at, caller, room)


def _username(at: Instance, name: str) -> str:
    other = at.store.users.by_username(name, {"username": 1}) if name else None
    if other is None and name:
        other = at.store.users.by_id(name, {"username": 1})
    if other is None or not other.get("username"):
        raise _no_channel()
    return str(other["username"])


def _member(at: Instance, caller: Caller, standing: Standing) -> Standing:
    """Posting to a public channel joins it, as upstream does for bots."""
    if standing.subscription is None:
        enter(at, caller, standing.room)
        again = find_standing(at, caller, standing.room["_id"])
        return again if again and may_enter(at, caller, again) else standing
    return standing


def _no_channel() -> ChatError:
    return ChatError("invalid-channel")
