"""Slash commands: which there are, how they are run, and what is refused before they do a thing."""

from __future__ import annotations

from typing import Any

import pytest

from functions.messaging.commands_known import COMMANDS
from tests.support.commands import done, listening, notice, notices, typed
from tests.support.ddp import Ddp
from tests.support.people import fails
from tests.support.rooms import fault, group
from tests.support.scene import fresh, invoke, refused
from tests.support.settings import setting
from tests.support.talking import sent
from tests.support.workspace import Json, Person, Workspace

BUILT_IN = [
    *("gimme", "lennyface", "shrug", "tableflip", "unflip", "archive", "create", "help", "hide"),
    *("invite", "invite-all-to", "invite-all-from", "join", "kick", "leave", "part", "me", "msg"),
    *("mute", "unmute", "status", "topic", "unarchive"),
]
MATCHED = "The parameters for the command must be a single string."
ROOM = "The room's id where {} must be provided and be a string."
RUNNING = ROOM.format("to execute this command")
THREAD = "The tmid parameter when provided must be a string."
UNKNOWN = "The command provided does not exist (or is disabled)."


@pytest.fixture(scope="module")
def person(workspace: Workspace) -> Person:
    return workspace.person()


@pytest.fixture(scope="module")
def rid(workspace: Workspace, person: Person) -> str:
    return str(workspace.channel(person)["_id"])


def _listed(person: Person, **query: Any) -> list[Json]:
    return list(person.ok("GET", "v1/commands.list", query)["commands"])


def test_a_command_is_told_by_its_name_in_any_case(person: Person) -> None:
    for name in ("me", "ME"):
        assert person.ok("GET", "v1/commands.get", {"command": name})["command"] == {
            "command": "me",
            "params": "your_message",
            "description": "Displays_action_text",
            "clientOnly": False,
            "providesPreview": False,
        }


def test_a_command_that_is_not_there_is_not_told_of(person: Person) -> None:
    unknown = "There is no command in the system by the name of: invalid-command"
    fails(person.get("v1/commands.get", command="invalid-command"), unknown)
    fails(person.get("v1/commands.get"), 'The query param "command" must be provided.')


def test_the_list_has_what_clients_offer_and_to_whom(person: Person) -> None:
    rows = {row["command"]: row for row in _listed(person)}
    assert list(rows) == BUILT_IN
    assert rows["archive"] == {
        "command": "archive",
        "params": "#channel",
        "description": "Archive",
        "permission": "archive-room",
        "clientOnly": False,
        "providesPreview": False,
    }
    assert rows["leave"]["permission"] == ["leave-c", "leave-p"]
    assert "params" not in rows["leave"]
    assert rows["shrug"]["clientOnly"] is True


def test_permissions_that_commands_name_exist(workspace: Workspace) -> None:
    known = {row["_id"] for row in workspace.admin.ok("GET", "v1/permissions.listAll")["update"]}
    rows = [command.permission for command in COMMANDS.values()]
    named = {one for row in rows for one in ([row] if isinstance(row, str) else row)}
    assert {"create-d", "archive-room"} <= named <= known


def test_the_list_is_paged_sorted_and_looked_through(person: Person) -> None:
    body = person.ok("GET", "v1/commands.list", {"count": 5, "offset": 20})
    assert [row["command"] for row in body["commands"]] == BUILT_IN[20:]
    assert (body["count"], body["offset"], body["total"]) == (3, 20, 23)
    names = [row["command"] for row in _listed(person, sort='{"command":-1}')]
    assert names == sorted(BUILT_IN, reverse=True)
    rows = _listed(person, sort='{"description":1,"command":-1}', fields='{"command":1}')
    assert [row["command"] for row in rows if row["command"] in ("leave", "part")] == [
        "part",
        "leave",
    ]
    assert rows[0] == {"command": "archive"}, "by what is said of it: `Archive`"
    assert {tuple(row) for row in rows} == {("command",)}
    assert all("permission" not in row for row in _listed(person, fields='{"permission":0}'))
    found = person.ok("GET", "v1/commands.list", {"query": '{"command":"kick"}'})
    assert ([row["command"] for row in found["commands"]], found["total"]) == (["kick"], 1)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({}, "You must provide a command to run."),
        ({"command": 1}, "You must provide a command to run."),
        ({"command": "help", "params": True}, MATCHED),
        ({"command": "help", "params": "params"}, RUNNING),
        ({"command": "help", "roomId": 7}, RUNNING),
        ({"command": "help", "roomId": "GENERAL", "tmid": True}, THREAD),
        ({"command": "invalid-command", "params": "params", "roomId": "GENERAL"}, UNKNOWN),
        ({"command": "tableflip", "roomId": "GENERAL", "tmid": "invalid"}, "Invalid thread."),
    ],
)
def test_what_a_command_is_run_with_is_checked_first(
    workspace: Workspace, given: Json, error: str
) -> None:
    fails(workspace.admin.post("v1/commands.run", given), error)


def test_what_is_typed_is_as_long_as_a_message_at_most(person: Person, rid: str) -> None:
    done(person, rid, f"/kick {'x' * 5000}")
    fails(
        typed(person, rid, f"/kick {'x' * 5001}"),
        "Message size exceeds Message_MaxAllowedSize",
        "error-message-size-exceeded",
        {"method": "slashCommand"},
    )


