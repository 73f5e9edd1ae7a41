"""Facts about people and what they show: see `facts`."""

from __future__ import annotations

from typing import Literal

from contrail.shapes.fact import Document, Fact


class UserChanged(Fact):
    """Fields of a user document were set (`diff`, keys may be dotted) or dropped (`unset`)."""

    kind: Literal["UserChanged"] = "UserChanged"
    uid: str
    diff: Document
    unset: tuple[str, ...] = ()
    nonce: str

    @property
    def group(self) -> str:
        return f"user:{self.uid}"

    @property
    def dedup(self) -> str:
        return f"{self.uid}:{self.nonce}"


class UserRenamed(Fact):
    """A user's username or name changed; both as they are now."""

    kind: Literal["UserRenamed"] = "UserRenamed"
    uid: str
    username: str
    name: str
    nonce: str

    @property
    def group(self) -> str:
        return f"user:{self.uid}"

    @property
    def dedup(self) -> str:
        return f"{self.uid}:{self.nonce}"


class UserStatusChanged(Fact):
    """What a user shows as status changed. `user` has `_id username name roles status statusText`.

    `status` is one of online, away, busy, offline.
    """

    kind: Literal["UserStatusChanged"] = "UserStatusChanged"
    user: Document
    nonce: str

    @property
    def group(self) -> str:
        return f"user:{self.user['_id']}"

    @property
    def dedup(self) -> str:
        return f"{self.user['_id']}:{self.nonce}"


class UserDeleted(Fact):
    """A user is gone. `erasure` says what became of their messages (Message_ErasureType).

    `replaced_by` (`_id username alias`) is who the messages of an unlinked user belong to now.
    """

    kind: Literal["UserDeleted"] = "UserDeleted"
    uid: str
    erasure: Literal["Delete", "Unlink", "Keep"]
    replaced_by: Document | None = None

    @property
    def group(self) -> str:
        return f"user:{self.uid}"

    @property
    def dedup(self) -> str:
        return f"{self.uid}:deleted"


class CustomStatusChanged(Fact):
    """A custom user status (`_id name statusType`) was made or changed, or removed."""

    kind: Literal["CustomStatusChanged"] = "CustomStatusChanged"
    action: Literal["updated", "removed"]
    status: Document
    nonce: str

    @property
    def group(self) -> str:
        return "workspace"

    @property
    def dedup(self) -> str:
        return f"{self.status['_id']}:{self.nonce}"
