"""Facts about people and what they show: see `facts`."""

from __future__ import annotations

from typing import Literal

from contrail.shapes.fact import Fact
from contrail.shapes.rows import Document


class UserChanged(Fact):
    """Fields of a user document were set (`diff`, keys may be dotted) or dropped (`unset`)."""

    GROUP, DEDUP = "user:{uid}", "{uid}:{nonce}"
    kind: Literal["UserChanged"] = "UserChanged"
    uid: str
    diff: Document
    unset: tuple[str, ...] = ()
    nonce: str


class UserRenamed(Fact):
    """A user's username or name changed; both as they are now."""

    GROUP, DEDUP = "user:{uid}", "{uid}:{nonce}"
    kind: Literal["UserRenamed"] = "UserRenamed"
    uid: str
    username: str
    name: str
    nonce: str


class UserStatusChanged(Fact):
    """What a user shows as status changed. `user` has `_id username name roles status statusText`.

    `status` is one of online, away, busy, offline. Besides the person, `everyone` is told, and who
    watches them (`watched`), or not.
    """

    GROUP, DEDUP = "user:{user[_id]}", "{user[_id]}:{nonce}"
    kind: Literal["UserStatusChanged"] = "UserStatusChanged"
    user: Document
    everyone: bool = True
    watched: bool = True
    nonce: str


class UserDeleted(Fact):
    """A user is gone. `erasure` says what became of their messages (Message_ErasureType).

    `replaced_by` (`_id username alias`) is who the messages of an unlinked user belong to now.
    """

    GROUP, DEDUP = "user:{uid}", "{uid}:deleted"
    kind: Literal["UserDeleted"] = "UserDeleted"
    uid: str
    erasure: Literal["Delete", "Unlink", "Keep"]
    replaced_by: Document | None = None


class CustomStatusChanged(Fact):
    """A custom user status (`_id name statusType`) was made or changed, or removed."""

    GROUP, DEDUP = "workspace", "{status[_id]}:{nonce}"
    kind: Literal["CustomStatusChanged"] = "CustomStatusChanged"
    action: Literal["updated", "removed"]
    status: Document
    nonce: str
