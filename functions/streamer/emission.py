"""One event to an audience, and the names of what it goes through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args

from contrail.shapes.logs import warn
from contrail.shapes.rows import Document

USERS = "users"
"""The collection of a client's own user document."""
SESSION = f"{USERS}/"
"""What every logged-in connection listens to in its user's audience."""
NOTIFICATION = "notification"
MEMBER_EVENTS = ("rooms-changed", "subscriptions-changed", NOTIFICATION)
"""Events of a person that concern one of their rooms: listened to in each room's audience."""
MY_MESSAGES = "__my_messages__"
EVERYONE, MINE, NOBODY = "all", "my-messages", ""
STATUSES = ("offline", "online", "away", "busy")
"""A status' place is its number on the wire."""
ROOM_MESSAGES, NOTIFY_USER = "stream-room-messages", "stream-notify-user"
NOTIFY_ROOM, NOTIFY_ALL = "stream-notify-room", "stream-notify-all"
NOTIFY_ROOM_USERS = "stream-notify-room-users"
WEBRTC = "webrtc"
PRESENCE = "stream-user-presence"
NOTIFY_LOGGED, PRIVATE_SETTINGS = "stream-notify-logged", "private-settings-changed"
Kind = Literal["plain", "subscription", "participation", "alert", "document"]


@dataclass(frozen=True, slots=True)
class Emission:
    """One event to an audience. `{uid}` in `event` stands for each listener's own id.

    `who` narrows the audience: `room` is whoever may still read the room, `members` its members;
    `args` of kind `subscription` and `participation` differ per listener and are made on delivery;
    `alert` goes to those who want to be alerted, which its second argument decides on. A
    `document` is a change of fields of the listener's own user.
    `needs` are permissions, one of which a listener has to have by then.
    """

    audience: str
    stream: str
    event: str
    args: list[Any] = field(default_factory=list)
    kind: Kind = "plain"
    who: Literal["all", "room", "members"] = "all"
    only: str = ""
    origin: str = ""
    needs: Sequence[str] = ()


NAMES = frozenset(one.name for one in fields(Emission))
KINDS = frozenset(get_args(Kind))


def emission_of(given: Document) -> Emission | None:
    """One of a work item, which a later release may have written: fields it adds are dropped.

    None, with a warning, for a kind that is not known here: whom it may be shown to is not either.
    So what is to reach fewer than before is a new kind, and no new field.
    """
    if given.get("kind", "plain") not in KINDS:
        warn("passed over: a later release's emission", kind=str(given["kind"]))
        return None
    return Emission(**{name: value for name, value in given.items() if name in NAMES})


def watchers(uid: str) -> str:
    """The audience of those who watch someone's presence."""
    return f"presence:{uid}"
