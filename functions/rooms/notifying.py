"""What one wants to hear of a room: favourites, notifications, people not listened to."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from contrail.domain.access import Standing, access_room
from contrail.domain.instance import Instance
from contrail.domain.members import tell
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document
from functions.rooms.finding import NOT_NAMED, WhichRoom, access_any

LEVELS = ("all", "mentions", "nothing", "default")
CHOICES = {
    "desktopNotifications": ("desktopNotifications", "desktopPrefOrigin"),
    "mobilePushNotifications": ("pushNotifications", "mobilePrefOrigin"),
    "emailNotifications": ("emailNotificationMode", "emailPrefOrigin"),
}
"""Field of a subscription -> the preference that it follows, and the field that says so."""
SWITCHES = ("hideUnreadStatus", "hideMentionStatus", "muteGroupMentions", "disableNotifications")
TEXTS = ("unreadAlert", "audioNotificationValue")
LONGEST = 200


class Favorite(Input):
    documented: ClassVar = {"favorite": (None, "The 'favorite' param is required")}
    roomId: str = ""
    roomName: str = ""
    favorite: bool


class FavoriteMethod(Input):
    rid: str
    f: bool | None = None


class Notifications(Input):
    """Each a field of the subscription with its new value."""

    documented: ClassVar = {
        "roomId": (None, "The 'roomId' param is required"),
        "notifications": (None, "The 'notifications' param is required"),
    }
    roomId: str
    notifications: dict[str, str] = Field(min_length=1, max_length=20)


class NotificationMethod(Input):
    roomId: str
    field: str
    value: str = Field(max_length=LONGEST)


class SoundMethod(Input):
    rid: str
    value: str = Field(max_length=LONGEST)


class Ignore(Input):
    documented: ClassVar = {
        "rid": ("error-room-id-param-not-provided", 'The required "rid" param is missing.'),
        "userId": ("error-user-id-param-not-provided", 'The required "userId" param is missing.'),
    }
    rid: str = Field(min_length=1)
    userId: str = Field(min_length=1)
    ignore: bool = True


class Ignored(Input):
    rid: str
    userId: str
    ignore: bool = True


class IgnoreMethod(Input):
    data: Ignored


def favorite(caller: Caller, given: Favorite, at: Instance) -> None:
    if not given.roomId and not given.roomName:
        raise ChatError(*NOT_NAMED)
    which = WhichRoom(roomId=given.roomId, roomName=given.roomName)
    _favor(at, caller, access_any(at, caller, which), on=given.favorite)


def favorite_method(caller: Caller, given: FavoriteMethod, at: Instance) -> int:
    """DDP toggleFavorite: how many subscriptions changed. Without `f` it becomes the other."""
    standing = access_room(at, caller, given.rid, refuse=_not_in("toggleFavorite"))
    own = standing.subscription or {}
    return _favor(at, caller, standing, on=not own.get("f") if given.f is None else given.f)


def _favor(at: Instance, caller: Caller, standing: Standing, *, on: bool) -> int:
    if standing.subscription is None:
        raise _not_in("toggleFavorite")
    if bool(standing.subscription.get("f")) == on and "f" in standing.subscription:
        return 0
    return int(_change(at, caller, standing, {"f": on}))


def _not_in(method: str) -> ChatError:
    reason = "You must be part of a room to favorite it"
    return ChatError("error-invalid-subscription", reason, {"method": method})


def save_notifications(caller: Caller, given: Notifications, at: Instance) -> None:
    """All of them are checked before any is saved."""
    _save(at, caller, given.roomId, dict(given.notifications), "saveNotificationSettings")


def save_notification(caller: Caller, given: NotificationMethod, at: Instance) -> bool:
    _save(at, caller, given.roomId, {given.field: given.value}, "saveNotificationSettings")
    return True


def save_sound(caller: Caller, given: SoundMethod, at: Instance) -> bool:
    method = "saveAudioNotificationValue"
    _save(at, caller, given.rid, {"audioNotificationValue": given.value}, method)
    return True


def _save(at: Instance, caller: Caller, rid: str, wanted: dict[str, str], method: str) -> None:
    details = {"method": method}
    invalid = ChatError("error-invalid-subscription", "Invalid subscription", details)
    for field, value in wanted.items():
        _check(field, value, details)
    standing = access_room(at, caller, rid, refuse=invalid)
    if standing.subscription is None:
        raise invalid
    fields: Document = {}
    unset: list[str] = []
    for field, value in wanted.items():
        if field in SWITCHES:
            fields[field] = value == "1"
        elif field in TEXTS:
            fields[field] = value
        else:
            _choose(at, caller, field, value, fields, unset)
    _change(at, caller, standing, fields, unset)


def _check(field: str, value: str, details: dict[str, Any]) -> None:
    if field not in (*CHOICES, *SWITCHES, *TEXTS):
        raise ChatError("error-invalid-settings", "Invalid settings field", details)
    if (field in CHOICES and value not in LEVELS) or len(value) > LONGEST:
        raise ChatError("error-invalid-settings", "Invalid settings value", details)


def _choose(
    at: Instance, caller: Caller, field: str, value: str, fields: Document, unset: list[str]
) -> None:
    """A choice for this room; `default` follows the person's own, or the workspace's as it is."""
    preference, origin = CHOICES[field]
    chosen, source = value, "subscription"
    if value == "default":
        user = at.store.users.by_id(caller.uid, {"settings.preferences": 1}) or {}
        own = ((user.get("settings") or {}).get("preferences") or {}).get(preference)
        if own in (None, "default"):
            unset += [field, origin]
            return
        chosen, source = own, "user"
    fields |= {field: chosen, origin: source}


def ignore(caller: Caller, given: Ignore, at: Instance) -> None:
    _ignore(caller, given, at)


def ignore_method(caller: Caller, given: IgnoreMethod, at: Instance) -> bool:
    return _ignore(caller, given.data, at)


def _ignore(caller: Caller, given: Ignore | Ignored, at: Instance) -> bool:
    """Mark someone in a room as ignored by the caller; their clients hide what they say there."""
    details = {"method": "ignoreUser"}
    invalid = ChatError("error-invalid-subscription", "Invalid subscription", details)
    standing = access_room(at, caller, given.rid, refuse=invalid)
    rows = at.store.subscriptions.of_members(given.rid, [given.userId])
    if standing.subscription is None or not rows:
        raise invalid
    if (given.userId in (standing.subscription.get("ignored") or ())) == given.ignore:
        return True
    row = at.store.subscriptions.ignore(
        caller.uid, given.rid, given.userId, at.now(), ignored=given.ignore
    )
    if row is not None:
        tell(at, caller, "updated", row, standing.room)
    return True


def _change(
    at: Instance,
    caller: Caller,
    standing: Standing,
    fields: Document,
    unset: list[str] | None = None,
) -> bool:
    fields = {**fields, "_updatedAt": at.now()}
    row = at.store.subscriptions.change(caller.uid, standing.room["_id"], fields, unset or ())
    if row is not None:
        tell(at, caller, "updated", row, standing.room)
    return row is not None
