"""What a subscription shows once its room has moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from contrail.domain.unread import shown

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)


def _subscription(**more: Any) -> dict[str, Any]:
    row = {"_id": "s", "rid": "r", "u": {"_id": "me"}, "ls": NOON, "_updatedAt": NOON}
    return {**row, "alert": False, "open": True, "unread": 0, **more}


def _room(author: str, lm: datetime, other: datetime | None = None) -> dict[str, Any]:
    authors = {"last": author, "other": other}
    return {
        "_id": "r",
        "lm": lm,
        "lastMessage": {"u": {"_id": author}},
        "_contrail": {"authors": authors},
    }


def test_a_message_of_someone_else_alerts_and_reopens() -> None:
    row = shown(_subscription(open=False), _room("you", LATER))
    assert (row["alert"], row["open"], row["_updatedAt"]) == (True, True, LATER)


def test_a_hidden_room_stays_hidden_until_someone_else_writes() -> None:
    hidden = _subscription(open=False, _contrail={"hidden": LATER}, _updatedAt=LATER)
    row = shown(hidden, _room("you", LATER))
    assert (row["open"], row["alert"]) == (False, False), "never read, but hidden since"
    later = LATER + timedelta(seconds=1)
    assert shown(hidden, _room("me", later, other=LATER))["open"] is False
    row = shown({**hidden, "_updatedAt": later}, _room("you", later))
    assert (row["open"], row["alert"]) == (True, True)


def test_what_changed_goes_by_the_rooms_date_which_follows_its_messages() -> None:
    stored = LATER + timedelta(milliseconds=5)
    room = {**_room("you", LATER), "_updatedAt": stored}
    assert shown(_subscription(), room)["_updatedAt"] == stored


def test_ones_own_message_does_not_alert() -> None:
    assert shown(_subscription(), _room("me", LATER))["alert"] is False


def test_an_unread_message_of_someone_else_still_alerts_after_ones_own() -> None:
    room = _room("me", LATER, other=NOON + timedelta(seconds=1))
    assert shown(_subscription(), room)["alert"] is True


def test_what_was_read_does_not_alert() -> None:
    assert shown(_subscription(ls=LATER), _room("you", LATER))["alert"] is False


def test_stored_marks_win() -> None:
    row = shown(_subscription(alert=True, unread=3), _room("you", NOON - timedelta(days=1)))
    assert (row["alert"], row["unread"]) == (True, 3)


def test_an_imported_room_is_judged_by_its_last_message() -> None:
    room = {"_id": "r", "lm": LATER, "lastMessage": {"u": {"_id": "you"}}}
    assert shown(_subscription(), room)["alert"] is True
    room = {"_id": "r", "lm": LATER, "lastMessage": {"u": {"_id": "me"}}}
    assert shown(_subscription(), room)["alert"] is False


def test_nothing_that_clients_must_not_get_is_shown() -> None:
    row = shown(_subscription(_contrail={"x": 1}, secret="no"), None)
    assert "_contrail" not in row
    assert "secret" not in row
