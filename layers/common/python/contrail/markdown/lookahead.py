"""Questions about what lies ahead, each answered once for a whole stretch of text.

A parser that asks "is there a closing mark?" anew at every opening one takes quadratic time.
"""

from __future__ import annotations

import re

FAR = 1 << 60
"""Where nothing lies ahead any more."""


class Next:
    """Where the next match of a pattern begins."""

    __slots__ = ("_asked", "_found", "_search", "_text")

    def __init__(self, pattern: re.Pattern[str], text: str) -> None:
        self._search = pattern.search
        self._text = text
        self._asked = 0
        self._found = -1

    def at(self, place: int) -> int:
        """The first match that begins here or later; FAR without one."""
        if not self._asked <= place <= self._found:
            match = self._search(self._text, place)
            self._asked = place
            self._found = match.start() if match else FAR
        return self._found


class Run:
    """Where a run of characters ends that has the same end wherever one enters it."""

    __slots__ = ("_begun", "_ended", "_match", "_text")

    def __init__(self, pattern: re.Pattern[str], text: str) -> None:
        self._match = pattern.match
        self._text = text
        self._begun = 0
        self._ended = -1

    def end(self, place: int) -> int:
        """The end of the run that this place lies in; the place itself if it lies in none."""
        if not self._begun <= place < self._ended:
            match = self._match(self._text, place)
            self._begun = place
            self._ended = match.end() if match else place
        return self._ended
