"""What a subscription shows: stored marks, and what follows from the room having moved since.

Sending writes nothing per member. Whether a room has something new for someone is worked out when
it is read: from when someone else last wrote there, against when one last read it and when one last
hid it. What is stored wins where it says more: mentions, direct messages and marks set by hand.
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
HIDDEN = "hidden"
"""Key of ours on a subscription: when its room was last hidden."""


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
    """The subscription as clients get it. Both documents with what is ours on them."""
    row = {key: value for key, value in subscription.items() if key in FIELDS}
    if room is None:
        return row
    moved = moved_at(subscription, room)
    if moved is not None:
        hidden = subscription.get(OWN, {}).get(HIDDEN)
        seen = subscription.get("ls") or subscription.get("ts")
        # Hiding takes the mark away too, though nothing was read.
        if _after(moved, max(seen, hidden) if seen and hidden else seen):
            row["alert"] = True
        if not row.get("open") and _after(moved, hidden_at(subscription)):
            row["open"] = True
    # The room's own date, not its last message's: a message is stored a moment after its time, and
    # who asked in between must hear of it the next time.
    for changed in (room.get("lm"), room.get("_updatedAt")):
        if changed is not None and changed > row.get("_updatedAt", changed):
            row["_updatedAt"] = changed
    return row


def hidden_at(subscription: Document) -> datetime | None:
    """When the room was hidden; of one that was not hidden here, at the latest when it changed."""
    hidden: datetime | None = subscription.get(OWN, {}).get(HIDDEN)
    return hidden or subscription.get("_updatedAt")


def _after(moved: datetime, seen: datetime | None) -> bool:
    return seen is None or moved > seen
