"""The text of a line: markup wherever some begins, and plain text between."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from contrail.markdown.contents import Contents, Item
from contrail.markdown.emphasis import Emphasis
from contrail.markdown.nodes import Node, finished, valued

# A word up to the next gap in which nothing could be markup, nor, as with B, D, O and X, the
# beginning of an emoticon: most of what people write.
WORD = re.compile(
    r"(?![\u2000-\u33ff\ud800-\udfff])[^\x00-@BDOX\[-`{-\xbf]"
    r"[^*_~`:\n<\[\]! \t()\\|@./#\r]*+(?=[ \t\n]|\Z)"
)
RUN = re.compile(r"[^*_~`:\n<\[\]! \t()\\|]++")
ONLY_MARKS = frozenset("[]()\\|`~")
"""What begins no markup but that of its own, and no run of text."""


class Inline(Contents):
    """A line, or what a list's item, a heading or a quote holds of it."""

    def __init__(self, emphasis: Emphasis) -> None:
        super().__init__(emphasis.text)
        self._emphasis = emphasis
        self._leaves = leaves = emphasis.leaves
        self._emoticons = leaves.options.emoticons
        self._spoiler = SpoilerContents(self)
        self._own: dict[str, Callable[[int], Item | None]] = {
            " ": leaves.spaces,
            "\t": leaves.spaces,
            "\\": self._backslash,
            "[": self._reference,
            "<": self._angle,
            "!": leaves.image,
            "|": self._bars,
            "@": leaves.user_apart,
            "`": leaves.code,
            "+": leaves.addresses.phone,
            "$": leaves.katex,
            ":": self._colon,
            "*": self._star,
            "~": self._tilde,
            "-": self._dash,
        }

    def _read(self, place: int) -> Item | None:
        if word := WORD.match(self.text, place):
            return word.end(), word[0]
        first = self.text[place]
        own = self._own.get(first)
        if own and (item := own(place)):
            return item
        if first in ONLY_MARKS:
            return self.emoticon(place) if self._emoticons else None
        return self._address(place) or self._other(place)

    def _rest(self, place: int) -> Item | None:
        first = self.text[place]
        return None if first in "\r\n" else (place + 1, first)

    def _address(self, place: int) -> Item | None:
        addresses = self._leaves.addresses
        return addresses.email(place) or self._underlined(place) or addresses.url(place)

    def _underlined(self, place: int) -> Item | None:
        """An underscore before a host is text, unless another follows it."""
        if self.text[place] != "_":
            return None
        end = self._leaves.addresses.domain(place + 1)
        if end < 0 or self.text.startswith("_", end):
            return None
        return end, self.text[place:end]

    def _other(self, place: int) -> Item | None:
        leaves = self._leaves
        if self.text[place] == "_" and (blank := leaves.blank_emphasis(place)):
            return blank
        item = (
            self._emphasis.italic(place, 0)
            or leaves.channel(place)
            or leaves.emoji(place)
            or (self._dash_apart(place) if self.text[place] == "-" else None)
            or (self.emoticon(place) if self._emoticons else None)
            or (leaves.color(place) if leaves.options.colors else None)
        )
        if item is None and (run := RUN.match(self.text, place)):
            return run.end(), run[0]
        return item

    def _backslash(self, place: int) -> Item | None:
        leaves = self._leaves
        return leaves.escaped_stamp(place) or leaves.katex(place) or leaves.escaped(place)

    def _reference(self, place: int) -> Item | None:
        return self._emphasis.reference(place, 0)

    def _angle(self, place: int) -> Item | None:
        return self._leaves.stamp(place) or self._emphasis.reference(place, 0)

    def _colon(self, place: int) -> Item | None:
        return self._leaves.emoji(place) or (self.emoticon(place) if self._emoticons else None)

    def _star(self, place: int) -> Item | None:
        return self._leaves.blank_emphasis(place) or self._emphasis.bold(place, 0)

    def _tilde(self, place: int) -> Item | None:
        return self._leaves.blank_emphasis(place) or self._emphasis.strike(place, 0)

    def _dash(self, place: int) -> Item | None:
        return self._dash_apart(place) or (self.emoticon(place) if self._emoticons else None)

    def _dash_apart(self, place: int) -> Item | None:
        """The dash before `_-`, so that what follows may be italic."""
        apart = self.text.startswith("-_-", place) and place + 3 < len(self.text)
        return (place + 1, "-") if apart else None

    def _bars(self, place: int) -> Item | None:
        if not self.text.startswith("||", place):
            return None
        start = place + 2
        end = self._spoiler.end(start)
        if end == start or not self.text.startswith("||", end):
            return None
        return end + 2, partial(_spoiler, self._spoiler, start)


class Part(Contents):
    """A line as far as another mark, which only markup may step over."""

    def __init__(self, line: Inline) -> None:
        super().__init__(line.text)
        self._line = line


class SpoilerContents(Part):
    """What lies between `||` and `||`."""

    def _read(self, place: int) -> Item | None:
        return None if self.text.startswith("||", place) else self._line.proper(place)

    def _rest(self, place: int) -> Item | None:
        return None if self.text.startswith("||", place) else self._line.item(place)


class StarItemContents(Part):
    """What follows the star of a list's item; a lone star shows that it was none."""

    def _read(self, place: int) -> Item | None:
        return self._line.proper(place)

    def _rest(self, place: int) -> Item | None:
        return None if self.text[place] == "*" else self._line.item(place)


class CellContents(Part):
    """What lies between two bars of a table."""

    def _read(self, place: int) -> Item | None:
        if self.text.startswith("\\|", place):
            return place + 2, "|"
        return None if self.text[place] in "|\r\n" else self._line.proper(place)

    def _rest(self, place: int) -> Item | None:
        return None if self.text[place] in "|\r\n" else self._line.item(place)


def _spoiler(contents: Contents, start: int) -> Node:
    return valued("SPOILER", finished(contents.values(start)))
