from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contrail.ddp import ejson
from contrail.ddp.ejson import Custom, EJSONError, RegExp

LEAN = settings(
    max_examples=150, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)

ONE_KEY = ("$date", "$binary", "$InfNaN", "$escape")
TWO_KEYS = (("$regexp", "$flags"), ("$type", "$value"))
SPECIAL_KEYS = (*ONE_KEY, *TWO_KEYS[0], *TWO_KEYS[1])
SPECIAL_KEY_SETS = (*((key,) for key in ONE_KEY), *TWO_KEYS, *(pair[::-1] for pair in TWO_KEYS))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
keys = st.sampled_from(SPECIAL_KEYS) | texts
milliseconds = st.integers(-62135596800000, 253402300799999)
instants = milliseconds.map(lambda count: EPOCH + timedelta(milliseconds=count))
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | texts
    | st.binary(max_size=8)
    | instants
    | st.builds(RegExp, texts, texts)
)


def _containers(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lookalikes = st.sampled_from(SPECIAL_KEY_SETS).flatmap(
        lambda names: st.fixed_dictionaries(dict.fromkeys(names, children))
    )
    return (
        st.lists(children, max_size=3)
        | st.dictionaries(keys, children, max_size=3)
        | lookalikes
        | st.builds(Custom, texts, children)
    )


values = st.recursive(scalars, _containers, max_leaves=15)


@LEAN
@given(values)
def test_a_value_survives_the_wire(value: object) -> None:
    text = ejson.dumps(value)
    # repr tells 1 from 1.0 and True, and lets NaN equal NaN
    assert repr(ejson.loads(text)) == repr(value)
    assert repr(ejson.loads(text.encode())) == repr(value)
    assert repr(ejson.from_json_value(ejson.to_json_value(value))) == repr(value)


def _wire_containers(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    plain_keys = texts.filter(lambda key: not key.startswith("$"))
    objects = st.dictionaries(plain_keys, children, max_size=3)
    return (
        st.lists(children, max_size=3)
        | objects
        | st.dictionaries(keys, children, max_size=3).map(lambda inner: {"$escape": inner})
        | st.fixed_dictionaries({"$type": texts, "$value": children})
    )


wire_dates = milliseconds | st.floats(-6e13, 2e14)
wire_scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
    | st.fixed_dictionaries({"$date": wire_dates})
    | st.sampled_from([{"$date": "2016-12-14T20:56:05.117Z"}, {"$binary": "c3VyZS4="}])
    | st.sampled_from([{"$InfNaN": 0}, {"$InfNaN": 1}, {"$InfNaN": -1}])
    | st.fixed_dictionaries({"$regexp": texts, "$flags": texts})
)


@LEAN
@given(st.recursive(wire_scalars, _wire_containers, max_leaves=15), st.booleans())
def test_a_text_keeps_its_meaning(wire: object, ascii_only: bool) -> None:
    value = ejson.loads(json.dumps(wire, ensure_ascii=ascii_only))
    text = ejson.dumps(value)
    assert repr(ejson.loads(text)) == repr(value)
    assert ejson.dumps(ejson.loads(text)) == text


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda children: st.lists(children, max_size=2) | st.dictionaries(keys, children, max_size=2),
    max_leaves=10,
)


@LEAN
@given(st.text() | st.binary() | anything.map(json.dumps))
def test_hostile_input_decodes_or_raises_ejson_error(text: str | bytes) -> None:
    try:
        value = ejson.loads(text)
    except EJSONError:
        return
    ejson.loads(ejson.dumps(value))


CASES: list[tuple[object, object]] = [
    (datetime(2013, 1, 14, 23, 22, 36, 553000, UTC), {"$date": 1358205756553}),
    (EPOCH, {"$date": 0}),
    (b"sure.", {"$binary": "c3VyZS4="}),
    (b"", {"$binary": ""}),
    (b"\xff\xfb", {"$binary": "//s="}),
    (float("inf"), {"$InfNaN": 1}),
    (float("-inf"), {"$InfNaN": -1}),
    (RegExp("^a.*", "gi"), {"$regexp": "^a.*", "$flags": "gi"}),
    (Custom("oid", "5f8d0d55b54764421b7"), {"$type": "oid", "$value": "5f8d0d55b54764421b7"}),
    (Custom("span", [EPOCH]), {"$type": "span", "$value": [{"$date": 0}]}),
    ({"$date": 10000}, {"$escape": {"$date": 10000}}),
    ({"$date": EPOCH}, {"$escape": {"$date": {"$date": 0}}}),
    ({"$escape": 1}, {"$escape": {"$escape": 1}}),
    ({"$escape": {"$date": 1}}, {"$escape": {"$escape": {"$escape": {"$date": 1}}}}),
    ({"$flags": "", "$regexp": ""}, {"$escape": {"$flags": "", "$regexp": ""}}),
    ({"$type": 1, "$value": 2}, {"$escape": {"$type": 1, "$value": 2}}),
    # not exactly the keys of a form: plain
    ({"$date": 1, "a": 2}, {"$date": 1, "a": 2}),
    ({"$regexp": "x"}, {"$regexp": "x"}),
    ({"$type": "x", "$date": 1}, {"$type": "x", "$date": 1}),
    ({}, {}),
    ([None, True, "é", 1, 1.5], [None, True, "é", 1, 1.5]),
]  # fmt: skip


@pytest.mark.parametrize(("value", "wire"), CASES)
def test_each_form(value: object, wire: object) -> None:
    assert json.loads(ejson.dumps(value)) == wire
    assert ejson.to_json_value(value) == wire
    assert ejson.loads(json.dumps(wire)) == value


