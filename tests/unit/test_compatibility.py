"""docs/compatibility.md says what the tables say."""

from __future__ import annotations

from functions.streamer.reading import STREAMS
from infra.tables import tables
from local.docs import COMPATIBILITY, compatibility


def test_the_page_is_up_to_date() -> None:
    written = COMPATIBILITY.read_text("utf-8")
    assert written == compatibility(), "run `make docs`"


def test_every_row_and_stream_is_listed_once() -> None:
    lines = compatibility().splitlines()
    wanted = [f"- `{name}`" for name in STREAMS]
    starts = [
        start
        for table in tables().values()
        for start in (
            *(f"| {row.verb} | `{row.path}` | {table.service} |" for row in table.rest),
            *(f"| `{row.name}` | {', '.join(row.params)} | " for row in table.offered),
        )
    ]
    assert [lines.count(line) for line in wanted] == [1] * len(wanted)
    assert [sum(line.startswith(s) for line in lines) for s in starts] == [1] * len(starts)


def test_it_says_who_may_call() -> None:
    lines = compatibility().splitlines()
    for line in (
        "| GET | `v1/me` | account | logged in |",
        "| POST | `v1/login` | account | anyone |",
        "| POST | `v1/users.create` | account | `create-user` |",
        "| GET | `v1/channels.info` | rooms | logged in, in the room |",
    ):
        assert line in lines
