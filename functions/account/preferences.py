"""What people chose for themselves."""

from __future__ import annotations

from typing import Any

import orjson
from pydantic import Field

from contrail.domain import translation
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, InvalidInput
from contrail.shapes.ids import random_id
from contrail.shapes.inputs import Input, NoInput
from contrail.shapes.people_facts import UserChanged
from contrail.shapes.rows import Document
from functions.account.finding import myself

SHORTEST_IDLE = 60
"""Seconds."""
LARGEST = 64 * 1024
"""Bytes of what is saved at once: it goes out to the person's clients in one frame."""
OLD_MODES = {"all": "mentions", "disabled": "nothing"}
COPIED = (
    ("desktopNotifications", "desktopNotifications", "desktopPrefOrigin"),
    ("pushNotifications", "mobilePushNotifications", "mobilePrefOrigin"),
    ("emailNotificationMode", "emailNotifications", "emailPrefOrigin"),
)
"""Preference, the field that subscriptions copy it in, and the one that says where it is from."""


class Preferences(Input):
    """As the API names and types them; None leaves one as it is."""

    language: str | None = Field(None, max_length=32)
    newRoomNotification: str | None = None
    newMessageNotification: str | None = None
    muteFocusedConversations: bool | None = None
    clockMode: int | None = None
    useEmojis: bool | None = None
    convertAsciiEmoji: bool | None = None
    saveMobileBandwidth: bool | None = None
    collapseMediaByDefault: bool | None = None
    autoImageLoad: bool | None = None
    emailNotificationMode: str | None = None
    unreadAlert: bool | None = None
    notificationsSoundVolume: int | None = None
    desktopNotifications: str | None = None
    pushNotifications: str | None = None
    enableAutoAway: bool | None = None
    highlights: list[str] | None = Field(None, max_length=100)
    messageViewMode: int | None = None
    hideUsernames: bool | None = None
    hideRoles: bool | None = None
    displayAvatars: bool | None = None
    hideFlexTab: bool | None = None
    sendOnEnter: str | None = None
    idleTimeLimit: int | None = None
    sidebarShowFavorites: bool | None = None
    sidebarShowUnread: bool | None = None
    sidebarSortby: str | None = None
    sidebarViewMode: str | None = None
    sidebarDisplayAvatar: bool | None = None
    sidebarGroupByType: bool | None = None
    sidebarSectionsOrder: list[str] | None = Field(None, max_length=100)
    dontAskAgainList: list[dict[str, Any]] | None = Field(None, max_length=100)
    featuresPreview: list[dict[str, Any]] | None = Field(None, max_length=100)
    themeAppearence: str | None = None
    masterVolume: int | float | None = None
    alsoSendThreadToChannel: str | None = None
    desktopNotificationRequireInteraction: bool | None = None
    showThreadsInMainChannel: bool | None = None
    fontSize: str | None = None
    receiveLoginDetectionEmail: bool | None = None
    notifyCalendarEvents: bool | None = None
    enableMobileRinging: bool | None = None
    omnichannelTranscriptPDF: bool | None = None
    omnichannelTranscriptEmail: bool | None = None
    omnichannelHideConversationAfterClosing: bool | None = None


class SetPreferences(Input):
    data: Preferences
    userId: str | None = None


class SavePreferences(Input):
    settings: Preferences


def get(caller: Caller, _: NoInput, at: Instance) -> dict[str, Any]:
    return {"preferences": _chosen(myself(at, caller))}


def set_all(caller: Caller, given: SetPreferences, at: Instance) -> Document:
    """One's own, and others' with edit-other-user-info; `{_id, settings}`."""
    other = given.userId if given.userId and given.userId != caller.uid else None
    if other and not at.allows(caller, "edit-other-user-info"):
        raise ChatError("error-action-not-allowed", "Editing user is not allowed")
    user = at.store.users.by_id(other) if other else myself(at, caller)
    if user is None:
        reason = 'The optional "userId" param provided does not match any users'
        raise ChatError("error-invalid-user", reason)
    changed = _save(at, caller, user, given.data)
    return {"_id": changed["_id"], "settings": {"preferences": _chosen(changed)}}


def save(caller: Caller, given: SavePreferences, at: Instance) -> bool:
    """DDP."""
    _save(at, caller, myself(at, caller), given.settings)
    return True


def _chosen(user: Document) -> Document:
    """The preferences that someone has set, with their language."""
    chosen = dict((user.get("settings") or {}).get("preferences") or {})
    return {**chosen, "language": user["language"]} if user.get("language") else chosen


def _save(at: Instance, caller: Caller, user: Document, given: Preferences) -> Document:
    wanted = given.model_dump(exclude_none=True)
    if len(orjson.dumps(wanted, default=str)) > LARGEST:
        raise InvalidInput("invalid-params", "must NOT be so large")
    if wanted.get("idleTimeLimit", SHORTEST_IDLE) < SHORTEST_IDLE:
        raise ChatError("invalid-idle-time-limit-value", "Invalid idleTimeLimit")
    if "emailNotificationMode" in wanted:
        mode = wanted["emailNotificationMode"]
        wanted["emailNotificationMode"] = OLD_MODES.get(mode, mode)
    if not wanted:
        return user
    fields = {f"settings.preferences.{key}": value for key, value in wanted.items()}
    if "language" in wanted:
        fields["language"] = wanted["language"]
    changed = at.store.users.change(user["_id"], {**fields, "_updatedAt": at.now()})
    if changed is None:
        raise ChatError("error-invalid-user", "Invalid user")
    _copy(at, user, wanted)
    at.publish(
        UserChanged(
            uid=user["_id"],
            diff=fields,
            nonce=random_id(),
            correlation_id=caller.correlation_id,
        )
    )
    return changed


def _copy(at: Instance, user: Document, wanted: Document) -> None:
    """Rooms for which someone chose nothing else follow their preference."""
    before = _chosen(user)
    for name, field, origin in COPIED:
        value = wanted.get(name)
        if value and value != before.get(name):
            followed = None if value == "default" else value
            at.store.copies.follow_preference(user["_id"], field, origin, followed)
    if "highlights" in wanted and wanted["highlights"] != before.get("highlights"):
        at.store.copies.set_highlights(user["_id"], wanted["highlights"])
    language = str(wanted.get("language") or "")
    if language != before.get("language") and translation.follows_language(at, language):
        at.store.afterwards.follow_language(user["_id"], language)
