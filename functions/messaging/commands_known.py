"""The slash commands there are, as clients are told of them: Rocket.Chat's own names and keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from contrail.shapes.rows import Document
from functions.messaging import commands_people as people
from functions.messaging import commands_rooms as rooms
from functions.messaging import commands_talk as talk
from functions.messaging.commands_asked import Asked


@dataclass(frozen=True, slots=True)
class Command:
    """`params` and `description` are keys or words that clients translate.

    `permission` is who is offered the command; whether they may is checked by what it does. Of
    `client_only` ones the web client does by itself what they do.
    """

    name: str
    description: str
    run: Callable[[Asked], None]
    params: str = ""
    permission: str | tuple[str, ...] = ()
    client_only: bool = False

    @property
    def shown(self) -> Document:
        row: Document = {"command": self.name, "description": self.description}
        if self.params:
            row["params"] = self.params
        if self.permission:
            one = isinstance(self.permission, str)
            row["permission"] = self.permission if one else list(self.permission)
        return {**row, "clientOnly": self.client_only, "providesPreview": False}


def _art(name: str, key: str, art: str) -> Command:
    run = partial(talk.draw, art)
    return Command(name, key, run, "your_message_optional", client_only=True)


def _on_member(name: str, key: str, method: str, permission: str) -> Command:
    return Command(name, key, partial(people.on_member, method), "@username", permission)


def _leave(name: str) -> Command:
    return Command(
        name, "Leave_the_current_channel", rooms.leave, permission=("leave-c", "leave-p")
    )


_COMMANDS = (
    _art("gimme", "Slash_Gimme_Description", talk.GIMME),
    _art("lennyface", "Slash_LennyFace_Description", talk.LENNY),
    _art("shrug", "Slash_Shrug_Description", talk.SHRUG),
    _art("tableflip", "Slash_Tableflip_Description", talk.FLIP),
    _art("unflip", "Slash_TableUnflip_Description", talk.UNFLIP),
    Command("archive", "Archive", partial(rooms.close, rooms.ARCHIVE), "#channel", "archive-room"),
    Command("create", "Create_A_New_Channel", rooms.create, "#channel", ("create-c", "create-p")),
    Command("help", "Show_the_keyboard_shortcut_list", talk.tell_shortcuts),
    Command("hide", "Hide_room", rooms.hide, "#room"),
    Command(
        "invite",
        "Invite_user_to_join_channel",
        people.invite,
        "@username",
        "add-user-to-joined-room",
    ),
    Command(
        "invite-all-to",
        "Invite_user_to_join_channel_all_to",
        people.invite_all_to,
        "#room",
        ("add-user-to-joined-room", *people.ADDING_ANYWHERE),
    ),
    Command(
        "invite-all-from",
        "Invite_user_to_join_channel_all_from",
        people.invite_all_from,
        "#room",
        "add-user-to-joined-room",
    ),
    Command("join", "Join_the_given_channel", rooms.join, "#channel", "view-c-room"),
    _on_member("kick", "Remove_someone_from_room", "removeUserFromRoom", "remove-user"),
    _leave("leave"),
    _leave("part"),
    Command("me", "Displays_action_text", talk.me, "your_message"),
    Command("msg", "Direct_message_someone", talk.msg, "@username <message>", "create-d"),
    _on_member("mute", "Mute_someone_in_room", "muteUserInRoom", "mute-user"),
    _on_member("unmute", "Unmute_someone_in_room", "unmuteUserInRoom", "mute-user"),
    Command("status", "Slash_Status_Description", talk.status, "Slash_Status_Params"),
    Command("topic", "Slash_Topic_Description", rooms.topic, "Slash_Topic_Params", "edit-room"),
    Command(
        "unarchive",
        "Unarchive",
        partial(rooms.close, rooms.UNARCHIVE),
        "#channel",
        "unarchive-room",
    ),
)
COMMANDS: Mapping[str, Command] = {command.name: command for command in _COMMANDS}
