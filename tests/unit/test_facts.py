"""Facts survive the bus."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

import pytest

from contrail.ddp import ejson
from contrail.shapes.facts import (
    FACTS,
    AnyFact,
    EphemeralMessage,
    MessageSent,
    PermissionChanged,
    RoleChanged,
    RoomChanged,
    SettingChanged,
    StreamWritten,
    SubscriptionChanged,
    UserRoleChanged,
)
from contrail.shapes.invite_facts import InviteMade
from contrail.shapes.message_facts import MessagesDeleted
from contrail.shapes.people_facts import (
    CustomStatusChanged,
    UserChanged,
    UserDeleted,
    UserRenamed,
    UserStatusChanged,
)
from contrail.shapes.picture_facts import AvatarChanged, EmojiChanged, SoundChanged
from contrail.shapes.receipt_facts import MessagesRead
from contrail.shapes.stream_facts import UserStreamWritten

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ALL: list[AnyFact] = [
    MessageSent(
        message={"_id": "m", "rid": "r", "ts": NOW},
        revision=2,
        room={"_id": "r"},
        after={"previews": "x"},
    ),
    MessagesDeleted(room={"_id": "r"}, ids=("m", "o")),
    MessagesRead(room={"_id": "r"}, until=NOW, tmid="m", nonce="n"),
    RoomChanged(action="updated", room={"_id": "r"}, nonce="n"),
    SubscriptionChanged(
        action="inserted", subscription={"_id": "s", "rid": "r", "u": {"_id": "u"}}, nonce="n"
    ),
    StreamWritten(
        room={"_id": "r", "t": "c"}, stream="x", event="r/y", args=[1], origin="c", nonce="n"
    ),
    UserStreamWritten(uid="u", event="webrtc", args=[1], origin="c", nonce="w"),
    EphemeralMessage(uid="u", message={"_id": "m"}),
    PermissionChanged(permission={"_id": "p", "roles": []}, at=NOW),
    RoleChanged(action="updated", role={"_id": "r"}, nonce="n"),
    UserRoleChanged(action="added", role="r", user={"_id": "u"}, nonce="n"),
    SettingChanged(action="updated", setting={"_id": "s"}, nonce="n"),
    UserChanged(uid="u", diff={"a.b": 1}, nonce="n"),
    UserRenamed(uid="u", username="ann", name="{uid}", nonce="n"),
    UserStatusChanged(user={"_id": "u"}, nonce="n"),
    UserDeleted(uid="u", erasure="Keep"),
    CustomStatusChanged(action="updated", status={"_id": "s"}, nonce="n"),
    InviteMade(uid="u", invite={"_id": "i"}),
    AvatarChanged(of="user:u", username="ann", etag="e", nonce="n"),
    EmojiChanged(action="updated", emoji={"_id": "e"}, nonce="n"),
    SoundChanged(action="removed", sound={"_id": "s"}, nonce="n"),
]


@pytest.mark.parametrize("fact", ALL, ids=lambda fact: fact.kind)
def test_a_fact_comes_back_as_it_was(fact: AnyFact) -> None:
    assert FACTS.validate_python(ejson.loads(ejson.dumps(fact.model_dump()))) == fact


def test_here_is_one_of_every_kind() -> None:
    (union, _) = get_args(AnyFact)
    assert {type(fact) for fact in ALL} == set(get_args(union))


def test_what_happens_in_a_room_or_to_a_person_is_one_group() -> None:
    assert [fact.group for fact in ALL] == [
        *["room:r"] * 6,
        *("user:u", "user:u", "workspace", "workspace", "user:u", "workspace"),
        *["user:u"] * 4,
        *("workspace", "user:u", "user:u", "workspace", "workspace"),
    ]


def test_a_fact_names_itself() -> None:
    assert [fact.dedup for fact in ALL] == [
        *(
            "m:2",
            "m:deleted",
            "r:n",
            "r:n",
            "s:n",
            "c:n",
            "c:w",
            "m",
            "p:2026-01-01T00:00:00.000000",
        ),
        *("r:n", "u:n", "s:n", "u:n", "u:n", "u:n", "u:deleted", "s:n"),
        *("i:made", "user:u:avatar:n", "e:n", "s:n"),
    ]
    odd = MessageSent(message={"_id": "{revision}", "rid": "{x}"}, revision=1, room={})
    assert (odd.group, odd.dedup) == ("room:{x}", "{revision}:1"), "values are no templates"
