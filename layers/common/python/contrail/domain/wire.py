"""Documents as they leave: fields that clients get, never what is secret or ours."""

from __future__ import annotations

from contrail.shapes.rows import Document
from contrail.store.collections import OWN

ROOM_FIELDS = frozenset(
    """_id name fname t u usersCount msgs lm lastMessage ts _updatedAt topic announcement
    announcementDetails description ro reactWhenReadOnly sysMes muted unmuted archived default
    broadcast encrypted e2eKeyId usersWaitingForE2EKeys prid teamId teamMain avatarETag retention
    customFields joinCodeRequired streamingOptions usernames uids federated tags cl sms code open
    label sentiment livechatData priorityId priorityWeight slaId estimatedWaitingTimeQueue v
    departmentId servedBy source transcriptRequest onHold metrics waitingResponse queuedAt queue
    callDuration callTotalHoldTime callWaitingTime""".split()
)

HIDDEN = frozenset((OWN, "joinCode", "members", "importIds", "e2e"))


def room_shown(room: Document, uid: str = "") -> Document:
    """A room in the fields that rooms/get and the streams carry, as `uid` gets it."""
    return _starred({key: value for key, value in room.items() if key in ROOM_FIELDS}, uid)


def public_room(room: Document, uid: str = "") -> Document:
    """A room as a whole as `uid` gets it, without its join code and what is ours."""
    return _starred({key: value for key, value in room.items() if key not in HIDDEN}, uid)


def message_shown(message: Document, uid: str = "") -> Document:
    """A message with no star on it but that of `uid`, and nothing of ours."""
    row = {key: value for key, value in message.items() if key not in (OWN, "starred")}
    mine = [star for star in message.get("starred") or () if uid and star.get("_id") == uid]
    return {**row, "starred": mine} if mine else row


def _starred(room: Document, uid: str) -> Document:
    last = room.get("lastMessage")
    return {**room, "lastMessage": message_shown(last, uid)} if isinstance(last, dict) else room
