"""Slash commands that say something."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.commands import done, listening, notice, told, typed
from tests.support.counting import Commands
from tests.support.people import fails, stored
from tests.support.rooms import change
from tests.support.scene import without
from tests.support.settings import setting
from tests.support.talking import sent
from tests.support.workspace import Json, Person, Workspace


def _last(workspace: Workspace, rid: str) -> Json:
    rows = workspace.database["rocketchat_message"].find({"rid": rid})
    return dict(next(iter(rows.sort("ts", -1).limit(1)), {}))


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("/gimme cake", "༼ つ ◕_◕ ༽つ cake"),
        ("/lennyface hm", "hm ( ͡° ͜ʖ ͡°)"),
        ("/shrug well", r"well ¯\\_(ツ)_/¯"),
        ("/tableflip no", "no (╯°□°）╯︵ ┻━┻"),  # noqa: RUF001 - drawn, not written
        ("/unflip sorry", "sorry ┬─┬ ノ( ゜-゜ノ)"),  # noqa: RUF001 - the same
        ("/me waves", "_waves_"),
        ("/gimme {0.caller}", "༼ つ ◕_◕ ༽つ {0.caller}"),
    ],
)
def test_what_is_said_is_said_by_who_typed_it(workspace: Workspace, line: str, text: str) -> None:
    person = workspace.person()
    rid = workspace.channel(person)["_id"]
    done(person, rid, line)
    message = _last(workspace, rid)
    assert (message["msg"], message["u"]["_id"]) == (text, person.id)


def test_a_command_that_speaks_costs_one_look_at_the_room_more_than_a_message(
    new_workspace: Callable[..., Workspace],
) -> None:
    commands = Commands()
    workspace = new_workspace(listeners=(commands,))
    rid = workspace.channel(workspace.admin)["_id"]
    done(workspace.admin, rid, "/me warms up")
    workspace.settle()
    commands.reset()
    done(workspace.admin, rid, "/me waves")
    look, count = "aggregate rocketchat_subscription", "findAndModify rocketchat_room"
    assert commands.seen[:6] == [
        *("aggregate users", look, look, count),
        *("insert rocketchat_message", count),
    ]


def test_a_command_in_a_thread_answers_there(workspace: Workspace) -> None:
    person = workspace.person()
    rid = workspace.channel(person)["_id"]
    tmid = sent(person, rid)["_id"]
    done(person, rid, "/tableflip params", tmid=tmid)
    assert _last(workspace, rid)["tmid"] == tmid


def test_me_without_words_says_nothing(workspace: Workspace) -> None:
    person = workspace.person()
    rid = workspace.channel(person)["_id"]
    done(person, rid, "/me  ")
    assert _last(workspace, rid) == {}


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"archived": True}, "room_is_archived"),
        ({"ro": True}, "You can't send messages because the room is readonly."),
    ],
)
async def test_where_one_may_not_write_a_command_says_nothing_and_why(
    workspace: Workspace, fields: Json, error: str
) -> None:
    member, rid = _member(workspace)
    change(workspace, rid, **fields)
    async with listening(member) as client:
        fails(typed(member, rid, "/shrug"), error)
        assert (await notice(client, member))["msg"] == error
    assert _last(workspace, rid) == {}


def _member(workspace: Workspace) -> tuple[Person, str]:
    member = workspace.person()
    return member, str(workspace.channel(workspace.person(), member)["_id"])


async def test_msg_speaks_to_someone_alone(workspace: Workspace) -> None:
    person, other = workspace.person(), workspace.person()
    done(person, "GENERAL", f"/msg @{other.username} are you there?")
    rid = "".join(sorted([person.id, other.id]))
    assert _last(workspace, rid)["msg"] == "are you there?"
    empty = "Username and message must not be empty."
    for line in ("/msg", f"/msg @{other.username}"):
        assert await told(person, "GENERAL", line) == empty
    unknown = "The username `@nobody-at-all` doesn't exist."
    assert await told(person, "GENERAL", "/msg @nobody-at-all hi") == unknown


def test_msg_needs_the_permission_to_begin_a_talk(workspace: Workspace) -> None:
    person, other = workspace.person(), workspace.person()
    with without(workspace, "create-d", "user"):
        answer = typed(person, "GENERAL", f"/msg @{other.username} hi")
    assert answer.json()["errorType"] == "error-not-allowed"
    rows = workspace.database["rocketchat_subscription"]
    assert rows.count_documents({"u._id": person.id, "t": "d"}) == 0


async def test_status_sets_ones_status_text(workspace: Workspace) -> None:
    person = workspace.person()
    rid = workspace.channel(person)["_id"]
    assert await told(person, rid, "/status at lunch") == "Status message changed successfully."
    assert stored(workspace, person.id)["statusText"] == "at lunch"
    off = "Your administrator has disabled the changing of status messages"
    with setting(workspace, "Accounts_AllowUserStatusMessageChange", False):
        async with listening(person) as client:
            answer = typed(person, rid, "/status back")
            assert (await notice(client, person))["msg"] == off
    assert answer.json()["errorType"] == "error-not-allowed"
    assert stored(workspace, person.id)["statusText"] == "at lunch"
