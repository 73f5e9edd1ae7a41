"""What docs/limits.md says of sizes is what they are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench.simulate import sizes
from contrail.ddp import ejson, frames
from contrail.domain.wire import room_shown
from functions.presence import broadcast
from functions.streamer import beginning, parking, signals, watching

PAGE = (Path(__file__).parents[2] / "docs" / "limits.md").read_text("utf-8")
LEFT = sizes.RECORD - beginning.LARGEST - parking.LARGEST


@pytest.mark.parametrize(
    ("before", "measured"),
    [
        ("`rooms/get` from about ", sizes.rooms_in_a_result()),
        ("`subscriptions/get` from about ", sizes.subscriptions_in_a_result()),
        ("its subs have 128 KB, about ", sizes.subs_of_a_connection(beginning.LARGEST)),
        ("have what is left, about ", sizes.audiences_of_a_connection(LEFT)),
        ("| 1,000 people whose presence", watching.MOST),
        ("| 50 members", signals.MOST),
        ("| 200 connections (community", broadcast.MOST),
    ],
)
def test_the_page_says_what_is_measured(before: str, measured: int) -> None:
    found = re.search(re.escape(before) + r"([\d,]*\d)?", PAGE)
    assert found is not None
    said = int((found[1] or re.sub(r"\D", "", before)).replace(",", ""))
    assert said == pytest.approx(measured, rel=0.05)


def test_one_room_more_is_above_a_frame() -> None:
    count = sizes.rooms_in_a_result()
    one = ejson.dumps(room_shown(sizes.room()))
    for rooms, fits in ((count, True), (count + 1, False)):
        result = frames.result("1", f"[{','.join([one] * rooms)}]")
        assert frames.fits(result) is fits
