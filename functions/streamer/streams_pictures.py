"""What facts about pictures and sounds send where."""

from __future__ import annotations

from typing import Any

from contrail.shapes.picture_facts import AvatarChanged, EmojiChanged, SoundChanged
from functions.streamer.emission import EVERYONE, NOTIFY_ALL, NOTIFY_LOGGED, Emission

VERBS = {"updated": "update", "removed": "delete"}


def of_pictures(fact: AvatarChanged | EmojiChanged | SoundChanged) -> list[Emission]:
    """What everyone hears of sounds, and of the others who is logged in."""
    if isinstance(fact, AvatarChanged):
        told = {"username": fact.username, "rid": fact.rid, "etag": fact.etag}
        known = {key: value for key, value in told.items() if value is not None}
        return [_told("updateAvatar", known)]
    if isinstance(fact, EmojiChanged):
        return [_told(f"{VERBS[fact.action]}EmojiCustom", {"emojiData": fact.emoji})]
    return [_told(f"{VERBS[fact.action]}CustomSound", {"soundData": fact.sound}, NOTIFY_ALL)]


def _told(event: str, data: dict[str, Any], stream: str = NOTIFY_LOGGED) -> Emission:
    return Emission(EVERYONE, stream, event, [data])
