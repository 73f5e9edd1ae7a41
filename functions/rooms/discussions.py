"""Discussions: making one in a room, or of a message, and listing a room's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import quote

from pydantic import Field
from pymongo.errors import DuplicateKeyError

from contrail.domain import messages
from contrail.domain.access import Standing, access_room, find_standing
from contrail.domain.creating import create_room
from contrail.domain.discussions import is_told_of, kind_of
from contrail.domain.instance import Instance
from contrail.domain.mail import site_url
from contrail.domain.members import join
from contrail.domain.wire import public_room, room_shown
from contrail.domain.writable import check_writable
from contrail.shapes.bounded import Text
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.ids import random_id
from contrail.shapes.inputs import Input, Listed
from contrail.shapes.rows import Document
from contrail.store.collections import OWN
from functions.rooms.finding import WhichRoom, id_of, seen_by
from functions.rooms.showing import narrowed

MAKING = {"method": "createDiscussion"}
MADE = {"method": "DiscussionCreation"}
ROUTES = {"c": "channel", "p": "group", "d": "direct"}
MOST = 1_000
"""People that one request may name."""


class NewDiscussion(Input):
    """In room `prid`, or of message `pmid`, which says the room; `users` are usernames."""

    documented: ClassVar = {
        "t_name": (None, 'Body parameter "t_name" is required.'),
        "users": (None, 'Body parameter "users" must be an array.'),
        "encrypted": (None, 'Body parameter "encrypted" must be a boolean when included.'),
    }
    prid: str | None = None
    pmid: str | None = None
    t_name: str = Field(min_length=1, max_length=256)
    reply: str | None = None
    users: list[str] = Field([], max_length=MOST)
    encrypted: bool | None = None
    topic: Text | None = None


class InRoom(NewDiscussion):
    documented: ClassVar = {
        **NewDiscussion.documented,
        "prid": (None, 'Body parameter "prid" is required.'),
    }
    prid: str = Field(min_length=1)


class Method(Input):
    discussion: NewDiscussion


class Page(WhichRoom, Listed):
    """All is in the paging parameters."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The room that a discussion belongs to, and the message it is made of, if any."""

    parent: Standing
    message: Document | None


def create(caller: Caller, new: InRoom, at: Instance) -> Document:
    room = _create(at, caller, new)
    return {**public_room(room, caller.uid), "rid": room["_id"]}


def create_method(caller: Caller, given: Method, at: Instance) -> Document:
    room = _create(at, caller, given.discussion)
    return {**room_shown(room, caller.uid), "rid": room["_id"]}


def _create(at: Instance, caller: Caller, new: NewDiscussion) -> Document:
    """The room; of a message that has a discussion, that one, which the caller joins."""
    if not at.setting("Discussion_enabled"):
        raise _not_allowed()
    origin = _origin(at, caller, new)
    parent = origin.parent
    if not any(
        at.allows(caller, permission, parent.roles)
        for permission in ("start-discussion", "start-discussion-other-user")
    ):
        raise _not_allowed()
    if parent.room.get("prid"):
        reason = "Cannot create nested discussions"
        raise ChatError("error-nested-discussion", reason, MADE)
    check_writable(at, caller, parent)
    if new.encrypted and new.reply:
        reason = "Encrypted discussions must not receive an initial reply."
        raise ChatError("error-invalid-arguments", reason, MADE)
    existing = at.store.discussions.of_message(new.pmid) if new.pmid else None
    if existing is None:
        try:
            return _make(at, caller, new, origin)
        except DuplicateKeyError:
            # Someone was faster with the same message.
            existing = at.store.discussions.of_message(new.pmid or "")
    if existing is None:
        raise _no_room()
    if not is_told_of(at, existing):
        _tell(at, caller, existing, origin)
    join(at, caller, existing)
    return existing


