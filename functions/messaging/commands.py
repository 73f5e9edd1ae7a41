"""Slash commands: which there are, and running them."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from contrail.domain.access import Standing, access_room
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, Forbidden
from contrail.shapes.ids import random_id
from contrail.shapes.inputs import Input, Listed
from contrail.shapes.rows import Document
from functions.messaging.commands_asked import Asked
from functions.messaging.commands_known import COMMANDS, Command
from functions.messaging.drafts import Draft

NO_PARAMS = (None, "The parameters for the command must be a single string.")
NO_ROOM = "The room's id where {} must be provided and be a string."
RUNNING = NO_ROOM.format("to execute this command")
NO_THREAD = (None, "The tmid parameter when provided must be a string.")
DETAILS = {"method": "executeSlashCommandPreview"}
"""As upstream has it, whichever method it is."""


class WhichCommand(Input):
    documented: ClassVar = {"command": (None, 'The query param "command" must be provided.')}
    command: str


class Page(Listed): ...


class InRoom(Input):
    """`roomId` may be missing here: what is wrong with `params` is said before that."""

    command: str
    params: str | None = None
    roomId: str = ""


class Run(InRoom):
    documented: ClassVar = {
        "command": (None, "You must provide a command to run."),
        "params": NO_PARAMS,
        "roomId": (None, RUNNING),
        "tmid": NO_THREAD,
    }
    tmid: str | None = None


class Typed(BaseModel):
    """What clients make of a message that begins with `/`."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)
    cmd: str = ""
    params: str | None = None
    msg: Draft | None = None


class RunMethod(Input):
    command: Typed


def get(caller: Caller, which: WhichCommand, at: Instance) -> Document:
    known = COMMANDS.get(which.command.lower())
    if known is None:
        reason = f"There is no command in the system by the name of: {which.command}"
        raise ChatError(None, reason)
    return known.shown


def list_all(caller: Caller, wanted: Page, at: Instance) -> dict[str, Any]:
    name = wanted.query.get("command")
    rows = [one.shown for one in COMMANDS.values() if not name or one.name == name]
    for field, way in reversed(wanted.sort):
        rows.sort(key=lambda row: str(row[field]), reverse=way < 0)
    page = rows[wanted.offset : wanted.offset + wanted.count]
    return {
        "commands": [_narrowed(row, wanted.fields) for row in page],
        "offset": wanted.offset,
        "count": len(page),
        "total": len(rows),
    }


def run(caller: Caller, given: Run, at: Instance) -> None:
    """REST. Commands answer by what they do and in notices."""
    command, standing = find(at, caller, given, RUNNING, given.tmid)
    draft = Draft(_id=random_id(), rid=given.roomId, tmid=given.tmid or None)
    _run(command, Asked(at, caller, given.params or "", draft, standing))


def run_method(caller: Caller, given: RunMethod, at: Instance) -> None:
    """DDP. The message that was typed comes along: what a command sends is sent under its `_id`."""
    command, draft = known(given.command.cmd), given.command.msg
    if draft is None or not draft.rid:
        reason = "Executing a command requires at least a message with a room id."
        raise ChatError("invalid-command-usage", reason)
    refuse = ChatError("error-not-allowed", "Not allowed", {"method": "slashCommand"})
    standing = _enter(at, caller, draft.rid, draft.tmid, refuse)
    _run(command, Asked(at, caller, given.command.params or "", draft, standing))


def find(
    at: Instance, caller: Caller, given: InRoom, no_room: str, tmid: str | None = None
) -> tuple[Command, Standing]:
    """The command that a REST request names, and the caller's standing in its room.

    Raises `no_room` where none is named, and for a thread that is not in the room.
    """
    if not given.roomId:
        raise ChatError(None, no_room)
    command = COMMANDS.get(given.command.lower())
    if command is None:
        raise ChatError(None, "The command provided does not exist (or is disabled).")
    return command, _enter(at, caller, given.roomId, tmid, Forbidden())


def known(name: str) -> Command:
    """Raises `error-invalid-command`."""
    if name not in COMMANDS:
        raise ChatError("error-invalid-command", "Invalid Command Provided", DETAILS)
    return COMMANDS[name]


def _enter(at: Instance, caller: Caller, rid: str, tmid: str | None, refuse: ChatError) -> Standing:
    standing = access_room(at, caller, rid, tmid or "", refuse=refuse)
    if tmid and (standing.message is None or standing.message["rid"] != rid):
        raise ChatError(None, "Invalid thread.")
    return standing


def _run(command: Command, asked: Asked) -> None:
    """What is typed may be as long as a message; notices repeat parts of it."""
    if len(asked.text) > asked.at.number("Message_MaxAllowedSize", 5000):
        details = {"method": "slashCommand"}
        reason = "Message size exceeds Message_MaxAllowedSize"
        raise ChatError("error-message-size-exceeded", reason, details)
    command.run(asked)


def _narrowed(row: Document, fields: dict[str, int]) -> Document:
    only = 1 in fields.values()
    return {key: value for key, value in row.items() if fields.get(key, not only)}
