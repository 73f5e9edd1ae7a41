"""What slash commands would show before they run: none of those there are shows anything.

Upstream such commands come with apps.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input
from functions.messaging.commands import (
    DETAILS,
    NO_PARAMS,
    NO_ROOM,
    NO_THREAD,
    InRoom,
    find,
    known,
)

SHOWING = NO_ROOM.format("the previews are being displayed")
EXECUTING = NO_ROOM.format("the preview is being executed in")
NO_ITEM = "The preview item being executed must be provided."
WRONG_ITEM = (None, "The preview item being executed is in the wrong format.")
NO_TRIGGER = (None, "The triggerId parameter when provided must be a string.")


class Preview(InRoom):
    documented: ClassVar = {
        "command": (None, "You must provide a command to get the previews from."),
        "params": NO_PARAMS,
        "roomId": (None, SHOWING),
    }


class Item(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)
    id: str
    type: str
    value: str


class Execute(InRoom):
    documented: ClassVar = {
        "command": (None, "You must provide a command to run the preview item on."),
        "params": NO_PARAMS,
        "roomId": (None, EXECUTING),
        "previewItem": WRONG_ITEM,
        "previewItem.": WRONG_ITEM,
        "tmid": NO_THREAD,
        "triggerId": NO_TRIGGER,
    }
    previewItem: Item | None = None
    tmid: str | None = None
    triggerId: str | None = None


class Named(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)
    cmd: str = ""


class Method(Input):
    command: Named


def preview(caller: Caller, given: Preview, at: Instance) -> None:
    find(at, caller, given, SHOWING)
    raise _none()


def execute(caller: Caller, given: Execute, at: Instance) -> None:
    if given.roomId and given.previewItem is None:
        raise ChatError(None, NO_ITEM)
    find(at, caller, given, EXECUTING, given.tmid)
    raise _none()


def method(caller: Caller, given: Method, at: Instance) -> None:
    known(given.command.cmd)
    raise _none()


def _none() -> ChatError:
    return ChatError("error-invalid-command", "Command Does Not Provide Previews", DETAILS)
