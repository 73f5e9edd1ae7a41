"""Pages of a room whose JSON is kept: everyone reads what holds now, and what is theirs."""

from __future__ import annotations

from contrail.shapes.ids import random_id
from tests.support.settings import setting
from tests.support.talking import sent, stored
from tests.support.workspace import Json, Person, Workspace

BOTH = ("v1/channels.history", "v1/channels.messages")


def read(person: Person, rid: str) -> dict[str, Json]:
    """The same page by either endpoint, by the ids of its messages."""
    pages = [person.ok("GET", path, {"roomId": rid})["messages"] for path in BOTH]
    assert pages[0] == pages[1]
    return {row["_id"]: row for row in pages[0]}


def test_a_star_is_shown_to_its_owner_alone_whoever_reads_first(workspace: Workspace) -> None:
    ann, bob = workspace.person(), workspace.person()
    rid = workspace.channel(ann, bob)["_id"]
    mid = sent(ann, rid)["_id"]
    assert read(ann, rid) == read(bob, rid)
    ann.ok("POST", "v1/chat.starMessage", {"messageId": mid})
    for _ in range(2):
        assert read(ann, rid)[mid]["starred"] == [{"_id": ann.id}]
        assert "starred" not in read(bob, rid)[mid]
    ann.ok("POST", "v1/chat.unStarMessage", {"messageId": mid})
    assert not read(ann, rid)[mid].get("starred")


def test_what_was_changed_or_deleted_is_read_so_at_once(workspace: Workspace) -> None:
    ann, bob = workspace.person(), workspace.person()
    rid = workspace.channel(ann, bob)["_id"]
    first, second = sent(ann, rid), sent(ann, rid)
    assert {first["_id"], second["_id"]} <= read(bob, rid).keys()
    change = {"roomId": rid, "msgId": first["_id"], "text": "changed"}
    ann.ok("POST", "v1/chat.update", change)
    ann.ok("POST", "v1/chat.react", {"messageId": first["_id"], "emoji": "smile"})
    ann.ok("POST", "v1/chat.delete", {"roomId": rid, "msgId": second["_id"]})
    page = read(bob, rid)
    assert page[first["_id"]]["msg"] == "changed"
    assert page[first["_id"]]["reactions"] == {":smile:": {"usernames": [ann.username]}}
    assert second["_id"] not in page


def test_a_page_is_the_same_kept_or_made_anew(workspace: Workspace) -> None:
    """Fields that are asked for are picked from documents: with all of them, nothing is kept."""
    ann = workspace.person()
    rid = workspace.channel(ann)["_id"]
    message = sent(ann, rid, "*short*")
    long = sent(ann, rid, "much longer than what is kept " * 150)
    rows = workspace.database["rocketchat_message"]
    extra = {"customFields": {"at": (stored(workspace, long["_id"]) or {})["ts"]}, "_contrail.x": 1}
    rows.update_many({"rid": rid}, {"$set": extra})
    kept = read(ann, rid)
    assert kept == read(ann, rid)
    assert kept[message["_id"]]["customFields"]["at"] == long["ts"]
    query = {"roomId": rid, "fields": '{"tmid": 0}'}
    anew = ann.ok("GET", "v1/channels.messages", query)["messages"]
    assert {row["_id"]: row for row in anew} == kept


def test_a_text_stored_without_its_tree_follows_the_settings(workspace: Workspace) -> None:
    ann = workspace.person()
    rid = workspace.channel(ann)["_id"]
    newest = sent(ann, rid, "color:#fff")
    row = {**(stored(workspace, newest["_id"]) or {}), "_id": random_id()}
    workspace.database["rocketchat_message"].insert_one({k: row[k] for k in row if k != "md"})
    assert read(ann, rid)[row["_id"]]["md"][0]["value"][0]["type"] == "COLOR"
    with setting(workspace, "HexColorPreview_Enabled", False):
        assert read(ann, rid)[row["_id"]]["md"][0]["value"][0]["type"] == "PLAIN_TEXT"
