"""What each of a room's settings means for the room.

All of a request's settings are planned before the first is written, and written together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from contrail.domain import teams
from contrail.domain.access import Standing
from contrail.domain.instance import Instance
from contrail.domain.roomnames import refuse_taken, slug
from contrail.shapes.bounded import LONG
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.rows import Document
from functions.rooms.settings_given import RoomSettings

METHOD = "saveRoomSettings"
RETENTION = {
    "retentionEnabled": "enabled",
    "retentionMaxAge": "maxAge",
    "retentionExcludePinned": "excludePinned",
    "retentionFilesOnly": "filesOnly",
    "retentionIgnoreThreads": "ignoreThreads",
    "retentionOverrideGlobal": "overrideGlobal",
}
PANELS: tuple[list[str], ...] = (
    [],
    ["channels"],
    ["discussions"],
    ["channels", "discussions"],
)
"""What a team's side panel may list."""


@dataclass(slots=True)
class Plan:
    """What a request comes to: fields of the room, of its subscriptions and, where it is a team's
    main room, of the team; system messages.
    """

    room: Document = field(default_factory=dict)
    team: Document = field(default_factory=dict)
    unset: list[str] = field(default_factory=list)
    subscriptions: Document = field(default_factory=dict)
    said: list[tuple[str, str]] = field(default_factory=list)
    avatar: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    at: Instance
    caller: Caller
    standing: Standing
    plan: Plan

    @property
    def room(self) -> Document:
        return self.standing.room

    def allows(self, permission: str) -> bool:
        return self.at.allows(self.caller, permission, self.standing.roles)


def forbidden(reason: str, action: str = "Editing_room") -> ChatError:
    return ChatError("error-action-not-allowed", reason, {"method": METHOD, "action": action})


def invalid() -> ChatError:
    return ChatError("error-invalid-settings", "Invalid settings provided", {"method": METHOD})


def plan(at: Instance, caller: Caller, standing: Standing, given: RoomSettings) -> Plan:
    """Raises for what the caller may not set, and for values that cannot be."""
    request = Request(at, caller, standing, Plan())
    for name, value in given.model_dump(exclude_none=True).items():
        PLANNERS[name](request, value)
    return request.plan


def _name(request: Request, value: str) -> None:
    at, room, shown = request.at, request.room, value.strip()
    if room["t"] not in ("c", "p"):
        raise ChatError("error-not-allowed", "Not allowed", {"method": METHOD})
    if not shown or shown == (room.get("fname") or room.get("name")):
        return
    names = {"fname": shown}
    if not room.get("prid"):
        names["name"] = slug(at, shown)
        refuse_taken(at, names["name"], shown, room["_id"])
    request.plan.room |= names
    request.plan.subscriptions |= names
    request.plan.said.append(("r", shown))
    if room.get("teamMain"):
        teams.refuse_taken(at, shown, room["teamId"])
        request.plan.team["name"] = shown


def _text(name: str, said: str) -> Callable[[Request, str], None]:
    def planner(request: Request, value: str) -> None:
        if value != (request.room.get(name) or ""):
            request.plan.room[name] = value
            request.plan.said.append((said, value))

    return planner


def _announcement(request: Request, value: str | Mapping[str, Any]) -> None:
    details = {} if isinstance(value, str) else dict(value)
    text = value if isinstance(value, str) else details.pop("message", "")
    if not isinstance(text, str):
        raise invalid()
    if text == (request.room.get("announcement") or "") and not details:
        return
    request.plan.room["announcement"] = text
    if details:
        request.plan.room["announcementDetails"] = details
    else:
        request.plan.unset.append("announcementDetails")
    request.plan.said.append(("room_changed_announcement", text))


def _custom_fields(request: Request, value: Document) -> None:
    request.plan.room["customFields"] = value
    request.plan.subscriptions["customFields"] = value


def _type(request: Request, value: str) -> None:
    room = request.room
    if room["t"] == "d":
        reason = "Can't change type of direct rooms"
        raise ChatError("error-direct-room", reason, {"method": METHOD})
    if value not in ("c", "p"):
        details = {"method": METHOD, "type": value}
        raise ChatError("error-invalid-room-type", "error-invalid-room-type", details)
    if value == room["t"]:
        return
    if not request.at.allows(request.caller, f"create-{value}"):
        change = "private group to a public channel"
        if value == "p":
            change = "public channel to a private room"
        raise forbidden(f"Changing a {change} is not allowed", "Change_Room_Type")
    request.plan.room["t"] = request.plan.subscriptions["t"] = value
    if value == "p" and room.get("default"):
        request.plan.room["default"] = False
    if room.get("teamMain"):
        request.plan.team["type"] = teams.PUBLIC if value == "c" else teams.PRIVATE
    request.plan.said.append(
        ("room_changed_privacy", "Channel" if value == "c" else "Private Group")
    )


