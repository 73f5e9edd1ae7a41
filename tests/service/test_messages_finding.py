"""Finding messages: searching, what changed, history by time, single ones."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest

from contrail.shapes.wirejson import iso_date
from functions.messaging.patterns import harmless
from tests.support.people import fails
from tests.support.scene import invoke
from tests.support.settings import setting
from tests.support.talking import sent, stored
from tests.support.workspace import Json, Person, Workspace


@pytest.fixture
def person(workspace: Workspace) -> Person:
    return workspace.person()


@pytest.fixture
def rid(workspace: Workspace, person: Person) -> str:
    return str(workspace.channel(person)["_id"])


def search(person: Person, rid: str, text: str, **more: Any) -> list[str]:
    given = {"roomId": rid, "searchText": text, **more}
    rows = person.ok("GET", "v1/chat.search", given)["messages"]
    return [row["msg"] for row in rows if "t" not in row]


def test_searching_finds_messages_page_by_page(person: Person, rid: str) -> None:
    for number in range(5):
        sent(person, rid, f"msg1 number {number}")
    sent(person, rid, "something else")
    every = [f"msg1 number {number}" for number in (4, 3, 2, 1, 0)]
    assert search(person, rid, "msg1") == every
    assert search(person, rid, "msg1", count=1) == every[:1]
    assert search(person, rid, "msg1", offset=1, count=3) == every[1:4]
    assert search(person, rid, "msg1", offset=3000, count=3) == []
    refused = person.get("v1/chat.search", roomId=rid)
    text = 'The required "searchText" query param is missing.'
    fails(refused, text, "error-searchText-param-not-provided")


def test_searching_understands_words_and_filters(
    workspace: Workspace, person: Person, rid: str
) -> None:
    other = workspace.person()
    other.ok("POST", "v1/channels.join", {"roomId": rid})
    apple, pear = sent(person, rid, "An apple (red.)"), sent(other, rid, "a green pear")
    both = sent(other, rid, "apple and pear https://example.com")
    person.ok("POST", "v1/chat.starMessage", {"messageId": pear["_id"]})
    person.ok("POST", "v1/chat.pinMessage", {"messageId": apple["_id"]})
    day = timedelta(days=1)
    today = workspace.runtime.clock.now()
    expected = {
        "APPLE": [both, apple],
        "pear apple": [both],
        '"green pear"': [pear],
        "pear -apple": [pear],
        "(red.)": [apple],
        ".": [both, apple],
        f"from:{other.username}": [both, pear],
        "from:me": [apple],
        "has:star": [pear],
        "has:pin": [apple],
        "has:url": [both],
        "apple order:asc": [apple, both],
        f"pear after:{today + day:%Y-%m-%d}": [],
        f"pear before:{today:%Y-%m-%d}": [],
        f"apple on:{today:%d/%m/%Y}": [both, apple],
        "has:nothing": [],
    }
    for text, rows in expected.items():
        assert (text, search(person, rid, text)) == (text, [row["msg"] for row in rows])
    outcome = invoke(workspace, person, "messageSearch", ["pear", rid, 1])["result"]
    assert [row["_id"] for row in outcome["message"]["docs"]] == [both["_id"]]


def test_patterns_between_slashes_are_searched_for(person: Person, rid: str) -> None:
    for text in ("room 101", "Room 7", "no number"):
        sent(person, rid, text)
    assert search(person, rid, r"/room \d+/") == ["Room 7", "room 101"]
    assert search(person, rid, r"/^room \d{3}$/i") == ["room 101"]
    assert search(person, rid, "/number|7/") == ["no number", "Room 7"]
    assert search(person, rid, r"room \d+") == [], "without slashes it is text"


def test_a_workspace_may_take_every_search_for_a_pattern(
    workspace: Workspace, person: Person, rid: str
) -> None:
    sent(person, rid, "room 101")
    with setting(workspace, "Message_AlwaysSearchRegExp", True):
        assert search(person, rid, r"room \d+") == ["room 101"]


HOSTILE = ["(a+)+$", "(a|a)*$", "(a|aa)+$", "a*a*a*b", "(.*)*x", "(a{0,50}){20}x"]
HOSTILE += [
    "(?:a?){25}a{25}",
    r"(a)\1*b",
    "(?=a*)b",
    "(a" * 99,
    "[[a]]",
    "a" * 201,
    "((((a+)+)+)+)+$",
]


@pytest.mark.parametrize("pattern", HOSTILE)
def test_a_hostile_pattern_is_never_run(person: Person, rid: str, pattern: str) -> None:
    sent(person, rid, "a" * 4_000 + "!")
    started = time.monotonic()
    assert search(person, rid, f"/{pattern}/") == []
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("pattern", ["foo.*bar", "colou?r", r"^\d{1,3}\.\d{1,3}$", "(a|b) ?c"])
def test_patterns_as_people_write_them_are_run(pattern: str) -> None:
    assert harmless(pattern, 0) is not None


def test_searching_everywhere_is_the_workspaces_choice(
    workspace: Workspace, person: Person, rid: str
) -> None:
    other = workspace.person()
    hidden = workspace.channel(other)["_id"]
    workspace.database["rocketchat_room"].update_one({"_id": hidden}, {"$set": {"t": "p"}})
    word = f"needle{rid.lower()}"
    mine = sent(person, rid, word)
    sent(other, hidden, word)

    def everywhere() -> list[str]:
        outcome = invoke(workspace, person, "messageSearch", [word])["result"]
        return [row["_id"] for row in outcome["message"]["docs"]]

    assert everywhere() == []
    # A setting that workspaces bring along: new ones have none of that name.
    rows, versions = (
        workspace.database[name] for name in ("rocketchat_settings", "contrail_versions")
    )
    given = {"_id": "Search.defaultProvider.GlobalSearchEnabled", "value": True}
    rows.insert_one(dict(given))
    versions.update_one({"_id": "settings"}, {"$inc": {"n": 1}}, upsert=True)
    assert everywhere() == [mine["_id"]]
    rows.delete_one({"_id": given["_id"]})
    versions.update_one({"_id": "settings"}, {"$inc": {"n": 1}})


def sync(person: Person, rid: str, **given: Any) -> Json:
    result: Json = person.ok("GET", "v1/chat.syncMessages", {"roomId": rid, **given})["result"]
    return result


def test_what_changed_since_a_moment_is_listed_with_what_went(
    workspace: Workspace, person: Person, rid: str
) -> None:
    old, edited, gone = (sent(person, rid, text) for text in ("old", "edited", "gone"))
    since = iso_date(workspace.runtime.clock.now())
    new = sent(person, rid, "new")
    person.ok("POST", "v1/chat.update", {"roomId": rid, "msgId": edited["_id"], "text": "x"})
    person.ok("POST", "v1/chat.delete", {"roomId": rid, "msgId": gone["_id"]})
    result = sync(person, rid, lastUpdate=since)
    assert [row["_id"] for row in result["updated"]] == [new["_id"], edited["_id"]]
    assert [row["_id"] for row in result["deleted"]] == [gone["_id"]]
    every = sync(person, rid, lastUpdate="2020-01-01")
    assert {row["_id"] for row in every["updated"]} == {old["_id"], new["_id"], edited["_id"]}


@pytest.mark.parametrize("kind", ["UPDATED", "DELETED"])
def test_cursors_lead_through_every_change_once_and_back(
    workspace: Workspace, person: Person, rid: str, kind: str
) -> None:
    mids = [sent(person, rid, str(number))["_id"] for number in range(7)]
    if kind == "DELETED":
        for mid in mids:
            person.ok("POST", "v1/chat.delete", {"roomId": rid, "msgId": mid})
    key, seen, pages, cursor = kind.lower(), [], [], "1"
    while cursor:
        page = sync(person, rid, type=kind, next=cursor, count=3)
        pages.append(page)
        seen += [row["_id"] for row in page[key]]
        cursor = page["cursor"]["next"]
    assert seen == mids
    assert [len(page[key]) for page in pages] == [3, 3, 1]
    back = sync(person, rid, type=kind, previous=pages[1]["cursor"]["previous"], count=3)
    assert [row["_id"] for row in back[key]] == mids[:3]


def test_what_syncing_asks_for(person: Person, rid: str) -> None:
    def refused(**given: Any) -> Any:
        return person.get("v1/chat.syncMessages", roomId=rid, **given).json().get("errorType")

    assert refused() == "error-param-required"
    assert refused(type="OTHER") == "error-type-param-not-supported"
    assert refused(type="UPDATED", next="1", previous="2") == "error-cursor-conflict"
    both = refused(type="UPDATED", next="1", lastUpdate="2020-01-01")
    assert both == "error-cursor-and-lastUpdate-conflict"
    assert refused(lastUpdate="never") == "error-lastUpdate-param-invalid"
    assert refused(type="UPDATED", next="soon") == "error-invalid-cursor"


def test_history_is_loaded_from_any_point(workspace: Workspace, person: Person, rid: str) -> None:
    rows = [stored(workspace, sent(person, rid, str(n))["_id"]) or {} for n in range(7)]
    times = [row["ts"] for row in rows]

    def call(method: str, *params: Any) -> Any:
        return invoke(workspace, person, method, list(params)).get("result")

    def said(found: list[Json]) -> str:
        return "".join(row["msg"] for row in found)

    assert said(call("loadMissedMessages", rid, times[4])) == "65"
    assert said(call("loadMissedMessages", rid, times[0] - timedelta(hours=1))) == "6543210"
    assert said(call("loadNextMessages", rid, times[1], 3)["messages"]) == "234"
    assert said(call("loadNextMessages", rid, None, 2)["messages"]) == "56"
    around = call("loadSurroundingMessages", {"_id": rows[3]["_id"], "rid": rid}, 5)
    assert (said(around["messages"]), around["moreBefore"], around["moreAfter"]) == (
        "21345",
        True,
        True,
    )
    whole = call("loadSurroundingMessages", {"_id": rows[6]["_id"], "rid": rid}, 50)
    assert (said(whole["messages"]), whole["moreBefore"], whole["moreAfter"]) == (
        "5432106",
        False,
        False,
    )
    assert call("loadSurroundingMessages", {"_id": "none", "rid": rid}) is False
    stretch = {"latestDate": times[5], "oldestDate": times[1]}
    assert said(call("messages/get", rid, stretch)["messages"]) == "432"
    inclusive = call("messages/get", rid, {**stretch, "inclusive": True, "count": 2})
    assert said(inclusive["messages"]) == "54"


def test_a_missing_room_is_an_error_to_who_missed_messages(
    workspace: Workspace, person: Person
) -> None:
    now = workspace.runtime.clock.now()
    error = invoke(workspace, person, "loadMissedMessages", ["", now])["error"]
    assert error["error"] == "error-invalid-room"
    failed = invoke(workspace, person, "loadMissedMessages", ["x"])["error"]
    assert failed["sanitizedError"]["error"] == 400


def test_messages_are_got_by_their_ids_from_open_rooms_alone(
    workspace: Workspace, person: Person, rid: str
) -> None:
    one, two = sent(person, rid), sent(person, rid)
    both = invoke(workspace, person, "getMessages", [[one["_id"], two["_id"]]])["result"]
    assert {row["_id"] for row in both} == {one["_id"], two["_id"]}
    stranger = workspace.person()
    workspace.database["rocketchat_room"].update_one({"_id": rid}, {"$set": {"t": "p"}})
    for method, params in (("getMessages", [[one["_id"]]]), ("getSingleMessage", [one["_id"]])):
        error = invoke(workspace, stranger, method, params)["error"]
        assert error["error"] == "error-not-allowed"
    assert invoke(workspace, person, "getSingleMessage", ["none"]) == {}


@pytest.mark.parametrize(
    ("text", "found"), [("to", 2), ("create", 1), ("MESSAGE", 1), (" ", 2), ("", 2), ("zzz", 0)]
)
def test_the_discussions_of_a_room_are_filtered_by_text(
    workspace: Workspace, person: Person, rid: str, text: str, found: int
) -> None:
    for number, name in enumerate(("Message to create discussion", "next to it")):
        message = sent(person, rid, name)
        change = {"$set": {"drid": f"{rid}{number}", "t": "discussion-created"}}
        workspace.database["rocketchat_message"].update_one({"_id": message["_id"]}, change)
    sent(person, rid, "Message to create none")
    body = person.ok("GET", "v1/chat.getDiscussions", {"roomId": rid, "text": text, "count": 1})
    assert (body["total"], body["count"]) == (found, min(found, 1))


def test_a_moment_that_is_none_is_refused(person: Person, rid: str) -> None:
    refused = person.get("v1/chat.getDeletedMessages", roomId=rid, since="never").json()
    text = 'The "since" query parameter must be a valid date.'
    assert refused == {"success": False, "error": f"[{text}]", "errorType": text}
    missing = person.get("v1/chat.getDeletedMessages", roomId=rid).json()
    assert missing["errorType"] == 'The required "since" query param is missing.'
    mentioned = person.get("v1/chat.getMentionedMessages").json()
    text = 'The required "roomId" query param is missing. [error-invalid-params]'
    assert mentioned["error"] == text
