"""The syntax tree of messages: made when one is sent or changed, or else when it is read."""

from __future__ import annotations

from contrail.shapes.ids import random_id
from tests.support.scene import invoke
from tests.support.settings import setting
from tests.support.talking import sent, stored
from tests.support.workspace import Json, Workspace


def paragraph(*parts: Json) -> list[Json]:
    return [{"type": "PARAGRAPH", "value": list(parts)}]


def plain(text: str) -> Json:
    return {"type": "PLAIN_TEXT", "value": text}


def bold(text: str) -> Json:
    return {"type": "BOLD", "value": [plain(text)]}


def test_a_message_is_sent_stored_and_changed_with_its_tree(workspace: Workspace) -> None:
    person = workspace.person()
    rid = workspace.channel(person)["_id"]
    message = sent(person, rid, "a *b*")
    assert message["md"] == paragraph(plain("a "), bold("b"))
    assert (stored(workspace, message["_id"]) or {})["md"] == message["md"]
    change = {"roomId": rid, "msgId": message["_id"], "text": "c"}
    changed = person.ok("POST", "v1/chat.update", change)["message"]
    assert changed["md"] == paragraph(plain("c"))


def test_what_is_written_of_a_file_is_parsed_too(workspace: Workspace) -> None:
    person = workspace.person()
    rid = workspace.channel(person)["_id"]
    message = sent(person, rid, "")
    file = {"title": "a.png", "image_url": "/file-upload/a/a.png", "description": "before"}
    rows = workspace.database["rocketchat_message"]
    rows.update_one({"_id": message["_id"]}, {"$set": {"attachments": [file]}})
    change = {"roomId": rid, "msgId": message["_id"], "text": "*d*"}
    (attachment,) = person.ok("POST", "v1/chat.update", change)["message"]["attachments"]
    assert (attachment["description"], attachment["descriptionMd"]) == ("*d*", paragraph(bold("d")))


def test_nobody_parses_what_is_encrypted(workspace: Workspace) -> None:
    person = workspace.person()
    rid = workspace.channel(person)["_id"]
    assert "md" not in sent(person, rid, "bm90IHRvIGJlIHJlYWQ=", t="e2e")


def test_older_messages_get_it_when_they_are_read(workspace: Workspace) -> None:
    person = workspace.person()
    room = workspace.channel(person)
    rows = workspace.database["rocketchat_message"]
    newest = sent(person, room["_id"], "newest")
    rows.update_one({"_id": newest["_id"]}, {"$unset": {"md": 1}, "$set": {"msg": "*old*"}})
    moved = {"_id": random_id(), "t": "uj", "msg": person.username, "rid": room["_id"]}
    time = (stored(workspace, newest["_id"]) or {})["ts"]
    rows.insert_one({**moved, "ts": time, "u": newest["u"]})
    page = person.ok("GET", "v1/channels.messages", {"roomId": room["_id"]})["messages"]
    by_id = {row["_id"]: row for row in page}
    assert by_id[newest["_id"]]["md"] == paragraph(bold("old"))
    assert "md" not in by_id[moved["_id"]]
    loaded = invoke(workspace, person, "loadHistory", [room["_id"], None, 20, None])["result"]
    shown = {row["_id"]: row.get("md") for row in loaded["messages"]}
    assert shown[newest["_id"]] == paragraph(bold("old"))
    assert "md" not in (stored(workspace, newest["_id"]) or {})


def test_settings_say_what_is_looked_for(workspace: Workspace) -> None:
    person = workspace.person()
    rid = workspace.channel(person)["_id"]
    color = "color:#fff"
    assert sent(person, rid, color)["md"][0]["value"][0]["type"] == "COLOR"
    with setting(workspace, "HexColorPreview_Enabled", False):
        assert sent(person, rid, color)["md"] == paragraph(plain(color))
    link = "see intranet.corp"
    assert sent(person, rid, link)["md"] == paragraph(plain(link))
    with setting(workspace, "Message_CustomDomain_AutoLink", "corp"):
        assert sent(person, rid, link)["md"][0]["value"][1]["type"] == "LINK"


def test_a_tree_too_large_for_a_frame_is_left_to_the_client(workspace: Workspace) -> None:
    person = workspace.person()
    message = sent(person, workspace.channel(person)["_id"], "*a* " * 1_250)
    assert "md" not in message