def _origin(at: Instance, caller: Caller, new: NewDiscussion) -> Origin:
    """Raises for what does not fit together, and `error-invalid-room` for what is closed."""
    message = None
    rid = new.prid or ""
    if new.pmid:
        message = at.store.messages.by_id(new.pmid)
        if message is None:
            raise ChatError("error-invalid-message", "Invalid message", MADE)
        if rid and rid != message["rid"]:
            reason = "Root message room ID does not match parent room ID"
            raise ChatError("error-invalid-arguments", reason, MADE)
        rid = message["rid"]
    if not rid:
        raise ChatError("error-invalid-arguments", "Missing parent room ID", MADE)
    return Origin(access_room(at, caller, rid, refuse=_no_room()), message)


def _make(at: Instance, caller: Caller, new: NewDiscussion, origin: Origin) -> Document:
    parent, message = origin.parent.room, origin.message
    kind = kind_of(at, parent)
    if kind is None:
        raise ChatError("error-invalid-type", "Cannot define discussion room type", MADE)
    extra: Document = {
        "fname": new.t_name.strip() or new.t_name,
        "topic": new.topic or parent.get("name") or "",
        "description": "" if parent.get("encrypted") else (message or {}).get("msg", ""),
    }
    if new.encrypted is not None:
        extra["encrypted"] = new.encrypted
    extra[OWN] = {"told": random_id(), **({"pmid": new.pmid} if new.pmid else {})}
    author = (message or {}).get("u", {}).get("username") or ""
    room = create_room(
        at,
        caller,
        kind=kind,
        name=random_id(),
        members=[author, *new.users],
        extra=extra,
        prid=parent["_id"],
    )
    _tell(at, caller, room, origin)
    if new.reply:
        standing = find_standing(at, caller, room["_id"])
        if standing is not None:
            messages.send(at, caller, {"msg": new.reply}, standing)
            room = at.store.rooms.by_id(room["_id"]) or room
    return room


def _tell(at: Instance, caller: Caller, room: Document, origin: Origin) -> None:
    """Say in the parent that there is a discussion: once, however often this is called."""
    parent, message = origin.parent.room, origin.message
    more: Document = {"drid": room["_id"]}
    if message is not None:
        more["attachments"] = [_quote(at, message, parent)]
    told = {"_id": room[OWN]["told"]} if room.get(OWN, {}).get("told") else {}
    try:
        messages.write_system(
            at, caller, parent["_id"], "discussion-created", str(room.get("fname")), **more, **told
        )
    except ChatError as error:
        # Someone else has said so in between.
        if not told or error.code != "error-not-allowed":
            raise


def _quote(at: Instance, message: Document, parent: Document) -> Document:
    """The message that a discussion was made of, as an attachment."""
    site, username = site_url(at), str(message["u"].get("username") or "")
    name = parent["_id"] if parent["t"] == "d" else parent.get("name") or parent["_id"]
    link = (
        f"{site}/{ROUTES[parent['t']]}/{quote(name, safe='')}?msg={quote(message['_id'], safe='')}"
    )
    quoted: Document = {
        "author_name": username,
        "author_icon": f"/avatar/{quote(username, safe='')}",
        "message_link": link,
        "text": "Encrypted message" if parent.get("encrypted") else message.get("msg", ""),
        "ts": message["ts"],
    }
    for key in ("attachments", "md"):
        if message.get(key) and not parent.get("encrypted"):
            quoted[key] = message[key]
    return quoted


def list_in(caller: Caller, page: Page, at: Instance) -> dict[str, Any]:
    """A room's discussions, by name. Raises `not-allowed` for a room that is closed."""
    standing = seen_by(at, caller, id_of(at, page))
    if standing is None:
        raise ChatError("Not Allowed", "not-allowed", bare=True)
    match = {"$and": [{"prid": standing.room["_id"]}, page.query]}
    sort = page.sort or [("fname", 1)]
    rows, total = at.store.room_lists.page(match, sort, page.offset, page.count)
    shown = [narrowed(public_room(row, caller.uid), page.fields) for row in rows]
    return {"discussions": shown, "count": len(rows), "offset": page.offset, "total": total}


def _no_room() -> ChatError:
    return ChatError("error-invalid-room", "Invalid room", MADE)


def _not_allowed() -> ChatError:
    return ChatError("error-action-not-allowed", "You cannot create a discussion", MAKING)
