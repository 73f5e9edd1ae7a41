"""Which emoji there are to react with."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from contrail.domain.instance import Instance

TONE = re.compile(r"_tone[1-5](?:[-_](?:tone)?[1-5])?")


@cache
def names() -> frozenset[str]:
    """The usual ones, without colons and skin tones."""
    text = resources.files("contrail.data").joinpath("emoji.txt").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return frozenset(" ".join(lines).split())


def exists(at: Instance, name: str) -> bool:
    """One of everyone's, or one that the workspace brought; `name` without colons."""
    return TONE.sub("", name) in names() or at.store.custom_emoji.exists(name)
