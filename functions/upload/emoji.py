"""Custom emoji: `{_id, name, aliases, extension}` and a picture each."""

from __future__ import annotations

import re
from typing import Any

from pydantic import Field
from pymongo.errors import DuplicateKeyError

from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.ids import random_id
from contrail.shapes.inputs import Input, Multipart
from contrail.shapes.picture_facts import EmojiChanged
from contrail.shapes.rows import Document
from contrail.store.collections import OWN, file_of
from contrail.store.custom_emoji import CustomEmoji
from functions.upload.keeping import drop, keeping, refuse_large
from functions.upload.multipart import read

KIND = "emoji"
METHOD = "insertOrUpdateEmoji"
ODD_NAME = re.compile(r"[\s,:><&\"'/\\()]")
ODD_ALIASES = re.compile(r"[:><&|\"'/\\()]")
LONGEST, MOST_ALIASES = 128, 50
"""Characters of a name; aliases of an emoji."""


class EmojiForm(Multipart):
    """`emoji` is the picture; `name`, and `aliases` with commas between them."""


class OneEmoji(Input):
    emojiId: str = ""


class Picture(Input):
    """What DDP calls an emoji that comes without its picture, or with it."""

    id: str | None = Field(None, alias="_id")
    name: str = Field(max_length=LONGEST)
    aliases: str | list[str] | None = None
    extension: str | None = None


class InsertOrUpdate(Input):
    emojiData: Picture


class Upload(Input):
    binaryContent: str | bytes
    contentType: str
    emojiData: Picture


class Delete(Input):
    emojiID: str


def create(caller: Caller, given: EmojiForm, at: Instance) -> None:
    _refuse(caller, at)
    form = read(given, wanted="emoji")
    kind, extension = _inspected(at, form.body)
    names = _names(form.fields.get("name", ""), form.fields.get("aliases", ""))
    _refuse_taken(at, names, "")
    with keeping(at, KIND, form.body, kind) as file:
        _insert(at, caller, names, extension, {"file": file, "type": kind, "at": at.now()})


def update(caller: Caller, given: EmojiForm, at: Instance) -> None:
    """Without a new picture it keeps its own."""
    _refuse(caller, at)
    form = read(given, wanted="emoji", optional=True)
    emoji_id = form.fields.get("_id", "")
    if not emoji_id:
        raise ChatError('The required "_id" query param is missing.')
    if at.store.custom_emoji.by_id(emoji_id) is None:
        raise ChatError("Emoji not found.")
    names = _names(form.fields.get("name", ""), form.fields.get("aliases", ""))
    if form.body:
        _show(at, caller, emoji_id, form.body, names)
    else:
        _change(at, caller, emoji_id, names, {})


def delete(caller: Caller, which: OneEmoji, at: Instance) -> None:
    if not which.emojiId:
        raise ChatError(None, 'The "emojiId" params is required!')
    remove(caller, Delete(emojiID=which.emojiId), at)


def remove(caller: Caller, which: Delete, at: Instance) -> bool:
    _refuse(caller, at)
    gone = at.store.custom_emoji.remove(which.emojiID)
    if gone is None:
        details = {"method": "deleteEmojiCustom"}
        raise ChatError("Custom_Emoji_Error_Invalid_Emoji", "Invalid emoji", details)
    at.store.trash.keep(CustomEmoji.kind, [gone], at.now())
    drop(at, KIND, file_of(gone))
    _tell(at, caller, "removed", gone)
    return True


def insert_or_update(caller: Caller, given: InsertOrUpdate, at: Instance) -> str | bool:
    """DDP: the id of a new one, whose picture follows in `upload`; or true."""
    data = given.emojiData
    _refuse(caller, at)
    names = _names(data.name, _joined(data.aliases))
    if data.id is None:
        if not data.extension:
            reason = "The custom emoji file is required"
            raise ChatError("error-the-field-is-required", reason, {"method": METHOD})
        _refuse_taken(at, names, "")
        return str(_insert(at, caller, names, data.extension[:8], {})["_id"])
    if _change(at, caller, data.id, names, {}) is None:
        details = {"method": METHOD}
        raise ChatError("Custom_Emoji_Error_Invalid_Emoji", "Invalid emoji", details)
    return True


def upload(caller: Caller, given: Upload, at: Instance) -> None:
    """DDP: the picture of an emoji that there is, by its name."""
    _refuse(caller, at)
    names = _names(given.emojiData.name, "")
    emoji = at.store.custom_emoji.by_name(names[0])
    if emoji is None:
        details = {"method": "uploadEmojiCustom"}
        raise ChatError("Custom_Emoji_Error_Invalid_Emoji", "Invalid emoji", details)
    _show(at, caller, emoji["_id"], binary(given.binaryContent), [])