def test_a_thread_of_another_room_is_invalid(workspace: Workspace, person: Person) -> None:
    first, second = (workspace.channel(person)["_id"] for _ in range(2))
    message = sent(person, second)
    fails(typed(person, first, "/tableflip", tmid=message["_id"]), "Invalid thread.")
    typing = {"cmd": "me", "params": "hi", "msg": {"rid": first, "tmid": message["_id"]}}
    assert fault(person, workspace, "slashCommand", typing) == 500
    assert workspace.database["rocketchat_message"].count_documents({"rid": first}) == 0


def test_nobody_runs_a_command_in_a_room_that_is_closed_to_them(
    workspace: Workspace, person: Person
) -> None:
    closed = group(workspace.person())["_id"]
    unauthorized = {"success": False, "error": "unauthorized"}
    refused(typed(person, closed, "/me hi"), 403, unauthorized)
    assert fault(person, workspace, "slashCommand", _typing("me", closed)) == "error-not-allowed"
    assert workspace.database["rocketchat_message"].count_documents({"rid": closed}) == 0


def _typing(command: str, rid: str, **more: Any) -> Json:
    message = {"_id": fresh("m"), "rid": rid, "msg": f"/{command}"}
    return {"cmd": command, "params": "hi", "msg": message, **more}


@pytest.mark.parametrize(
    ("given", "code", "reason"),
    [
        ({}, "error-invalid-command", "Invalid Command Provided"),
        ({"cmd": "nothing"}, "error-invalid-command", "Invalid Command Provided"),
        ({"cmd": "ME"}, "error-invalid-command", "Invalid Command Provided"),
        (
            {"cmd": "me", "msg": {"_id": "1"}},
            "invalid-command-usage",
            "Executing a command requires at least a message with a room id.",
        ),
    ],
)
def test_over_ddp_a_command_needs_a_name_and_a_message_in_a_room(
    workspace: Workspace, person: Person, given: Json, code: str, reason: str
) -> None:
    error = invoke(workspace, person, "slashCommand", [given])["error"]
    assert (error["error"], error["reason"]) == (code, reason)


async def test_over_ddp_a_command_sends_the_message_that_was_typed(
    workspace: Workspace, person: Person, rid: str
) -> None:
    typing = _typing("me", rid, triggerId="x")
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(person.token)
        await client.sub("stream-room-messages", rid, False)
        assert set(await client.call("slashCommand", typing)) == {"msg", "id"}
        (message,) = await client.event("stream-room-messages", rid)
    assert (message["_id"], message["msg"]) == (typing["msg"]["_id"], "_hi_")


def test_a_message_that_begins_with_a_slash_is_a_message(person: Person, rid: str) -> None:
    assert sent(person, rid, "/archive")["msg"] == "/archive"


async def test_help_lists_the_shortcuts_to_who_asked_alone(
    workspace: Workspace, person: Person, rid: str
) -> None:
    other = workspace.person()
    other.ok("POST", "v1/channels.join", {"roomId": rid})
    async with listening(other) as theirs, listening(person) as client:
        done(person, rid, "/help")
        message = await notice(client, person)
        assert await notices(theirs, other) == []
    assert "`Shift + Enter` - New line in message compose input" in message["msg"].splitlines()
    assert (message["rid"], message["private"], message["groupable"]) == (rid, True, False)
    assert message["u"] == {"_id": "rocket.cat", "username": "rocket.cat"}
    assert workspace.database["rocketchat_message"].find_one({"_id": message["_id"]}) is None


def test_who_only_looks_into_a_public_channel_runs_commands_there_too(
    workspace: Workspace, rid: str
) -> None:
    done(workspace.person(), rid, "/HELP")


@pytest.mark.parametrize(
    ("verb", "given", "error"),
    [
        ("GET", {}, "You must provide a command to get the previews from."),
        (
            "GET",
            {"command": "help"},
            ROOM.format("the previews are being displayed"),
        ),
        ("GET", {"command": "nothing", "roomId": "GENERAL"}, UNKNOWN),
        ("POST", {}, "You must provide a command to run the preview item on."),
        (
            "POST",
            {"command": "help"},
            ROOM.format("the preview is being executed in"),
        ),
        (
            "POST",
            {"command": "help", "roomId": "GENERAL"},
            "The preview item being executed must be provided.",
        ),
        (
            "POST",
            {"command": "help", "roomId": "GENERAL", "previewItem": {"id": "1"}},
            "The preview item being executed is in the wrong format.",
        ),
    ],
)
def test_what_a_preview_is_asked_with_is_checked_first(
    workspace: Workspace, verb: str, given: Json, error: str
) -> None:
    path, admin = "v1/commands.preview", workspace.admin
    fails(admin.get(path, **given) if verb == "GET" else admin.post(path, given), error)


def test_previews_of_unknown_commands_are_told_apart(workspace: Workspace, person: Person) -> None:
    for method in ("getSlashCommandPreviews", "executeSlashCommandPreview"):
        reasons = [
            invoke(workspace, person, method, [{"cmd": name}])["error"]["reason"]
            for name in ("nothing", "help")
        ]
        assert reasons == ["Invalid Command Provided", "Command Does Not Provide Previews"]


def test_a_name_pattern_that_is_none_falls_back_to_the_usual(workspace: Workspace) -> None:
    person, name = workspace.person(), fresh("c")
    with setting(workspace, "UTF8_Channel_Names_Validation", "(["):
        typed(person, "GENERAL", f"/create {name}")
    typed(person, "GENERAL", f"/create {name}")
    rooms = workspace.database["rocketchat_room"]
    assert rooms.count_documents({"name": name}) == 1