def test_nan() -> None:
    assert ejson.dumps([float("nan")]) == '[{"$InfNaN":0}]'
    assert repr(ejson.loads('{"$InfNaN":0}')) == "nan"
    with pytest.raises(EJSONError):
        ejson.from_json_value({"$date": float("nan")})


def test_escape_is_removed_once_and_its_values_are_decoded() -> None:
    assert ejson.loads('{"$escape":{"a":{"$date":0}}}') == {"a": EPOCH}
    assert ejson.loads('{"$escape":{"$date":{"b":{"$date":0}}}}') == {"$date": {"b": EPOCH}}


def test_decoding_leaves_its_argument_alone() -> None:
    wire = {"ts": {"$date": 0}, "list": [{"$date": 0}]}
    assert ejson.from_json_value(wire) == {"ts": EPOCH, "list": [EPOCH]}
    assert wire == {"ts": {"$date": 0}, "list": [{"$date": 0}]}


@pytest.mark.parametrize(
    ("wire", "milliseconds"),
    [
        ('"2016-12-14T20:56:05.117Z"', 1481748965117),
        ('"2016-12-14T21:56:05.117+01:00"', 1481748965117),
        ('"Wed, 14 Dec 2016 20:56:05 GMT"', 1481748965000),
        ("1481748965117.9", 1481748965117),
        ("1481748965117.0", 1481748965117),
        ("-0.5", -1),
        ("-62135596800000", -62135596800000),
        ("253402300799999", 253402300799999),
    ],
)
def test_dates_as_clients_send_them(wire: str, milliseconds: int) -> None:
    decoded = ejson.loads(f'{{"$date":{wire}}}')
    assert decoded == EPOCH + timedelta(milliseconds=milliseconds)
    assert decoded.tzinfo is UTC
    assert ejson.dumps(decoded) == f'{{"$date":{milliseconds}}}'


@LEAN
@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-5, minutes=-30))])))
def test_dates_are_floored_to_milliseconds(value: datetime) -> None:
    delta = value - EPOCH
    exact = Fraction(delta.days * 86400 + delta.seconds) * 1000 + Fraction(delta.microseconds, 1000)
    sent = ejson.to_json_value(value)["$date"]
    assert isinstance(sent, int)
    assert sent <= exact < sent + 1


def test_a_naive_datetime_is_utc() -> None:
    assert ejson.dumps((EPOCH - timedelta(microseconds=1)).replace(tzinfo=None)) == '{"$date":-1}'


NOT_JSON: list[str | bytes] = ["", "nul", "NaN", "[1,]", "\ud800", b"\xff"]
MALFORMED = [
    *(f'{{"$date":{wire}}}' for wire in ("null", "true", "{}", '"yesterday"', '"123"')),
    *(f'{{"$date":{wire}}}' for wire in ("-62135596800001", "253402300800000", "1e300", "9" * 30)),
    *(f'{{"$binary":{wire}}}' for wire in ('"AAA"', '"_-8="', '"AA==AA=="', '"AA\\n=="')),
    *(f'{{"$binary":{wire}}}' for wire in ('"é==="', "[1]", "null")),
    *(f'{{"$InfNaN":{wire}}}' for wire in ("2", "true", "false", '"0"', "[]", "null")),
    *(f'{{"$escape":{wire}}}' for wire in ("1", "[1]", '{"$date":{"$date":"x"}}')),
    '{"$regexp":1,"$flags":""}',
    '{"$regexp":"","$flags":null}',
    '{"$type":1,"$value":1}',
    '{"$type":"t","$value":{"$date":"x"}}',
    '[{"a":[{"$date":"x"}]}]',
]


def test_half_an_emoji_is_replaced_and_no_reason_to_refuse() -> None:
    assert ejson.loads('{"msg":"hi \\ud83d","at":{"$date":0}}') == {
        "msg": "hi \ufffd",
        "at": datetime(1970, 1, 1, tzinfo=UTC),
    }


@pytest.mark.parametrize("text", NOT_JSON)
def test_what_is_no_json_is_an_ejson_error(text: str | bytes) -> None:
    with pytest.raises(EJSONError, match="not valid JSON"):
        ejson.loads(text)


@pytest.mark.parametrize("text", MALFORMED)
def test_a_malformed_form_is_an_ejson_error(text: str) -> None:
    with pytest.raises(EJSONError, match=r"^invalid \$[A-Za-z]+$"):
        ejson.loads(text)


WRAPPERS: list[Callable[[Any], object]] = [
    lambda inner: [inner],
    lambda inner: {"a": inner},
    lambda inner: {"$date": inner},
    lambda inner: Custom("t", inner),
]


@pytest.mark.parametrize("wrap", WRAPPERS)
def test_nesting_ends_at_the_limit(wrap: Callable[[Any], object]) -> None:
    value: Any = EPOCH
    for _ in range(ejson.MAX_DEPTH):
        value = wrap(value)
    assert ejson.loads(ejson.dumps(value)) == value
    with pytest.raises(EJSONError):
        ejson.dumps(wrap(value))


@pytest.mark.parametrize("count", [101, 500, 1020, 100_000])
@pytest.mark.parametrize(
    ("before", "after"),
    [("[", "]"), ('{"a":', "}"), ('{"$escape":{"a":', "}}"), ('{"$type":"t","$value":', "}")],
)
def test_hostile_nesting_is_an_ejson_error(before: str, after: str, count: int) -> None:
    with pytest.raises(EJSONError):
        ejson.loads(before * count + "1" + after * count)


def test_a_cycle_is_an_ejson_error() -> None:
    cycle: list[object] = []
    cycle.append(cycle)
    with pytest.raises(EJSONError):
        ejson.dumps(cycle)
