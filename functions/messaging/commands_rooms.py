"""Slash commands about rooms: making, entering, leaving, closing them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from contrail.domain.access import Standing
from contrail.domain.instance import Instance
from contrail.domain.roomnames import LONGEST, USUAL
from contrail.shapes.errors import ChatError
from functions.messaging.commands_asked import NO_CHANNEL, Asked

FLAGS = re.compile(r"--(\w+)", re.ASCII)
TAKEN = "The channel `#{}` already exists."
OUTSIDE = "You are not in the room `{}`"


@dataclass(frozen=True, slots=True)
class Closing:
    """What archiving a room and bringing it back differ in."""

    method: str
    permission: str
    archived: bool
    done: str
    already: str
    refused: tuple[str, str]


ARCHIVE = Closing(
    "archiveRoom",
    "archive-room",
    True,
    "Channel with name `#{}` has been archived successfully",
    "An archived Channel with name `#{}` exists",
    ("error-room-type-not-archivable", "Room type: {} can not be archived"),
)
UNARCHIVE = Closing(
    "unarchiveRoom",
    "unarchive-room",
    False,
    "Channel with name `#{}` has been Unarchived successfully",
    "Channel with name `#{}` is already in Unarchived state",
    ("error-room-type-not-unarchivable", "Room type: {} can not be unarchived"),
)


def close(closing: Closing, asked: Asked) -> None:
    """Archive the room that is named, or the one where it was typed; or bring it back."""
    name = asked.text.strip()
    standing = asked.room(name, closing.permission) if name else asked.standing
    if standing is None:
        asked.tell(NO_CHANNEL.format(name.replace("#", "", 1)))
        return
    room = standing.room
    if room["t"] not in ("c", "p"):
        code, reason = closing.refused
        raise ChatError(code, reason.format(room["t"]))
    if not asked.at.allows(asked.caller, closing.permission, standing.roles):
        raise ChatError("error-not-authorized", "Not authorized")
    if bool(room.get("archived")) == closing.archived:
        asked.tell(closing.already.format(room.get("name")))
        return
    asked.call(closing.method, room["_id"])
    asked.tell(closing.done.format(room.get("name")))


def create(asked: Asked) -> None:
    """A channel, or with `--private` a private group, of the first name in the text."""
    found = _name(asked.at).search(asked.text.strip()[:LONGEST])
    if found is None or not found[0]:
        return
    name = found[0]
    if asked.at.store.rooms.by_name(name, {"_id": 1}) is not None:
        asked.tell(TAKEN.format(name))
        return
    private = "private" in FLAGS.findall(asked.text)
    asked.call("createPrivateGroup" if private else "createChannel", name, [])


def join(asked: Asked) -> None:
    name = asked.text.strip().replace("#", "", 1)
    if not name:
        return
    standing = asked.room(name)
    if standing is None or standing.room["t"] != "c":
        asked.tell(NO_CHANNEL.format(name))
        return
    if standing.subscription is not None:
        details = {"method": "slashCommands"}
        reason = "You are already in the channel"
        raise ChatError("error-user-already-in-room", reason, details)
    asked.call("joinRoom", standing.room["_id"])


def leave(asked: Asked) -> None:
    asked.attempt("leaveRoom", asked.rid)


def hide(asked: Asked) -> None:
    """Off the caller's list: the room that is named `#…` or `@…`, or the one where it was typed."""
    named = asked.text.strip()
    standing = _named(asked, named) if named else asked.standing
    if standing is None:
        asked.tell(NO_CHANNEL.format(named.replace("#", "", 1)))
    elif standing.subscription is None:
        asked.tell(OUTSIDE.format(named or standing.room.get("name")))
    else:
        asked.attempt("hideRoom", standing.room["_id"])


def topic(asked: Asked) -> None:
    asked.call("saveRoomSettings", asked.rid, "roomTopic", asked.text)


def _named(asked: Asked, named: str) -> Standing | None:
    """By `#name`; anything else is who one has a direct room with."""
    name = named[1:] if named[0] in "#@" else named
    name = name.partition(" ")[0]
    if named[0] == "#":
        return asked.room(name)
    user = asked.at.store.users.by_username(name, {"_id": 1})
    uids = sorted({asked.caller.uid, user["_id"]}) if user else []
    room = asked.at.store.room_lists.direct_of(uids) if uids else None
    if room is None:
        return None
    own = asked.at.store.subscriptions.one(asked.caller.uid, room["_id"])
    return Standing(room, own) if own else None


def _name(at: Instance) -> re.Pattern[str]:
    """The workspace's pattern for names; the usual one where that is none."""
    try:
        return re.compile(str(at.setting("UTF8_Channel_Names_Validation") or USUAL))
    except re.error:
        return re.compile(USUAL)
