"""What a subscription shows: stored marks, and what follows from the room having moved since.

Sending writes nothing per member. Whether a room has something new for someone is worked out
when it is read, from the room's last message against the subscription's last reading.
"""

from __future__ import annotations

from datetime import datetime

from contrail.shapes.rows import Document
from contrail.store.collections import OWN

FIELDS = frozenset(
    """_id rid t name fname u ts ls lr open alert unread userMentions groupMentions tunread
    tunreadGroup tunreadUser roles f prid archived code ignored blocked blocker unreadAlert
    disableNotifications hideUnreadStatus hideMentionStatus muteGroupMentions
    audioNotificationValue desktopNotifications mobilePushNotifications emailNotifications
    desktopPrefOrigin mobilePrefOrigin emailPrefOrigin autoTranslate autoTranslateLanguage E2EKey
    E2ESuggestedKey _updatedAt department v onHold customFields""".split()
)


def moved_at(subscription: Document, room: Document) -> datetime | None:
    """When someone else last wrote in the room, None if nobody did."""
    authors = room.get(OWN, {}).get("authors")
    uid = subscription["u"]["_id"]
    if authors is not None:
        moved: datetime | None = authors.get("other") if authors["last"] == uid else room.get("lm")
        return moved
    last = room.get("lastMessage") or {}
    return None if last.get("u", {}).get("_id") == uid else room.get("lm")


def shown(subscription: Document, room: Document | None) -> Document:
    """The subscription as clients get it."""
    row = {key: value for key, value in subscription.items() if key in FIELDS}
    if room is None:
        return row
    moved, seen = moved_at(subscription, room), subscription.get("ls") or subscription.get("ts")
    if moved is not None and (seen is None or moved > seen):
        row["alert"] = True
        row["open"] = True
    lm = room.get("lm")
    if lm is not None and lm > row.get("_updatedAt", lm):
        row["_updatedAt"] = lm
    return row
