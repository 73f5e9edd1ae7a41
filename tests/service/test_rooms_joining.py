"""Coming into a channel that asks for a code, whichever way."""

from __future__ import annotations

import pytest

from tests.support.people import fails
from tests.support.rooms import members_of, said_in
from tests.support.scene import changes, snapshot
from tests.support.workspace import Json, Person, Workspace


@pytest.fixture
def coded(workspace: Workspace) -> tuple[Person, Json]:
    """A channel with the code `sesame`, and its owner."""
    owner = workspace.person()
    room = workspace.channel(owner)
    owner.ok("POST", "v1/channels.setJoinCode", {"roomId": room["_id"], "joinCode": "sesame"})
    return owner, room


def test_posting_into_a_channel_does_not_get_around_its_code(
    workspace: Workspace, coded: tuple[Person, Json]
) -> None:
    person, (_, room) = workspace.person(), coded
    plain = workspace.channel(workspace.person())
    before = snapshot(workspace)
    for channel in (room["_id"], f"#{room['name']}", [plain["_id"], room["_id"]]):
        answer = person.post("v1/chat.postMessage", {"channel": channel, "text": "hi"})
        fails(answer, "Code required", "error-code-required", {"method": "joinRoom"})
    assert not changes(workspace, before)


def test_who_knows_the_code_or_needs_none_comes_in(
    workspace: Workspace, coded: tuple[Person, Json]
) -> None:
    person, (_, room) = workspace.person(), coded
    given = {"roomId": room["_id"], "joinCode": "wrong"}
    details = {"method": "joinRoom"}
    answer = person.post("v1/channels.join", given)
    fails(answer, "Invalid Room Password", "error-code-invalid", details)
    person.ok("POST", "v1/channels.join", {**given, "joinCode": "sesame"})
    person.ok("POST", "v1/chat.postMessage", {"channel": room["_id"], "text": "hi"})
    # Admins have join-without-join-code.
    workspace.admin.ok("POST", "v1/chat.postMessage", {"channel": room["_id"], "text": "hi"})
    assert {person.id, workspace.admin.id} < members_of(workspace, room["_id"])


def test_an_invite_asks_for_no_code(workspace: Workspace, coded: tuple[Person, Json]) -> None:
    guest, (owner, room) = workspace.person(), coded
    asked = {"rid": room["_id"], "days": 1, "maxUses": 1}
    token = owner.ok("POST", "v1/findOrCreateInvite", asked)["_id"]
    guest.ok("POST", "v1/useInviteToken", {"token": token})
    assert ("uj", guest.username, guest.username) in said_in(workspace, room["_id"])
