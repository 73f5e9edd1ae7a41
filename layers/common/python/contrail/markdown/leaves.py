"""Markup that encloses no other: mentions, code, colours, mathematics, escapes."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache

from contrail.markdown import characters
from contrail.markdown.addresses import Addresses
from contrail.markdown.contents import Item
from contrail.markdown.emoji import emoji_at
from contrail.markdown.lookahead import FAR, Next, Run
from contrail.markdown.nodes import image, named, valued
from contrail.markdown.options import Options
from contrail.markdown.stamps import STAMP, stamp_at

SPACES = re.compile(r"[ \t]++")
ANY_TEXT = re.compile(characters.ANY_TEXT)
IMAGE_TITLE = re.compile(rf"!\[((?:[ \t]*+{characters.ANY_TEXT}++[ \t]*+)?+)\]\(")
COLOR = re.compile(
    rf"color:#((?>[0-9A-Fa-f]{{6}}(?:[0-9A-Fa-f]{{2}})?+|[0-9A-Fa-f]{{3,4}}+))(?!{characters.ANY_TEXT})"
)
BLANK_EMPHASIS = {mark: re.compile(rf"{mark}++[ \t]++{mark}++") for mark in (r"\*", "_", "~")}
ESCAPED = frozenset("*_~`#.")


@cache
def _name() -> re.Pattern[str]:
    return re.compile(f"[{characters.names()}_.-]++")


class Leaves:
    """Finds the markup of one text that encloses no other. A place is where it would begin."""

    def __init__(self, text: str, options: Options, now: datetime) -> None:
        self.text = text
        self.options = options
        self.addresses = Addresses(text, options.hosts)
        self._now = now
        self._ticks = Next(re.compile(r"[`\n]"), text)
        self._ats = Run(re.compile("@++"), text)
        ends = [r"\\\)"] * options.parenthesis_katex + [r"\$"] * options.dollar_katex
        self._katex_ends = Next(re.compile("|".join(ends)), text) if ends else None
        self._stars = {mark[-1]: Run(re.compile(f"{mark}++"), text) for mark in BLANK_EMPHASIS}

    def spaces(self, place: int) -> Item | None:
        match = SPACES.match(self.text, place)
        return (match.end(), match[0]) if match else None

    def code(self, place: int) -> Item | None:
        end = self._ticks.at(place + 1)
        if end == FAR or end == place + 1 or self.text[end] != "`":
            return None
        return end + 1, named("INLINE_CODE", self.text[place + 1 : end])

    def stamp(self, place: int) -> Item | None:
        return stamp_at(self.text, place, self._now)

    def escaped_stamp(self, place: int) -> Item | None:
        match = STAMP.match(self.text, place + 1)
        return (match.end(), match[0]) if match else None

    def escaped(self, place: int) -> Item | None:
        mark = self.text[place + 1 : place + 2]
        return (place + 2, mark) if mark in ESCAPED else None

    def emoji(self, place: int) -> Item | None:
        return emoji_at(self.text, place)

    def user(self, place: int) -> Item | None:
        """`@user`, also `@user:server`; after a word it is text."""
        if self._follows_text("@", place):
            letter = self._ats.end(place + 1)
            if self._is_letter(letter):
                return letter + 1, f"{self.text[place]}@{self.text[letter]}"
        return self.user_apart(place)

    def user_apart(self, place: int) -> Item | None:
        if self.text[place] != "@":
            return None
        start = self._ats.end(place)
        name = _name().match(self.text, start)
        if name is None:
            return None
        end = name.end()
        if self.text[end : end + 1] in (":", "@") and (server := _name().match(self.text, end + 1)):
            end = server.end()
        if self.text.endswith("__", start, end):
            return None
        return end, named("MENTION_USER", self.text[start:end])

    def channel(self, place: int) -> Item | None:
        """`#channel`; after a word it is text."""
        if self._follows_text("#", place) and self._is_letter(place + 2):
            return place + 3, self.text[place : place + 3]
        if self.text[place] == "#" and (name := _name().match(self.text, place + 1)):
            return name.end(), named("MENTION_CHANNEL", name[0])
        return None

    def image(self, place: int) -> Item | None:
        match = IMAGE_TITLE.match(self.text, place)
        target = self.addresses.target(match.end()) if match else None
        if match is None or target is None or not self.text.startswith(")", target[0]):
            return None
        return target[0] + 1, image(target[1], match[1] or target[1])

    def color(self, place: int) -> Item | None:
        match = COLOR.match(self.text, place)
        if match is None:
            return None
        digits = match[1]
        width = 2 if len(digits) >= 6 else 1
        parts = [digits[at : at + width] for at in range(0, len(digits), width)]
        red, green, blue, alpha = ([int(part * (3 - width), 16) for part in parts] + [255])[:4]
        return match.end(), valued("COLOR", {"r": red, "g": green, "b": blue, "a": alpha})

    def katex(self, place: int) -> Item | None:
        opening = self._katex_opening(place)
        if not opening or self._katex_ends is None:
            return None
        start = place + opening
        end = self._katex_ends.at(start)
        if end == FAR:
            return None
        node = valued("INLINE_KATEX", self.text[start:end])
        return end + (1 if self.text[end] == "$" else 2), node

    def blank_emphasis(self, place: int) -> Item | None:
        """Marks around nothing but spaces are text."""
        mark = self.text[place]
        gap = SPACES.match(self.text, self._stars[mark].end(place))
        if gap is None or not self.text.startswith(mark, gap.end()):
            return None
        end = self._stars[mark].end(gap.end())
        return end, self.text[place:end]

    def _follows_text(self, mark: str, place: int) -> bool:
        """Whether the mark stands right behind the character here."""
        return self.text.startswith(mark, place + 1) and bool(ANY_TEXT.match(self.text, place))

    def _is_letter(self, place: int) -> bool:
        """Whether a letter or a digit stands here, that is what a name has but `_`, `.` and `-`."""
        match = _name().match(self.text, place, place + 1)
        return match is not None and match[0] not in "_.-"

    def _katex_opening(self, place: int) -> int:
        """How long the opening of a formula is that begins here."""
        if self.options.parenthesis_katex and self.text.startswith("\\(", place):
            return 2
        return int(self.options.dollar_katex and self.text.startswith("$", place))
