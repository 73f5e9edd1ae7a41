"""Examples for pictures: see `doors.py`."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from tests.support.example import OK, PAGE, VOID, Example, admin, beside, nobody
from tests.support.pictures import picture, post_form, wav
from tests.support.scene import Scene, fresh, invoke, is_date, is_moment
from tests.support.workspace import Json

PICTURE = picture(size=(8, 8))


def _named(scene: Scene) -> Json:
    return {"userId": scene.person.id}


def new_emoji(scene: Scene) -> str:
    """Its id."""
    person, name = scene.workspace.admin, fresh("e")
    answer = post_form(person, "v1/emoji-custom.create", {"emoji": PICTURE}, {"name": name})
    assert answer.status_code == 200, answer.text
    row = scene.workspace.database["rocketchat_custom_emoji"].find_one({"name": name})
    assert row is not None
    return str(row["_id"])


def new_sound(scene: Scene) -> str:
    """Its id."""
    given = {"name": fresh("s"), "extension": "wav", "newFile": True}
    return str(invoke(scene.workspace, scene.workspace.admin, METHOD, [given])["result"])


def _nothing(making: Callable[[Scene], object]) -> Callable[[Scene], list[Any]]:
    """No parameters; there is what `making` made."""

    def given(scene: Scene) -> list[Any]:
        making(scene)
        return []

    return given


def _name_of(scene: Scene, emoji: str) -> str:
    row = scene.workspace.database["rocketchat_custom_emoji"].find_one({"_id": emoji})
    assert row is not None
    return str(row["name"])


METHOD = "insertOrUpdateSound"
EMOJI: Json = {"_id": str, "name": str, "aliases": list, "extension": str, "_updatedAt": is_date}

REST: dict[str, Example] = {
    "POST v1/assets.setAsset": Example(
        OK, lambda scene: {"asset": PICTURE, "assetName": "logo"}, admin
    ),
    "POST v1/assets.unsetAsset": Example(OK, lambda scene: {"assetName": "logo"}, admin),
    "GET v1/emoji-custom.list": Example(
        {"emojis": {"update": [EMOJI], "remove": list}, **OK}, beside(new_emoji)
    ),
    "GET v1/emoji-custom.all": Example({"emojis": [EMOJI], **PAGE}, beside(new_emoji)),
    "POST v1/emoji-custom.create": Example(
        OK, lambda scene: {"emoji": PICTURE, "name": fresh("e")}, admin
    ),
    "POST v1/emoji-custom.update": Example(
        OK,
        lambda scene: {"emoji": PICTURE, "name": fresh("e"), "_id": new_emoji(scene)},
        admin,
    ),
    "POST v1/emoji-custom.delete": Example(OK, lambda scene: {"emojiId": new_emoji(scene)}, admin),
    "GET v1/custom-sounds.list": Example(
        {"sounds": [{"_id": str, "name": str, "extension": str}], **PAGE}, beside(new_sound)
    ),
    "GET v1/users.getAvatar": Example(str, _named, nobody, more=True, status=307),
    "GET v1/users.getAvatarSuggestion": Example({"suggestions": dict, **OK}),
    "POST v1/users.setAvatar": Example(OK, lambda scene: {"image": PICTURE}),
    "POST v1/users.resetAvatar": Example(OK, _named),
}

METHODS: dict[str, Example] = {
    "setAsset": Example(VOID, lambda scene: [PICTURE, "image/png", "logo_dark"], admin),
    "unsetAsset": Example(VOID, lambda scene: ["logo_dark"], admin),
    "listEmojiCustom": Example([{**EMOJI, "_updatedAt": is_moment}], _nothing(new_emoji)),
    "insertOrUpdateEmoji": Example(
        str, lambda scene: [{"name": fresh("e"), "extension": "png"}], admin
    ),
    "uploadEmojiCustom": Example(
        VOID,
        lambda scene: [PICTURE, "image/png", {"name": _name_of(scene, new_emoji(scene))}],
        admin,
    ),
    "deleteEmojiCustom": Example(True, lambda scene: [new_emoji(scene)], admin),
    "listCustomSounds": Example(
        [{"_id": str, "name": str, "extension": str, "_updatedAt": is_moment}],
        _nothing(new_sound),
    ),
    METHOD: Example(str, lambda scene: [{"name": fresh("s"), "extension": "mp3"}], admin),
    "uploadCustomSound": Example(
        VOID, lambda scene: [wav(), "audio/wav", {"_id": new_sound(scene)}], admin
    ),
    "deleteCustomSound": Example(True, lambda scene: [new_sound(scene)], admin),
    "setAvatarFromService": Example(
        VOID,
        lambda scene: [f"data:image/png;base64,{base64.b64encode(PICTURE).decode()}"],
    ),
    "resetAvatar": Example(VOID, lambda scene: []),
    "getAvatarSuggestion": Example({}, lambda scene: []),
}
