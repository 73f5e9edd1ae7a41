"""What nobody gets by way of a message: into others' threads, into others' names, past bounds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.people import direct
from tests.support.scene import fresh
from tests.support.settings import setting
from tests.support.talking import got, room_of, sent, stored, subscription
from tests.support.workspace import Json, Person, Workspace


@pytest.fixture
def people(workspace: Workspace) -> list[Person]:
    return [workspace.person() for _ in range(2)]


@pytest.fixture
def rid(workspace: Workspace, people: list[Person]) -> str:
    return str(workspace.channel(*people)["_id"])


def post(person: Person, **given: Any) -> Any:
    return person.post("v1/chat.postMessage", given)


def iso(moment: Any) -> str:
    return str(moment.isoformat())


def test_cleaning_from_a_later_to_an_earlier_moment_deletes_nothing(
    workspace: Workspace, people: list[Person], rid: str
) -> None:
    message = sent(people[0], rid)
    now = workspace.runtime.clock.now()
    span = {"oldest": iso(now + timedelta(days=1)), "latest": iso(now - timedelta(days=1))}
    given = {"roomId": rid, "inclusive": True, **span}
    assert workspace.admin.ok("POST", "v1/rooms.cleanHistory", given)["count"] == 0
    assert stored(workspace, message["_id"])


def test_posting_into_a_thread_of_another_room_is_refused(
    workspace: Workspace, people: list[Person], rid: str
) -> None:
    private = people[1].ok("POST", "v1/groups.create", {"name": fresh("p")})["group"]
    first = sent(people[1], private["_id"])
    answer = post(people[0], roomId=rid, text="in", tmid=first["_id"])
    assert (answer.status_code, answer.json()["errorType"]) == (400, "error-not-allowed")
    assert "tcount" not in (stored(workspace, first["_id"]) or {})


def test_an_imported_reply_in_another_room_neither_shows_nor_changes_the_thread(
    workspace: Workspace, people: list[Person], rid: str
) -> None:
    private = people[1].ok("POST", "v1/groups.create", {"name": fresh("p")})["group"]
    first = sent(people[1], private["_id"])
    sent(people[1], private["_id"], "a reply", tmid=first["_id"])
    stray = sent(people[0], rid, "stray")
    rows = workspace.database["rocketchat_message"]
    rows.update_one({"_id": stray["_id"]}, {"$set": {"tmid": first["_id"]}})
    listed = people[1].ok("GET", "v1/chat.getThreadMessages", {"tmid": first["_id"]})
    assert [one["msg"] for one in listed["messages"]] == ["a reply"]
    answer = people[0].post("v1/chat.followMessage", {"mid": stray["_id"]})
    assert answer.status_code == 400
    people[0].ok("POST", "v1/chat.delete", {"roomId": rid, "msgId": stray["_id"]})
    after = stored(workspace, first["_id"]) or {}
    assert (after["tcount"], after["replies"]) == (1, [people[1].id])


def test_a_post_in_reply_to_a_reply_is_one_of_the_thread_and_an_empty_thread_is_none(
    workspace: Workspace, people: list[Person], rid: str
) -> None:
    first = sent(people[0], rid)
    reply = sent(people[1], rid, tmid=first["_id"])
    nested = post(people[0], roomId=rid, text="nested", tmid=reply["_id"]).json()["message"]
    assert nested["tmid"] == first["_id"]
    plain = post(people[0], roomId=rid, text="plain", tmid="").json()["message"]
    assert "tmid" not in plain
    assert room_of(workspace, rid)["lastMessage"]["_id"] == plain["_id"]


def test_encrypted_replies_are_counted(
    workspace: Workspace, people: list[Person], rid: str
) -> None:
    first = sent(people[0], rid, "c", t="e2e")
    sent(people[1], rid, "d", t="e2e", tmid=first["_id"])
    workspace.settle()
    assert got(people[0], first["_id"])["tcount"] == 1
    assert subscription(workspace, people[0], rid)["tunread"] == [first["_id"]]


def test_an_author_follows_their_thread_though_someone_followed_before_any_reply(
    workspace: Workspace, people: list[Person], rid: str
) -> None:
    first = sent(people[0], rid)
    people[1].ok("POST", "v1/chat.followMessage", {"mid": first["_id"]})
    sent(people[1], rid, tmid=first["_id"])
    workspace.settle()
    assert sorted(got(people[0], first["_id"])["replies"]) == sorted(one.id for one in people)


def test_who_stops_following_a_thread_has_nothing_unread_in_it(
    workspace: Workspace, people: list[Person], rid: str
) -> None:
    first = sent(people[0], rid)
    sent(people[1], rid, tmid=first["_id"])
    workspace.settle()
    assert subscription(workspace, people[0], rid)["tunread"] == [first["_id"]]
    people[0].ok("POST", "v1/chat.unfollowMessage", {"mid": first["_id"]})
    assert not subscription(workspace, people[0], rid).get("tunread")


def test_everyone_is_not_called_in_an_encrypted_message_without_the_permission(
    workspace: Workspace, people: list[Person]
) -> None:
    owner, member = people
    room = workspace.channel(owner, member)
    given = {
        "rid": room["_id"],
        "msg": "c",
        "t": "e2e",
        "e2eMentions": {"e2eUserMentions": ["@all"]},
    }
    with setting(workspace, "Message_MaxAll", 1):
        message = owner.ok("POST", "v1/chat.sendMessage", {"message": given})["message"]
    assert message["mentions"] == []


def test_off_the_record_is_for_two_and_never_under_a_known_id(
    workspace: Workspace, people: list[Person], rid: str
) -> None:
    def otr(room: str, **more: Any) -> Any:
        message = {"rid": room, "msg": "x", "t": "otr", **more}
        return people[0].post("v1/chat.sendMessage", {"message": message})

    pair = direct(workspace, *people)["_id"]
    known = sent(people[1], pair)
    assert otr(pair).status_code == 200
    for answer in (otr(rid), otr(pair, _id=known["_id"])):
        assert (answer.status_code, answer.json()["errorType"]) == (400, "error-not-allowed")
    with setting(workspace, "OTR_Enable", False):
        assert otr(pair).status_code == 400


@pytest.mark.parametrize(
    "address", ["java\tscript:alert(1)", "\x01javascript:alert(1)", " JaVaScRiPt:alert(1)"]
)
def test_an_address_that_runs_is_refused_however_deep_it_stands(
    people: list[Person], rid: str, address: str
) -> None:
    for attachment in ({"title_link": address}, {"attachments": [{"title_link": address}]}):
        assert post(people[0], roomId=rid, attachments=[attachment]).status_code == 400


@pytest.mark.parametrize("written", ["http://me@{}", "HTTP://{}"])
def test_a_forged_quote_stays_out_whatever_way_its_address_is_written(
    workspace: Workspace, people: list[Person], rid: str, written: str
) -> None:
    """By its host and port, not to the letter."""
    host = workspace.runtime.environment.root_url.split("//")[1].rstrip("/")
    link = f"{written.format(host)}/channel/general?msg=anything"
    quote: Json = {"message_link": link, "author_name": "boss", "text": "never said"}
    message = post(people[0], roomId=rid, text="x", attachments=[quote]).json()["message"]
    assert message.get("attachments", []) == []


def test_a_search_far_beyond_what_there_is_finds_nothing(people: list[Person], rid: str) -> None:
    sent(people[0], rid, "needle")
    for offset in (1, 10_001, 10**12, 2**63):
        given = {"roomId": rid, "searchText": "needle", "offset": offset}
        answer = people[0].get("v1/chat.search", **given)
        assert (answer.status_code, answer.json()["messages"]) == (200, [])


def test_what_is_shown_as_deleted_keeps_nothing_that_could_be_read(
    workspace: Workspace, people: list[Person], rid: str
) -> None:
    content = {"algorithm": "rc.v1.aes-sha2", "ciphertext": "x"}
    message = sent(people[0], rid, "c", t="e2e", content=content)
    with setting(workspace, "Message_ShowDeletedStatus", True):
        people[0].ok("POST", "v1/chat.delete", {"roomId": rid, "msgId": message["_id"]})
    after = stored(workspace, message["_id"]) or {}
    assert after["t"] == "rm"
    assert "content" not in after


def test_a_thread_whose_replies_are_shown_as_deleted_is_none(
    workspace: Workspace, people: list[Person], rid: str
) -> None:
    first = sent(people[0], rid)
    reply = sent(people[1], rid, tmid=first["_id"])
    workspace.settle()
    with setting(workspace, "Message_ShowDeletedStatus", True):
        people[1].ok("POST", "v1/chat.delete", {"roomId": rid, "msgId": reply["_id"]})
    workspace.settle()
    assert "tcount" not in got(people[0], first["_id"])


def test_replies_whose_thread_is_gone_are_told_as_changed(
    workspace: Workspace, people: list[Person], rid: str
) -> None:
    first = sent(people[0], rid)
    reply = sent(people[1], rid, tmid=first["_id"])
    workspace.settle()
    since = workspace.runtime.clock.now()
    people[0].ok("POST", "v1/chat.delete", {"roomId": rid, "msgId": first["_id"]})
    given = {"roomId": rid, "lastUpdate": iso(since)}
    result = people[1].ok("GET", "v1/chat.syncMessages", given)["result"]
    assert [one["_id"] for one in result["updated"]] == [reply["_id"]]
    assert "tmid" not in result["updated"][0]


def test_a_post_to_several_that_one_refuses_makes_no_direct_room(
    workspace: Workspace, people: list[Person]
) -> None:
    answer = post(people[0], channel=[f"@{people[1].username}", fresh("nowhere")], text="x")
    assert answer.status_code == 400
    rooms = workspace.database["rocketchat_room"]
    assert rooms.find_one({"uids": {"$all": [one.id for one in people]}}) is None


def test_reports_of_a_message_come_in_the_order_asked_for(
    workspace: Workspace, people: list[Person], rid: str
) -> None:
    message = sent(people[0], rid)
    for text in ("first", "second"):
        given = {"messageId": message["_id"], "description": text}
        people[1].ok("POST", "v1/chat.reportMessage", given)
    for order, texts in ((1, ["first", "second"]), (-1, ["second", "first"])):
        given = {"msgId": message["_id"], "sort": f'{{"ts":{order}}}'}
        listed = workspace.admin.ok("GET", "v1/moderation.reports", given)["reports"]
        assert [one["description"] for one in listed] == texts
