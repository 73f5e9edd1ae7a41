"""Messages of a room that someone sends by e-mail."""

from __future__ import annotations

from typing import Any

import pytest

from contrail.domain import mail_exports
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from tests.support.people import made, said
from tests.support.rooms import group
from tests.support.scene import fresh
from tests.support.smtp import Sink
from tests.support.workspace import Person, Workspace


def _export(
    at: Instance, person: Person, rid: str, *, roles: tuple[str, ...] = ("admin",), **more: Any
) -> dict[str, list[str]]:
    given: dict[str, Any] = {"usernames": [], "emails": [], "mids": [], "subject": "Said", **more}
    at.caches.refresh()
    caller = Caller(uid=person.id, username=person.username, roles=roles)
    return mail_exports.send(at, caller, mail_exports.access_export(at, caller, rid), **given)


@pytest.fixture
def at(mailing: Workspace) -> Instance:
    return mailing.runtime.instances["rooms"]


def test_messages_of_the_room_alone_are_sent_in_their_order(
    mailing: Workspace, sink: Sink, at: Instance
) -> None:
    owner, reader = mailing.person(), made(mailing)
    room, other = group(owner), group(owner)
    texts = ("one <b>bold</b>", "two [subject] __name__")
    mids = [said(owner, room, text)["_id"] for text in texts]
    elsewhere = said(owner, other, "not here")["_id"]
    address = f"{fresh('to')}@example.com"
    nobody = fresh("nobody")
    answer = _export(
        at,
        owner,
        room["_id"],
        usernames=[reader["username"], nobody],
        emails=[f" {address} "],
        mids=[*reversed(mids), elsewhere, "no-such-message"],
    )
    assert answer == {"missing": [nobody]}
    for to in (address, reader["emails"][0]["address"]):
        letter = sink.last(to)
        assert letter.subject == "Said"
        assert letter.message["Reply-To"] == f"{owner.username}@example.com"
        first, second = (letter.text.index(text) for text in texts)
        assert first < second
        assert "one &lt;b&gt;bold&lt;/b&gt;" in letter.html
        assert "not here" not in letter.text
        assert owner.username in letter.text


def test_who_may_export_and_to_whom(mailing: Workspace, at: Instance) -> None:
    """[Rooms] /rooms.export via email: no target users or e-mails, no messages"""
    owner, member, outsider = (mailing.person() for _ in range(3))
    room = group(owner, member)
    mid = said(owner, room, "x")["_id"]
    sent: dict[str, Any] = {"emails": ["a@example.com"], "mids": [mid]}

    def error(person: Person, rid: str, **more: Any) -> str:
        with pytest.raises(ChatError) as raised:
            _export(at, person, rid, **{**sent, **more})
        return str(raised.value.code)

    plain = {"roles": ("user",)}
    assert error(owner, room["_id"], **plain) == "error-action-not-allowed"
    assert error(owner, "no-such-room") == "error-invalid-room"
    assert error(outsider, room["_id"]) == "error-not-allowed"
    assert error(owner, room["_id"], emails=[]) == "error-invalid-recipient"
    assert error(owner, room["_id"], mids=[]) == "error-invalid-messages"
    assert error(owner, room["_id"], emails=["nowhere"]) == "error-invalid-email"
    assert _export(at, member, room["_id"], **sent) == {"missing": []}
