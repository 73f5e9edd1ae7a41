"""End-to-end encryption and off-the-record talk: handed on untouched, never read."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.ddp import Ddp
from tests.support.people import direct, fails
from tests.support.scene import invoke
from tests.support.settings import setting
from tests.support.talking import got, room_of, sent, stored, subscription
from tests.support.workspace import Json, Person, Workspace

KEYS: Json = {"public_key": "public", "private_key": "encrypted"}


@pytest.fixture
def people(workspace: Workspace) -> list[Person]:
    return [workspace.person() for _ in range(2)]


def set_keys(person: Person, **more: Any) -> Any:
    return person.post("v1/e2e.setUserPublicAndPrivateKeys", {**KEYS, **more})


def test_keys_are_kept_for_their_owner_alone(workspace: Workspace, people: list[Person]) -> None:
    ann, bea = people
    assert ann.ok("GET", "v1/e2e.fetchMyKeys") == {"success": True}
    assert set_keys(ann).json() == {"success": True}
    assert ann.ok("GET", "v1/e2e.fetchMyKeys") == {**KEYS, "success": True}
    details = {"method": "e2e.setUserPublicAndPrivateKeys"}
    fails(set_keys(ann), "Keys already set", "error-keys-already-set", details)
    assert set_keys(ann, force=True, public_key="other").status_code == 200
    assert invoke(workspace, ann, "e2e.fetchMyKeys", [])["result"]["public_key"] == "other"
    assert bea.ok("GET", "v1/e2e.fetchMyKeys") == {"success": True}


async def test_room_keys_travel_from_member_to_member(
    workspace: Workspace, people: list[Person]
) -> None:
    ann, bea = people
    rid = workspace.channel(ann, bea)["_id"]
    ann.ok("POST", "v1/e2e.setRoomKeyID", {"rid": rid, "keyID": "key-1"})
    details = {"method": "e2e.setRoomKeyID"}
    again = ann.post("v1/e2e.setRoomKeyID", {"rid": rid, "keyID": "key-2"})
    code = "error-room-e2e-key-already-exists"
    fails(again, "E2E Key ID already exists", code, details)
    ann.ok("POST", "v1/e2e.updateGroupKey", {"rid": rid, "uid": ann.id, "key": "for ann"})
    assert subscription(workspace, ann, rid)["E2EKey"] == "for ann"
    set_keys(bea)
    assert [one["userId"] for one in room_of(workspace, rid)["usersWaitingForE2EKeys"]] == [bea.id]
    without = ann.ok("GET", "v1/e2e.getUsersOfRoomWithoutKey", {"rid": rid})["users"]
    assert without == [{"_id": bea.id, "e2e": {"public_key": "public"}}]
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(ann.token)
        await client.sub("stream-notify-room", f"{rid}/e2e.keyRequest", False)
        assert invoke(workspace, bea, "e2e.requestSubscriptionKeys", []) == {"result": True}
        assert await client.event("stream-notify-room", f"{rid}/e2e.keyRequest") == ["key-1"]
    with setting(workspace, "E2E_Enable", True):
        given = {"roomIds": [rid, "elsewhere"]}
        waiting = ann.ok("GET", "v1/e2e.fetchUsersWaitingForGroupKey", given)
    assert waiting["usersWaitingForE2EKeys"] == {rid: [{"_id": bea.id, "public_key": "public"}]}
    provided = {rid: [{"_id": bea.id, "key": "for bea"}], "elsewhere": []}
    body = {"usersSuggestedGroupKeys": provided}
    ann.ok("POST", "v1/e2e.provideUsersSuggestedGroupKeys", body)
    assert subscription(workspace, bea, rid)["E2ESuggestedKey"] == "for bea"
    assert room_of(workspace, rid)["usersWaitingForE2EKeys"] == []
    bea.ok("POST", "v1/e2e.acceptSuggestedGroupKey", {"rid": rid})
    row = subscription(workspace, bea, rid)
    assert (row["E2EKey"], "E2ESuggestedKey" in row) == ("for bea", False)
    none = bea.post("v1/e2e.rejectSuggestedGroupKey", {"rid": rid})
    assert none.json()["errorType"] == "error-no-suggested-key-available"


def test_a_suggested_key_may_be_turned_down(workspace: Workspace, people: list[Person]) -> None:
    ann, bea = people
    rid = workspace.channel(ann, bea)["_id"]
    ann.ok("POST", "v1/e2e.updateGroupKey", {"rid": rid, "uid": bea.id, "key": "wrong"})
    assert subscription(workspace, bea, rid)["E2ESuggestedKey"] == "wrong"
    bea.ok("POST", "v1/e2e.rejectSuggestedGroupKey", {"rid": rid})
    row = subscription(workspace, bea, rid)
    assert not {"E2EKey", "E2ESuggestedKey"} & set(row)


def test_nobody_outside_touches_a_rooms_keys(workspace: Workspace, people: list[Person]) -> None:
    ann, stranger = people
    rid = workspace.channel(ann)["_id"]
    for path, more in (("setRoomKeyID", {"keyID": "x"}), ("acceptSuggestedGroupKey", {})):
        refused = stranger.post(f"v1/e2e.{path}", {"rid": rid, **more})
        assert refused.json()["errorType"] == "error-invalid-room"
    body = {"usersSuggestedGroupKeys": {rid: [{"_id": ann.id, "key": "forged"}]}}
    stranger.ok("POST", "v1/e2e.provideUsersSuggestedGroupKeys", body)
    assert "E2ESuggestedKey" not in subscription(workspace, ann, rid)


def test_encrypted_messages_pass_untouched_and_plain_ones_by_choice(
    workspace: Workspace, people: list[Person]
) -> None:
    ann, _ = people
    rid = workspace.channel(ann)["_id"]
    rooms = workspace.database["rocketchat_room"]
    rooms.update_one({"_id": rid}, {"$set": {"encrypted": True}})
    given = {"t": "e2e", "msg": "c2VjcmV0 https://a.example @all", "e2e": "pending"}
    message = sent(ann, rid, given.pop("msg"), **given)
    assert (message["t"], message["msg"], message["e2e"], message["mentions"]) == (
        "e2e",
        "c2VjcmV0 https://a.example @all",
        "pending",
        [],
    )
    assert got(ann, message["_id"])["msg"] == message["msg"]
    with setting(workspace, "E2E_Allow_Unencrypted_Messages", False):
        plain = ann.post("v1/chat.sendMessage", {"message": {"rid": rid, "msg": "plain"}})
        text = "Not allowed to send un-encrypted messages in an encrypted room"
        fails(plain, text, "error-not-allowed", {"method": "sendMessage"})
    with setting(workspace, "E2E_Allow_Unencrypted_Messages", True):
        assert sent(ann, rid, "plain")["msg"] == "plain"


async def test_what_is_said_off_the_record_is_stored_nowhere(
    workspace: Workspace, people: list[Person]
) -> None:
    ann, bea = people
    rid = direct(workspace, ann, bea)["_id"]
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(bea.token)
        await client.sub("stream-room-messages", rid, False)
        message = sent(ann, rid, "encrypted", t="otr")
        args = await client.event("stream-room-messages", rid)
        assert (args[0]["_id"], args[0]["msg"]) == (message["_id"], "encrypted")
        assert (args[1]["_id"], args[2]["_id"]) == (ann.id, rid)
    assert stored(workspace, message["_id"]) is None
    assert room_of(workspace, rid)["msgs"] == 0
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(ann.token)
        await client.sub("stream-room-messages", rid, False)
        now = workspace.runtime.clock.now()
        given = {**message, "ts": now, "_updatedAt": now}
        assert invoke(workspace, bea, "updateOTRAck", [{"message": given, "ack": "yes"}]) == {}
        (told,) = await client.event("stream-room-messages", rid)
        assert (told["_id"], told["otrAck"]) == (message["_id"], "yes")


def test_what_the_system_says_of_such_talk_is_forgotten_with_it(
    workspace: Workspace, people: list[Person]
) -> None:
    ann, bea = people
    rid = direct(workspace, ann, bea)["_id"]
    kept = sent(ann, rid, "kept")
    ann.ok("POST", "v1/chat.otr", {"roomId": rid, "type": "user_joined_otr"})
    refresh = [rid, bea.username, "user_requested_otr_key_refresh"]
    assert invoke(workspace, bea, "sendSystemMessages", refresh) == {}
    rows = workspace.database["rocketchat_message"]
    assert rows.count_documents({"rid": rid, "t": {"$exists": True}}) == 2
    assert invoke(workspace, bea, "deleteOldOTRMessages", [rid]) == {}
    assert [row["_id"] for row in rows.find({"rid": rid})] == [kept["_id"]]
    forged = ann.post("v1/chat.otr", {"roomId": rid, "type": "room_changed_topic"})
    assert forged.json()["errorType"] == "error-invalid-params"
