"""What a room may be called: the name that is shown, and the one that stands in addresses."""

from __future__ import annotations

import re
import unicodedata

from contrail.domain.instance import Instance
from contrail.shapes.errors import ChatError
from contrail.shapes.rows import Document

USUAL = "[0-9a-zA-Z-_.]+"
LONGEST = 1_000
"""Characters of a name: what the workspace's own pattern is matched against stays bounded."""


def slug(at: Instance, name: str) -> str:
    """The name for addresses. Raises `error-invalid-room-name`."""
    name = name.strip()
    if at.setting("UI_Allow_room_names_with_special_chars"):
        name = _plain(name)
    blocked = str(at.setting("Accounts_SystemBlockedUsernameList") or "").split(",")
    if not _fits(at, name) or name.lower() in blocked:
        details = {"function": "RocketChat.getValidRoomName", "channel_name": name}
        raise ChatError("error-invalid-room-name", f"{name} is not a valid room name.", details)
    return name


def refuse_taken(at: Instance, name: str, shown: str, rid: str = "") -> None:
    """Raises `error-duplicate-channel-name` or `error-archived-duplicate-name`.

    With special characters what counts is the name `shown`: others may share what follows from it.
    `rid` is the room that bears it itself.
    """
    other = taken_by(at, name, shown)
    if other is None or other["_id"] == rid:
        return
    details = {"function": "RocketChat.getValidRoomName", "channel_name": name}
    if other.get("archived"):
        reason = f"There's an archived channel with name {name}"
        raise ChatError("error-archived-duplicate-name", reason, details)
    reason = f"A channel with name '{name}' exists"
    raise ChatError("error-duplicate-channel-name", reason, details)


def taken_by(at: Instance, name: str, shown: str) -> Document | None:
    """The room, or no more than its `_id` and `archived`, whose name stands in the way."""
    if at.setting("UI_Allow_room_names_with_special_chars"):
        return at.store.rooms.called(shown)
    return at.store.rooms.by_name(name, {"archived": 1})


def numbered(name: str, place: int) -> str:
    """What a room is called in addresses when `place` others are called so already."""
    return f"{name}-{place}" if place else name


def _fits(at: Instance, name: str) -> bool:
    if len(name) > LONGEST:
        return False
    pattern = str(at.setting("UTF8_Channel_Names_Validation") or USUAL)
    try:
        return re.fullmatch(pattern, name) is not None
    except re.error:
        return re.fullmatch(USUAL, name) is not None


def _plain(name: str) -> str:
    """Letters without their marks, code points for what has no Latin letter, `-` between words."""
    folded = unicodedata.normalize("NFKD", name.replace("ß", "ss"))
    words = re.split(r"[^\w.]+", "".join(one for one in folded if not unicodedata.combining(one)))
    return "-".join(_latin(word) for word in words if word).strip("-")


def _latin(word: str) -> str:
    parts = re.findall(r"[\x00-\x7f]+|[^\x00-\x7f]", word)
    return "-".join(part if part.isascii() else f"{ord(part):x}" for part in parts)