def binary(content: str | bytes) -> bytes:
    """Bytes, or a text with a character for each. Raises `error-invalid-file` for any other."""
    try:
        return content if isinstance(content, bytes) else content.encode("latin-1")
    except UnicodeEncodeError:
        raise ChatError("error-invalid-file", "Invalid file") from None


def _insert(
    at: Instance, caller: Caller, names: list[str], extension: str, own: Document
) -> Document:
    emoji = {
        "_id": random_id(),
        "name": names[0],
        "aliases": names[1:],
        "extension": extension,
        "_updatedAt": at.now(),
    }
    try:
        at.store.custom_emoji.insert({**emoji, OWN: {"names": names, **own}})
    except DuplicateKeyError:
        raise _taken() from None
    _tell(at, caller, "updated", emoji)
    return emoji


def _show(at: Instance, caller: Caller, emoji_id: str, body: bytes, names: list[str]) -> None:
    """Give an emoji this picture, and new names if there are any."""
    kind, extension = _inspected(at, body)
    with keeping(at, KIND, body, kind) as file:
        own = {"file": file, "type": kind, "at": at.now()}
        fields = {f"{OWN}.{key}": value for key, value in own.items()}
        after = _change(at, caller, emoji_id, names, {"extension": extension, **fields})
        if after is None:
            raise ChatError("Emoji not found.")
    drop(at, KIND, str(after[OWN].get("was") or ""))


def _change(
    at: Instance, caller: Caller, emoji_id: str, names: list[str], fields: Document
) -> Document | None:
    """The emoji after it, None when it is gone; empty `names` leave it its own."""
    if names:
        _refuse_taken(at, names, emoji_id)
        fields = {**fields, "name": names[0], "aliases": names[1:], f"{OWN}.names": names}
    try:
        after = at.store.custom_emoji.change(emoji_id, {**fields, "_updatedAt": at.now()})
    except DuplicateKeyError:
        raise _taken() from None
    if after is not None:
        _tell(at, caller, "updated", after)
    return after


def _inspected(at: Instance, body: bytes) -> tuple[str, str]:
    """The media type and the extension that the bytes themselves stand for."""
    from functions.upload.avatars_pixels import NoPictureError, inspect  # noqa: PLC0415

    refuse_large(at, body)
    try:
        facts = inspect(body)
    except NoPictureError:
        reason = "Emoji file provided cannot be uploaded since it's not an image"
        raise ChatError("emoji-is-not-image", reason) from None
    return facts.type, facts.extension


def _names(name: str, aliases: str) -> list[str]:
    """The name and then the aliases, without the colons that they are written with."""
    name = name.strip().replace(":", "")
    if not name:
        details = {"method": METHOD, "field": "Name"}
        raise ChatError("error-the-field-is-required", "The field Name is required", details)
    if ODD_NAME.search(name) or len(name) > LONGEST:
        raise _invalid(name, "name", "Name")
    aliases = aliases.replace(":", "")
    listed = [one for one in re.split(r"\s*,\s*", aliases.strip()) if one]
    long = any(len(one) > LONGEST for one in listed) or len(listed) > MOST_ALIASES
    if ODD_ALIASES.search(aliases) or long:
        raise _invalid(aliases, "alias set", "Alias_Set")
    return list(dict.fromkeys([name, *listed]))


def _joined(aliases: str | list[str] | None) -> str:
    return ",".join(aliases) if isinstance(aliases, list) else aliases or ""


def _invalid(value: str, what: str, field: str) -> ChatError:
    value = value[:LONGEST]
    details = {"method": METHOD, "input": value, "field": field}
    return ChatError("error-input-is-not-a-valid-field", f"{value} is not a valid {what}", details)


def _refuse(caller: Caller, at: Instance) -> None:
    if not at.allows(caller, "manage-emoji"):
        raise ChatError("not_authorized")


def _refuse_taken(at: Instance, names: list[str], but: str) -> None:
    if at.store.custom_emoji.any_named(names, but):
        raise _taken()


def _taken() -> ChatError:
    code = "Custom_Emoji_Error_Name_Or_Alias_Already_In_Use"
    reason = "The custom emoji or one of its aliases is already in use"
    return ChatError(code, reason, {"method": METHOD})


def _tell(at: Instance, caller: Caller, action: str, emoji: Document) -> None:
    shown = ("_id", "name", "aliases", "extension")
    fact: dict[str, Any] = {
        "action": action,
        "emoji": {key: emoji[key] for key in shown if key in emoji},
        "nonce": random_id(),
        "correlation_id": caller.correlation_id,
    }
    at.publish(EmojiChanged.model_validate(fact))
