"""Python values that JSON has no form of its own for."""

from __future__ import annotations

import enum
import json
from datetime import date

import pytest

from contrail.ddp import ejson

Colour = enum.StrEnum("Colour", {"RED": "red"})
Size = enum.Enum("Size", {"BIG": "big"}, type=str)  # its str() is "Size.BIG"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ((1, (2,)), "[1,[2]]"),
        ({1}, "[1]"),
        (frozenset("a"), '["a"]'),
        ({1: 2, None: 3}, '{"1":2,"None":3}'),
        ({Size.BIG: Size.BIG, Colour.RED: Colour.RED}, '{"big":"big","red":"red"}'),
        (2**64 - 1, "18446744073709551615"),
        (2**64, "18446744073709552000.0"),
        (-(2**63) - 1, "-9223372036854775808.0"),
        (10**400, '{"$InfNaN":1}'),
        (-(10**400), '{"$InfNaN":-1}'),
        (bytearray(b"a"), '{"$binary":"YQ=="}'),
        (memoryview(b"a"), '{"$binary":"YQ=="}'),
        ("\ud83d\ude00", '"😀"'),
        ({"a\ud800": ["\udc00b", "é\ud800"]}, '{"a�":["�b","é�"]}'),
    ],
)
def test_python_values_without_a_json_twin(value: object, text: str) -> None:
    encoded = ejson.dumps(value)
    assert json.loads(encoded) == json.loads(text)
    ejson.loads(encoded)


@pytest.mark.parametrize("value", [date(2016, 12, 14), object(), 1j, [date(2016, 12, 14)]])
def test_other_types_are_a_programming_error(value: object) -> None:
    with pytest.raises(TypeError, match="no EJSON form"):
        ejson.dumps(value)
