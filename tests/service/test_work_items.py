"""What gets into one work item, and how items are told apart."""

from __future__ import annotations

from typing import Any

from contrail.ddp import ejson
from contrail.ddp.frames import LARGEST
from functions.streamer.emission import Emission
from functions.streamer.items import PART, parts, scope


def emission(size: int, name: str = "e", **more: Any) -> Emission:
    return Emission("room:r", "stream", name, ["x" * size], **more)


def events(text: str) -> list[str]:
    return [one["event"] for one in ejson.loads(f"[{text}]")]


def test_what_fits_is_one_item_with_the_facts_own_name() -> None:
    [(name, text)] = parts([emission(1000, "a"), emission(PART - 2000, "b")][:1])
    assert (name, events(text)) == ("", ["a"])
    [(name, text)] = parts([emission(60_000, str(n)) for n in range(3)])
    assert (name, events(text)) == ("", ["0", "1", "2"])


def test_more_is_split_in_order() -> None:
    split = list(parts([emission(90_000, str(n)) for n in range(5)]))
    assert [events(text) for _, text in split] == [["0", "1"], ["2", "3"], ["4"]]
    assert all(len(text.encode()) <= PART for _, text in split)
    assert len({name for name, _ in split} | {""}) == 4


def test_equal_names_mean_equal_contents_however_large_each_is() -> None:
    """A redelivered fact may find its room larger or smaller: nothing is lost by it."""
    sizes = (100, 90_000, LARGEST, 120_000)
    named: dict[str, set[str]] = {}
    for first in sizes:
        for second in sizes:
            for third in sizes:
                share = [emission(size, str(n)) for n, size in enumerate((first, second, third))]
                for name, text in parts(share):
                    named.setdefault(name, set()).add(",".join(events(text)))
    assert all(len(contents) == 1 for contents in named.values()), named


def test_an_emission_that_no_connection_can_get_is_left_out() -> None:
    frame = len(
        '{"msg":"changed","collection":"stream","id":"id","fields":{"eventName":"e","args":[""]}}'
    )
    room = LARGEST - frame
    [(name, text)] = parts([emission(room)])
    assert (name, events(text)) == ("", ["e"])
    assert list(parts([emission(room + 1)])) == []
    [(name, text)] = parts([emission(1, "a"), emission(room + 1), emission(1, "b")])
    assert events(text) == ["a", "b"]
    assert name, "another item than one with all three"


def test_a_rooms_change_does_without_a_message_that_is_too_large() -> None:
    room = {"_id": "r", "name": "n", "lastMessage": {"msg": "x" * LARGEST}}
    [(_, text)] = parts([Emission("room:r", "stream", "e", ["updated", room])])
    [one] = ejson.loads(f"[{text}]")
    assert one["args"] == ["updated", {"_id": "r", "name": "n"}]
    small = {**room, "lastMessage": {"msg": "x"}}
    [(_, text)] = parts([Emission("room:r", "stream", "e", ["updated", small])])
    assert ejson.loads(f"[{text}]")[0]["args"] == ["updated", small]


def test_of_the_room_only_what_delivery_asks_is_in_an_item() -> None:
    room: dict[str, Any] = {
        "_id": "r",
        "t": "c",
        "name": "n",
        "description": "x" * LARGEST,
        "lastMessage": {"_id": "m", "msg": "x" * LARGEST, "u": {"_id": "u", "name": "U"}},
        "_contrail": {"authors": {"last": "u", "other": None}, "sending": [{"_id": "m"}]},
    }
    assert scope(room) == {
        "_id": "r",
        "t": "c",
        "name": "n",
        "lastMessage": {"u": {"_id": "u"}},
        "_contrail": {"authors": {"last": "u", "other": None}},
    }
    guarded = scope(room, guarded=True) or {}
    assert guarded["_contrail"] == {"authors": room["_contrail"]["authors"], "guarded": True}
    assert scope(None) is None
