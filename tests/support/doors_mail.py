"""Examples for what sends mail: see `doors.py`."""

from __future__ import annotations

from tests.support.example import Example

REST: dict[str, Example] = {}

METHODS: dict[str, Example] = {}