def _flag(name: str, on: str, off: str) -> Callable[[Request, bool], None]:
    def planner(request: Request, value: bool) -> None:
        if value and request.room.get("broadcast"):
            reason = "Editing readOnly/reactWhenReadOnly are not allowed for broadcast rooms"
            raise forbidden(reason)
        if value != bool(request.room.get(name)):
            request.plan.room[name] = value
            request.plan.said.append((on if value else off, ""))

    return planner


def _system_messages(request: Request, value: list[str]) -> None:
    request.plan.room["sysMes"] = value


def _administered(name: str) -> Callable[[Request, bool], None]:
    def planner(request: Request, value: bool) -> None:
        if not request.at.allows(request.caller, "view-room-administration"):
            reason = "Viewing room administration is not allowed"
            raise forbidden(reason, "Viewing_room_administration")
        request.plan.room[name] = value

    return planner


def _join_code(request: Request, value: str) -> None:
    request.plan.room["joinCodeRequired"] = bool(value.strip())
    if value.strip():
        request.plan.room["joinCode"] = value
    else:
        request.plan.unset.append("joinCode")


def _streaming(request: Request, value: Document) -> None:
    request.plan.room["streamingOptions"] = value


def _retention(name: str) -> Callable[[Request, Any], None]:
    key = RETENTION[name]

    def planner(request: Request, value: Any) -> None:
        if key == "maxAge":
            value = _days(value)
        if value == (request.room.get("retention") or {}).get(key):
            return
        if not request.allows("edit-room-retention-policy"):
            raise forbidden("Editing room retention policy is not allowed")
        request.plan.room[f"retention.{key}"] = value

    return planner


def _days(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise invalid()
    try:
        days = float(value)
    except (ValueError, OverflowError):
        raise invalid() from None
    if not 0 < days < LONG:
        raise invalid()
    return int(days) if days.is_integer() else days


def _encrypted(request: Request, value: bool) -> None:
    room = request.room
    if value == bool(room.get("encrypted")):
        return
    if room["t"] not in ("p", "d") or not request.at.setting("E2E_Enable"):
        reason = "Only groups or direct channels can enable encryption"
        raise forbidden(reason, "Change_Room_Encrypted")
    if room["t"] != "d" and not request.allows("toggle-room-e2e-encryption"):
        reason = "You do not have permission to toggle E2E encryption"
        raise forbidden(reason, "Change_Room_Encrypted")
    request.plan.room["encrypted"] = value
    said = "room_e2e_enabled" if value else "room_e2e_disabled"
    request.plan.said.append((said, request.caller.username))


def _favorite(request: Request, value: Mapping[str, bool]) -> None:
    if value["favorite"] and value["defaultValue"]:
        request.plan.room["favorite"] = True
    else:
        request.plan.unset.append("favorite")


def _sidepanel(request: Request, value: Mapping[str, Any]) -> None:
    if not request.room.get("teamMain"):
        raise ChatError("error-action-not-allowed", "Invalid room", {"method": METHOD})
    if not request.allows("edit-team"):
        reason = "You do not have permission to change sidepanel items"
        raise ChatError("error-action-not-allowed", reason, {"method": METHOD})
    items = value.get("items")
    if not isinstance(items, list) or sorted(map(str, items)) not in PANELS:
        raise ChatError("error-invalid-sidepanel")
    if items:
        request.plan.room["sidepanel"] = {"items": items}
    else:
        request.plan.unset.append("sidepanel")


def _avatar(request: Request, value: str) -> None:
    if not request.allows("edit-room-avatar"):
        raise forbidden("Editing room avatar is not allowed", "Editing_room_avatar")
    request.plan.avatar = value


Planner = Callable[[Request, Any], None]
PLANNERS: dict[str, Planner] = {
    "featured": _administered("featured"),
    "roomName": _name,
    "roomTopic": _text("topic", "room_changed_topic"),
    "roomAnnouncement": _announcement,
    "roomCustomFields": _custom_fields,
    "roomDescription": _text("description", "room_changed_description"),
    "roomType": _type,
    "readOnly": _flag("ro", "room-set-read-only", "room-removed-read-only"),
    "reactWhenReadOnly": _flag(
        "reactWhenReadOnly", "room-allowed-reacting", "room-disallowed-reacting"
    ),
    "systemMessages": _system_messages,
    "default": _administered("default"),
    "joinCode": _join_code,
    "streamingOptions": _streaming,
    **{name: _retention(name) for name in RETENTION},
    "encrypted": _encrypted,
    "favorite": _favorite,
    "roomAvatar": _avatar,
    "sidepanel": _sidepanel,
}
"""One for each field of `RoomSettings`."""
