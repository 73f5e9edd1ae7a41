"""What words a message may hold: custom fields by their schema, bad words censored."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.people import fails
from tests.support.settings import setting
from tests.support.talking import sent
from tests.support.workspace import Json, Person, Workspace


@pytest.fixture
def author(workspace: Workspace) -> Person:
    return workspace.person()


def edit(person: Person, message: Json, text: str, **more: Any) -> Any:
    given = {"roomId": message["rid"], "msgId": message["_id"], "text": text, **more}
    return person.post("v1/chat.update", given)


SCHEMA = """{"properties": {"priority": {"type": "string", "nullable": false,
"enum": ["low", "medium", "high"]}}, "required": ["priority"], "additionalProperties": true}"""


def test_custom_fields_when_disabled_are_refused_on_send_and_update(
    workspace: Workspace, author: Person
) -> None:
    rid = workspace.channel(author)["_id"]
    given = {"message": {"rid": rid, "msg": "x", "customFields": {"priority": "low"}}}
    fails(author.post("v1/chat.sendMessage", given), "Custom fields not enabled")
    refused = edit(author, sent(author, rid), "y", customFields={"priority": "low"})
    fails(refused, "Custom fields not enabled")


def test_custom_fields_when_enabled_have_to_fit_their_schema(
    workspace: Workspace, author: Person
) -> None:
    rid = workspace.channel(author)["_id"]
    with (
        setting(workspace, "Message_CustomFields_Enabled", True),
        setting(workspace, "Message_CustomFields", SCHEMA),
    ):
        plain = sent(author, rid)
        assert "customFields" not in plain, "allowed not to send any"
        for wrong in ({}, {"priority": "huge"}, {"priority": None}, {"priority": 1}):
            given = {"message": {"rid": rid, "msg": "x", "customFields": wrong}}
            fails(author.post("v1/chat.sendMessage", given), "Invalid custom fields")
            fails(edit(author, plain, "y", customFields=wrong), "Invalid custom fields")
        message = sent(author, rid, customFields={"priority": "low", "more": 1})
        assert message["customFields"] == {"priority": "low", "more": 1}
        kept = edit(author, message, "without any on update").json()["message"]
        assert kept["customFields"] == message["customFields"]
        along = edit(author, message, "both", customFields={"priority": "high"})
        assert along.json()["message"]["customFields"] == {"priority": "high"}
        alone = edit(author, message, "both", customFields={"priority": "medium"})
        assert alone.json()["message"]["customFields"] == {"priority": "medium"}


def test_bad_words_are_censored_on_send_and_update(workspace: Workspace, author: Person) -> None:
    rid = workspace.channel(author)["_id"]
    with (
        setting(workspace, "Message_AllowBadWordsFilter", True),
        setting(workspace, "Message_BadWordsFilterList", "badword, worse word,fine"),
        setting(workspace, "Message_BadWordsWhitelist", "fine"),
    ):
        message = sent(author, rid, "A BadWord, worse word; badwords are fine")
        assert message["msg"] == "A *******, **********; badwords are fine"
        assert edit(author, message, "badword!").json()["message"]["msg"] == "*******!"
    assert edit(author, message, "badword").json()["message"]["msg"] == "badword"
