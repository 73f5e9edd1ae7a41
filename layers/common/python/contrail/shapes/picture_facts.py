"""Facts about pictures and sounds of a workspace: see `facts`."""

from __future__ import annotations

from typing import Literal

from contrail.shapes.fact import Fact
from contrail.shapes.rows import Document


class AvatarChanged(Fact):
    """Someone's or some room's avatar was uploaded, or removed: then there is no `etag`.

    `of` is `user:<uid>` with a `username`, or `room:<rid>` with a `rid`.
    """

    GROUP, DEDUP = "{of}", "{of}:avatar:{nonce}"
    kind: Literal["AvatarChanged"] = "AvatarChanged"
    of: str
    username: str | None = None
    rid: str | None = None
    etag: str | None = None
    nonce: str


class EmojiChanged(Fact):
    """A custom emoji (`_id name aliases extension`) was made or changed, or removed."""

    GROUP, DEDUP = "workspace", "{emoji[_id]}:{nonce}"
    kind: Literal["EmojiChanged"] = "EmojiChanged"
    action: Literal["updated", "removed"]
    emoji: Document
    nonce: str


class SoundChanged(Fact):
    """A custom sound (`_id name extension`) was made or changed, or removed."""

    GROUP, DEDUP = "workspace", "{sound[_id]}:{nonce}"
    kind: Literal["SoundChanged"] = "SoundChanged"
    action: Literal["updated", "removed"]
    sound: Document
    nonce: str
