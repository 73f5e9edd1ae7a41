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


def room_shown(room: Document) -> Document:
    """A room in the fields that rooms/get and the streams carry."""
    return {key: value for key, value in room.items() if key in ROOM_FIELDS}


def public_room(room: Document) -> Document:
    """A room as a whole, without its join code and what is ours."""
    return {key: value for key, value in room.items() if key not in HIDDEN}
