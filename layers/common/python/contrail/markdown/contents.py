"""What a mark may enclose, read in two steps: first where it ends, then what it is.

Each place of a text is read at most once as the beginning of an item of each kind of contents, so
a text of marks that never close takes no longer than its length times the kinds there are.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from contrail.markdown.emoji import emoticon_at
from contrail.markdown.nodes import Value

Item = tuple[int, Value]
"""Where an item ends, and what it is."""


class Contents(ABC):
    """A sequence of items of one kind, wherever it begins."""

    NEIGHBOURS = "\r\n \t*"
    """What may follow an emoticon, besides the end and whatever is an item of its own."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._proper: dict[int, Item | None] = {}
        self._ends: dict[int, int] = {}

    @abstractmethod
    def _read(self, place: int) -> Item | None:
        """The markup that begins here."""

    @abstractmethod
    def _rest(self, place: int) -> Item | None:
        """What is taken here where no markup begins."""

    def proper(self, place: int) -> Item | None:
        """The markup that begins here, read once."""
        if place not in self._proper:
            self._proper[place] = self._read(place)
        return self._proper[place]

    def item(self, place: int) -> Item | None:
        if place >= len(self.text):
            return None
        return self.proper(place) or self._rest(place)

    def end(self, place: int) -> int:
        """Where the items that begin here end, which is here if there is none."""
        passed = []
        while place not in self._ends:
            passed.append(place)
            item = self.item(place)
            if item is None:
                self._ends[place] = place
                break
            place = item[0]
        end = self._ends[place]
        for earlier in passed:
            self._ends[earlier] = end
        return end

    def values(self, place: int) -> list[Value]:
        values = []
        while item := self.item(place):
            values.append(item[1])
            place = item[0]
        return values

    def emoticon(self, place: int) -> Item | None:
        """An emoticon, unless it runs into something that is only text."""
        found = emoticon_at(self.text, place)
        return found if found and self._is_apart(found[0]) else None

    def _is_apart(self, end: int) -> bool:
        if end == len(self.text) or self.text[end] in self.NEIGHBOURS:
            return True
        # Of a chain of emoticons each asks the next, so the last is read first: no deep recursion.
        chain = []
        place = end
        while place < len(self.text) and place not in self._proper:
            chain.append(place)
            following = emoticon_at(self.text, place)
            if following is None:
                break
            place = following[0]
        for place in reversed(chain):
            self.proper(place)
        return self.proper(end) is not None
