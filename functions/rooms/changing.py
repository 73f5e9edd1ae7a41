"""One setting of a channel or a group at a time."""

from __future__ import annotations

from typing import ClassVar

from contrail.domain.access import Standing
from contrail.domain.instance import Instance
from contrail.shapes import bounded
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.rows import Document
from functions.rooms.kinds import CHANNEL, Kind, Place
from functions.rooms.saving import save
from functions.rooms.settings_given import RoomSettings


def required(name: str, more: str = "") -> dict[str, tuple[None, str]]:
    return {name: (None, f'The bodyParam "{name}" is required{more}')}


class Name(Place):
    documented: ClassVar = required("name")
    name: bounded.Name


class Topic(Place):
    documented: ClassVar = required("topic")
    topic: bounded.Text


class Description(Place):
    documented: ClassVar = required("description")
    description: bounded.Text


class Purpose(Place):
    documented: ClassVar = required("purpose")
    purpose: bounded.Text


class Announcement(Place):
    documented: ClassVar = required("announcement")
    announcement: bounded.Text


class CustomFields(Place):
    documented: ClassVar = required("customFields", " with a type like object.")
    customFields: bounded.Fields


class ReadOnly(Place):
    documented: ClassVar = required("readOnly")
    readOnly: bool


class Type(Place):
    documented: ClassVar = required("type")
    type: str


class JoinCode(Place):
    documented: ClassVar = required("joinCode")
    joinCode: bounded.Name


class Default(Place):
    documented: ClassVar = {
        "default": (
            "error-channels-setdefault-is-same",
            'The bodyParam "default" is required',
            True,
        )
    }
    default: bool | str


class Encrypted(Place):
    documented: ClassVar = required("encrypted")
    encrypted: bool


def rename(kind: Kind, caller: Caller, given: Name, at: Instance) -> Document:
    _refuse_blank(given.name, "name")
    standing = kind.find(at, caller, given)
    if kind is CHANNEL and standing.room.get("name") == given.name:
        raise ChatError(None, "The channel name is the same as what it would be renamed to.")
    return kind.answer(caller, save(at, caller, standing, RoomSettings(roomName=given.name)))


def set_topic(kind: Kind, caller: Caller, given: Topic, at: Instance) -> Document:
    standing = _changing(kind, at, caller, given, "topic", given.topic, "topic")
    save(at, caller, standing, RoomSettings(roomTopic=given.topic))
    return {"topic": given.topic}


def set_description(kind: Kind, caller: Caller, given: Description, at: Instance) -> Document:
    text = given.description
    standing = _changing(kind, at, caller, given, "description", text, "description")
    save(at, caller, standing, RoomSettings(roomDescription=text))
    return {"description": text}


def set_purpose(kind: Kind, caller: Caller, given: Purpose, at: Instance) -> Document:
    text = given.purpose
    standing = _changing(kind, at, caller, given, "description", text, "purpose (description)")
    save(at, caller, standing, RoomSettings(roomDescription=text))
    return {"purpose": text}


def set_announcement(kind: Kind, caller: Caller, given: Announcement, at: Instance) -> Document:
    standing = kind.find(at, caller, given)
    save(at, caller, standing, RoomSettings(roomAnnouncement=given.announcement))
    return {"announcement": given.announcement}


def set_custom_fields(kind: Kind, caller: Caller, given: CustomFields, at: Instance) -> Document:
    standing = kind.find(at, caller, given)
    settings = RoomSettings(roomCustomFields=given.customFields)
    return kind.answer(caller, save(at, caller, standing, settings))


def set_read_only(kind: Kind, caller: Caller, given: ReadOnly, at: Instance) -> Document:
    standing = kind.find(at, caller, given)
    if bool(standing.room.get("ro")) == given.readOnly:
        raise _same(kind, "read only setting")
    return kind.answer(caller, save(at, caller, standing, RoomSettings(readOnly=given.readOnly)))


def set_type(kind: Kind, caller: Caller, given: Type, at: Instance) -> Document:
    _refuse_blank(given.type, "type")
    standing = kind.find(at, caller, given)
    if standing.room["t"] == given.type:
        raise _same(kind, "type")
    return kind.answer(caller, save(at, caller, standing, RoomSettings(roomType=given.type)))


def set_join_code(kind: Kind, caller: Caller, given: JoinCode, at: Instance) -> Document:
    _refuse_blank(given.joinCode, "joinCode")
    standing = kind.find(at, caller, given)
    return kind.answer(caller, save(at, caller, standing, RoomSettings(joinCode=given.joinCode)))


def set_default(kind: Kind, caller: Caller, given: Default, at: Instance) -> Document:
    standing = kind.find(at, caller, given)
    wanted = str(given.default).lower() in ("true", "1")
    if bool(standing.room.get("default")) == wanted:
        code = "error-channels-setdefault-missing-default-param"
        raise ChatError(code, _same(kind, "default setting").reason, bare=True)
    return kind.answer(caller, save(at, caller, standing, RoomSettings(default=wanted)))


def set_encrypted(kind: Kind, caller: Caller, given: Encrypted, at: Instance) -> Document:
    standing = kind.find(at, caller, given)
    return kind.answer(caller, save(at, caller, standing, RoomSettings(encrypted=given.encrypted)))


def _changing(
    kind: Kind, at: Instance, caller: Caller, place: Place, name: str, value: str, said: str
) -> Standing:
    """Only channels refuse a text that stands there already."""
    standing = kind.find(at, caller, place)
    if kind is CHANNEL and standing.room.get(name) == value:
        raise _same(kind, said)
    return standing


def _same(kind: Kind, said: str) -> ChatError:
    return ChatError(None, f"The {kind.said} {said} is the same as what it would be changed to.")


def _refuse_blank(value: str, name: str) -> None:
    if not value.strip():
        raise ChatError(None, f'The bodyParam "{name}" is required')
