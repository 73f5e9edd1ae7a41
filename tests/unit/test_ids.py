"""Ids: of the length that is asked for, of the alphabet, each character as likely as another."""

from __future__ import annotations

from collections import Counter

import pytest

from contrail.shapes.ids import ALPHABET, random_id


@pytest.mark.parametrize("length", [1, 17, 43])
def test_an_id_is_as_long_as_it_is_to_be(length: int) -> None:
    assert {len(random_id(length)) for _ in range(500)} == {length}


def test_every_character_is_as_likely() -> None:
    each = 4_000
    counted = Counter(random_id(each * len(ALPHABET)))
    assert set(counted) == set(ALPHABET)
    # Ten times what chance spreads them by; those that came too often would do so by a quarter.
    assert all(abs(count - each) < 10 * each**0.5 for count in counted.values())
