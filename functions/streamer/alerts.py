"""Notifications on the desktop: what a message's says, and who of its room wants it."""

from __future__ import annotations

from contrail.domain import mentions
from contrail.domain.instance import Instance
from contrail.shapes.rows import Document
from functions.streamer.emission import NOTIFICATION, NOTIFY_USER, Emission

LEVEL = "Accounts_Default_User_Preferences_desktopNotifications"
CROWD = "Notifications_Max_Room_Members"
SAID = ("mentions", "u", "tmid")


def of_message(message: Document, room: Document) -> list[Emission]:
    """To each member who wants it; nothing for what the system says."""
    if message.get("t") not in (None, "e2e"):
        return []
    said = {key: message[key] for key in SAID if key in message}
    called: Document = {**said, "count": int(room.get("usersCount") or 0), "type": room.get("t")}
    return [
        Emission(
            f"room:{message['rid']}",
            NOTIFY_USER,
            f"{{uid}}/{NOTIFICATION}",
            [_notification(message, room), called],
            kind="alert",
            who="members",
        )
    ]


def _notification(message: Document, room: Document) -> Document:
    sender = message["u"]
    name = sender.get("name") or sender.get("username") or ""
    encrypted = message.get("t") == "e2e"
    text = "Encrypted message" if encrypted else message.get("msg") or _attached(message)
    alone = room.get("t") == "d" and len(room.get("uids") or ()) < 3
    payload: Document = {
        "_id": message["_id"],
        "rid": message["rid"],
        "sender": sender,
        "type": room.get("t"),
        "message": {key: message[key] for key in ("msg", "t") if key in message},
    }
    payload |= {"tmid": message["tmid"]} if message.get("tmid") else {}
    payload |= {"name": room["name"]} if room.get("name") else {}
    title = name if alone else f"#{room.get('fname') or room.get('name') or name}"
    return {"title": title, "text": text if alone else f"{name}: {text}", "payload": payload}


def _attached(message: Document) -> str:
    """What stands for a message without text."""
    first: Document = next(iter(message.get("attachments") or ()), {})
    return str(first.get("title") or first.get("text") or first.get("description") or "")


class Alerts:
    """Who of a room's members is alerted by a message, as an emission's two arguments tell it."""

    def __init__(self, at: Instance, notification: Document, called: Document) -> None:
        self._called = called
        self._text = str(notification["payload"]["message"].get("msg") or "").lower()
        self._named = set(mentions.uids(at, called))
        self._default = str(at.setting(LEVEL) or "all")
        most = at.number(CROWD, 0)
        self._crowded = 0 < most < called["count"]

    def wakes(self, row: Document) -> bool:
        """`row` is the member's subscription."""
        called, uid = self._called, row["u"]["_id"]
        author = called["u"]["_id"]
        if uid == author or row.get("disableNotifications") or author in (row.get("ignored") or ()):
            return False
        chosen = row.get("desktopNotifications")
        level = chosen or self._default
        if level == "nothing":
            return False
        if called["type"] == "d" or uid in self._named or self._highlighted(row):
            return True
        if called.get("tmid"):
            return called["tmid"] in (row.get("tunread") or ())
        if self._crowded and not chosen:
            return False
        if mentions.calls_everyone(called) and not row.get("muteGroupMentions"):
            return not self._crowded or level == "all"
        return level == "all"

    def _highlighted(self, row: Document) -> bool:
        words = (one.strip().lower() for one in row.get("userHighlights") or () if one)
        return any(word and word in self._text for word in words)
