"""Examples for slash commands. See `doors.py`."""

from __future__ import annotations

from typing import Any

from tests.support.example import OK, PAGE, VOID, Example
from tests.support.scene import Scene, fresh
from tests.support.workspace import Json

COMMAND: Json = {
    **dict.fromkeys(("command", "description"), str),
    **dict.fromkeys(("clientOnly", "providesPreview"), bool),
}
NO_PREVIEWS: Json = {
    "success": False,
    "error": "Command Does Not Provide Previews [error-invalid-command]",
    "errorType": "error-invalid-command",
    "details": {"method": "executeSlashCommandPreview"},
}
NO_METHOD: Json = {
    "error": "error-invalid-command",
    "reason": "Command Does Not Provide Previews",
    "details": {"method": "executeSlashCommandPreview"},
}


def _help(scene: Scene) -> Json:
    return {"command": "help", "roomId": scene.room["_id"]}


def _item(scene: Scene) -> Json:
    return {**_help(scene), "previewItem": {"id": "1", "type": "image", "value": "x"}}


def _typed(scene: Scene) -> list[Any]:
    message = {"_id": fresh("m"), "rid": scene.room["_id"], "msg": "/help"}
    return [{"cmd": "help", "params": "", "msg": message, "triggerId": fresh("t")}]


REST: dict[str, Example] = {
    "GET v1/commands.get": Example(
        {"command": {**COMMAND, "command": "help"}, **OK}, lambda scene: {"command": "help"}
    ),
    "GET v1/commands.list": Example({"commands": [COMMAND], **PAGE}),
    "POST v1/commands.run": Example(OK, _help),
    "GET v1/commands.preview": Example(NO_PREVIEWS, _help, status=400),
    "POST v1/commands.preview": Example(NO_PREVIEWS, _item, status=400),
}

METHODS: dict[str, Example] = {
    "slashCommand": Example(VOID, _typed),
    "getSlashCommandPreviews": Example(NO_METHOD, _typed, status=400),
    "executeSlashCommandPreview": Example(
        NO_METHOD, lambda scene: [*_typed(scene), {"id": "1"}], status=400
    ),
}
