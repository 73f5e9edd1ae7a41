from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contrail.ddp.ejson import RegExp
from contrail.shapes.wirejson import encode, iso_date, parse_date

LEAN = settings(
    max_examples=150, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
INSTANT = datetime(2016, 12, 14, 20, 56, 5, 117000, UTC)
SECOND = datetime(2016, 12, 14, 20, 56, 5, tzinfo=UTC)
MINUTE = datetime(2016, 12, 14, 20, 56, tzinfo=UTC)
DAY = datetime(2016, 12, 14, tzinfo=UTC)
PLUS_5_30 = timezone(timedelta(hours=5, minutes=30))


@pytest.mark.parametrize(
    ("value", "body"),
    [
        (INSTANT, '"2016-12-14T20:56:05.117Z"'),
        (INSTANT.replace(microsecond=117999), '"2016-12-14T20:56:05.117Z"'),
        (INSTANT.replace(tzinfo=None), '"2016-12-14T20:56:05.117Z"'),
        (INSTANT.astimezone(PLUS_5_30), '"2016-12-14T20:56:05.117Z"'),
        (SECOND, '"2016-12-14T20:56:05.000Z"'),
        (datetime(1, 1, 1, tzinfo=UTC), '"0001-01-01T00:00:00.000Z"'),
        ({"ts": [INSTANT]}, '{"ts":["2016-12-14T20:56:05.117Z"]}'),
        (b"sure.", '"c3VyZS4="'),
        (bytearray(b"\xff\xfb"), '"//s="'),
        ([float("nan"), float("inf"), float("-inf")], "[null,null,null]"),
        ([2**64 - 1, -(2**63)], "[18446744073709551615,-9223372036854775808]"),
        ([2**64, -(2**63) - 1], "[18446744073709552000.0,-9223372036854775808.0]"),
        (10**400, "null"),
        ({"a\ud800": "\udc00b"}, '{"a�":"�b"}'),
        (["\ud83d\ude00", "é", "x\ud800"], '["😀","é","x�"]'),
        ((1, {2}, frozenset([3])), "[1,[2],[3]]"),
        ({1: ["\ud800"]}, '{"1":["�"]}'),
        ({"$date": 1}, '{"$date":1}'),
        ([None, True, 1, 1.5, ""], '[null,true,1,1.5,""]'),
    ],
)
def test_encode(value: object, body: str) -> None:
    assert json.loads(encode(value)) == json.loads(body)


def test_what_needs_repair_does_not_change_what_stands_beside_it() -> None:
    plain = [INSTANT, b"sure.", float("nan"), {1}, {"a": None}]
    assert json.loads(encode([*plain, 2**70]))[:-1] == json.loads(encode(plain))


@pytest.mark.parametrize(
    "value",
    [
        object(),
        1j,
        date(2016, 12, 14),
        INSTANT.time(),
        RegExp("a", ""),
        [object(), 2**70],
        datetime(1, 1, 1, tzinfo=PLUS_5_30),
    ],
)
def test_other_types_are_type_errors(value: object) -> None:
    with pytest.raises(TypeError):
        encode(value)


@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_deep_nesting_is_a_type_error(depth: int) -> None:
    value: list[object] = []
    for _ in range(depth):
        value = [value]
    with pytest.raises(TypeError):
        encode(value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2016-12-14T20:56:05.117Z", INSTANT),
        ("2016-12-14T20:56:05.117999999999999999999Z", INSTANT),
        ("2016-12-14T20:56:05.1Z", INSTANT.replace(microsecond=100000)),
        ("2016-12-14T20:56:05Z", SECOND),
        ("2016-12-14t20:56z", MINUTE),
        ("2016-12-14T20:56:05.117", INSTANT),
        ("2016-12-14 20:56:05", SECOND),
        ("2016-12-14 20:56:05 UTC", SECOND),
        ("2016-12-15T02:26:05.117+05:30", INSTANT),
        ("2016-12-15 02:26:05.117 +0530", INSTANT),
        ("2016-12-14T15:26-05:30", MINUTE),
        ("2016-12-14T20:56:05-00:00", SECOND),
        ("2016-12-14", DAY),
        ("2016-12", datetime(2016, 12, 1, tzinfo=UTC)),
        ("2016-12-13T24:00:00Z", DAY),
        ("2016-02-29", datetime(2016, 2, 29, tzinfo=UTC)),
        ("Wed Dec 14 2016 21:56:05 GMT+0100 (Central European Standard Time)", SECOND),
        ("Wed Dec 14 2016 20:56:05 GMT+0000 (Coordinated (x) Universal Time)", SECOND),
        ("Wed Dec 14 2016", DAY),
        ("Wed, 14 Dec 2016 20:56:05 GMT", SECOND),
        ("Wed, 14 Dec 2016 20:56:05 +0000", SECOND),
        ("14 Dec 2016 20:56 UT", MINUTE),
        ("December 14, 2016 20:56:05", SECOND),
        ("1 Jan 1969 00:00 -0130", datetime(1969, 1, 1, 1, 30, tzinfo=UTC)),
    ],
)
def test_parse_date(text: str, expected: datetime) -> None:
    parsed = parse_date(text)
    assert parsed == expected
    assert parsed is not None
    assert parsed.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "",
        "123",
        "1481748965117",
        "2016",
        "yesterday",
        "undefined",
        "2016-13-01",
        "2016-00-01",
        "2016-12-32",
        "2015-02-29",
        "0000-01-01",
        "2016-12-14T",
        "2016-12-14T20Z",
        "2016-12-14T25:00Z",
        "2016-12-14T24:00:01Z",
        "2016-12-14T20:60Z",
        "2016-12-14T23:59:60Z",
        "2016-12-14T20:56:05.Z",
        "2016-12-14T20:56:05+24:00",
        "2016-12-14T20:56:05+05:60",
        "2016-12-14T20:56:05Z[UTC]",
        "2016-12-14T20:56:05Z\n",
        "٢٠١٦-12-14",
        "Wed, 14 Foo 2016 20:56:05 GMT",
        "Wed, 32 Dec 2016 20:56:05 GMT",
        "Wed Dec 2016",
        "9999-12-31T23:59:59-01:00",
        "0001-01-01T00:00:00+01:00",
        pytest.param("Wed Dec 14 2016 20:56:05 GMT " + "(" * 50_000, id="endless zone name"),
    ],
)
def test_no_date(text: str) -> None:
    assert parse_date(text) is None


@LEAN
@given(st.datetimes(timezones=st.sampled_from([UTC, PLUS_5_30])).filter(lambda at: at.year > 1))
def test_a_written_date_reads_back_cut_to_milliseconds(value: datetime) -> None:
    floored = value.replace(microsecond=value.microsecond // 1000 * 1000)
    assert parse_date(iso_date(value)) == floored
    assert parse_date(value.isoformat()) == floored
    assert parse_date(format_datetime(value)) == value.replace(microsecond=0)


@LEAN
@given(st.text(st.sampled_from("0123456789-+:. TZGMTDecWed(),")))
def test_any_text_parses_or_is_none(text: str) -> None:
    parsed = parse_date(text)
    assert parsed is None or parsed.tzinfo is UTC
