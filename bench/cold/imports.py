"""The lines of `-X importtime`, and what stands out in them."""

from __future__ import annotations

import re

LINE = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \| +(\S+)")


def slowest(profile: str, most: int) -> list[tuple[str, float]]:
    """Modules and the milliseconds each takes by itself, the longest first."""
    found = [(name, int(own) / 1000) for own, _, name in LINE.findall(profile)]
    return sorted(found, key=lambda one: -one[1])[:most]
