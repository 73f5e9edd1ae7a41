"""Paging through a room in windows: complete, in order, whatever the room's pace."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from contrail.domain.history import BEGINNING, END, read
from contrail.store.messages import Messages

START = datetime.fromisoformat("2026-01-01T00:00:00+00:00")


class Stored:
    """The store's two calls over a list."""

    def __init__(self, times: list[datetime]) -> None:
        self.times = times
        self.windows = 0

    def window(
        self,
        rid: str,
        low: datetime,
        high: datetime,
        more: dict[str, Any],
        order: int,
        skip: int,
        limit: int,
    ) -> list[dict[str, Any]]:
        self.windows += 1
        found = sorted((t for t in self.times if low <= t < high), reverse=order < 0)
        return [{"ts": t} for t in found[skip : skip + limit]]

    def count_between(self, rid: str, low: datetime, high: datetime, more: dict[str, Any]) -> int:
        return sum(1 for t in self.times if low <= t < high)


def _page(stored: Stored, room: dict[str, Any], **more: Any) -> list[datetime]:
    return [row["ts"] for row in read(cast(Messages, stored), room, **more)]


def _room(times: list[datetime]) -> dict[str, Any]:
    return {"_id": "r", "ts": START, "lm": max(times, default=START), "msgs": len(times)}


GAPS = st.lists(st.integers(1, 10**9), max_size=60)


@settings(max_examples=150, deadline=None)
@given(GAPS, st.sampled_from((1, -1)), st.integers(0, 30), st.integers(1, 30))
def test_pages_hold_what_a_sort_over_the_whole_room_would(
    gaps: list[int], order: int, offset: int, count: int
) -> None:
    times = [START + timedelta(milliseconds=sum(gaps[: n + 1])) for n in range(len(gaps))]
    expected = sorted(times, reverse=order < 0)[offset : offset + count]
    got = _page(Stored(times), _room(times), order=order, offset=offset, count=count)
    assert got == expected


def test_imported_messages_from_before_the_room_and_after_its_last_are_found() -> None:
    times = [START - timedelta(days=400), START, START + timedelta(days=900)]
    room = {"_id": "r", "ts": START, "lm": START + timedelta(seconds=1), "msgs": 3}
    assert _page(Stored(times), room) == sorted(times, reverse=True)
    assert _page(Stored(times), room, order=1) == times


def test_bounds_are_kept() -> None:
    times = [START + timedelta(seconds=n) for n in range(10)]
    got = _page(Stored(times), _room(times), low=times[2], high=times[5], order=1)
    assert got == times[2:5]
    assert _page(Stored(times), _room(times), low=END, high=END) == []
    assert _page(Stored(times), _room(times), low=BEGINNING, high=START) == []


def test_the_newest_page_of_a_long_room_takes_one_window() -> None:
    times = [START + timedelta(minutes=n) for n in range(10_000)]
    stored = Stored(times)
    assert len(_page(stored, _room(times), count=50)) == 50
    assert stored.windows == 1
