"""Bold, italic, struck and linked text, which may hold one another, but none itself."""

from __future__ import annotations

import re
from functools import partial

from contrail.markdown.contents import Contents, Item
from contrail.markdown.emoji import emoticon_at
from contrail.markdown.leaves import Leaves
from contrail.markdown.lookahead import FAR, Next
from contrail.markdown.nodes import Node, Piece, finished, link, merged, valued

BOLD, ITALIC, STRIKE, REFERENCE = 1, 2, 4, 8
"""What a place lies in, as bits: the same kind does not begin there again."""

WORD_BEFORE_ITALIC = re.compile(r"[a-zA-Z0-9]++__?+")
WORD_AFTER_ITALIC = {1: re.compile("[a-zA-Z]++"), 2: re.compile("[a-zA-Z0-9]++")}
ANGLE_TITLE = re.compile(r"\|([^\x00-\x1f<>|]++)>")
TITLE_RUN = re.compile(r"[^\]()*_~ \t\r\n]++")
BOLD_RUN = re.compile(r"[^\n* _~]++")
ITALIC_RUN = re.compile(r"[^\n_ *~]++")
STRIKE_RUN = re.compile(r"[^\n~ *_:`@#\[\]\\<!|\ud83c-\ud83e\u2300-\u27bf]++")


class Emphasis:
    """Finds emphasis and links in one text. `inside` says what a place lies in already."""

    def __init__(self, leaves: Leaves) -> None:
        self.leaves = leaves
        self.text = leaves.text
        self.closing = Next(re.compile(r"\]\("), self.text)
        self.bracket = Next(re.compile(r"\]"), self.text)
        self._contents: dict[tuple[type[Contents], int], Contents] = {}

    def bold(self, place: int, inside: int) -> Item | None:
        if inside & BOLD or self.text[place] != "*":
            return None
        return self._enclosed(place, self._within(BoldContents, inside | BOLD), "*", "BOLD")

    def strike(self, place: int, inside: int) -> Item | None:
        if inside & STRIKE or self.text[place] != "~":
            return None
        return self._enclosed(place, self._within(StrikeContents, inside | STRIKE), "~", "STRIKE")

    def italic(self, place: int, inside: int) -> Item | None:
        """Italic text, or the text of a word that marks of italic lie within."""
        if inside & ITALIC:
            return None
        if self.text[place] != "_":
            match = WORD_BEFORE_ITALIC.match(self.text, place)
            return (match.end(), match[0]) if match and match[0][-1] == "_" else None
        contents = self._within(ItalicContents, inside | ITALIC)
        width = 2 if self.text.startswith("_", place + 1) else 1
        start = place + width
        end = contents.end(start)
        if end == start or not self.text.startswith("_" * width, end):
            return None
        if word := WORD_AFTER_ITALIC[width].match(self.text, end + width):
            return word.end(), partial(_unmarked, contents, start, "_" * width, word[0])
        return end + width, partial(_node, "ITALIC", contents, start)

    def reference(self, place: int, inside: int) -> Item | None:
        """`[title](target)` or `<target|title>`."""
        if inside & REFERENCE:
            return None
        if self.text[place] == "<":
            return self._angle_reference(place)
        if self.text[place] != "[" or self.closing.at(place) == FAR:
            return None
        title = self._within(TitleContents, inside | REFERENCE)
        end = title.end(place + 1)
        if not self.text.startswith("](", end):
            return None
        target = self.leaves.addresses.target(end + 2)
        if target is None or not self.text.startswith(")", target[0]):
            return None
        return target[0] + 1, partial(_link, title, place + 1, target[1])

    def _angle_reference(self, place: int) -> Item | None:
        target = self.leaves.addresses.angle_target(place + 1)
        title = ANGLE_TITLE.match(self.text, target[0]) if target else None
        if target is None or title is None:
            return None
        return title.end(), link(target[1], finished([title[1]]))

    def _enclosed(self, place: int, contents: Contents, mark: str, kind: str) -> Item | None:
        for width in (2, 1):
            if self.text.startswith(mark * width, place):
                start = place + width
                end = contents.end(start)
                if end > start and self.text.startswith(mark * width, end):
                    return end + width, partial(_node, kind, contents, start)
        return None

    def _within(self, kind: type[EmphasisContents], inside: int) -> Contents:
        key = kind, inside
        if key not in self._contents:
            self._contents[key] = kind(self, inside)
        return self._contents[key]


def _node(kind: str, contents: Contents, start: int) -> Node:
    return valued(kind, finished(contents.values(start)))


def _unmarked(contents: Contents, start: int, marks: str, word: str) -> list[Piece]:
    return merged([marks, *merged(contents.values(start)), marks, word])


def _link(title: Contents, start: int, target: str) -> Node:
    return link(target, finished(title.values(start) or [target]))


class EmphasisContents(Contents):
    """What lies between marks of emphasis."""

    def __init__(self, emphasis: Emphasis, inside: int) -> None:
        super().__init__(emphasis.text)
        self._emphasis = emphasis
        self._leaves = emphasis.leaves
        self._inside = inside

    def _leaf(self, place: int) -> Item | None:
        """What all kinds of emphasis may hold besides one another."""
        first = self.text[place]
        if first in " \t":
            return self._leaves.spaces(place)
        if first == "`":
            return self._leaves.code(place)
        if first == "<" and (stamp := self._leaves.stamp(place)):
            return stamp
        if first in "[<" and (reference := self._emphasis.reference(place, self._inside)):
            return reference
        return self._leaves.user(place) or self._leaves.channel(place)


class BoldContents(EmphasisContents):
    def _read(self, place: int) -> Item | None:
        return (
            self._leaf(place)
            or self._emphasis.italic(place, self._inside)
            or self._emphasis.strike(place, self._inside)
            or self._leaves.emoji(place)
            or (self.emoticon(place) if self._leaves.options.emoticons else None)
        )

    def _rest(self, place: int) -> Item | None:
        if match := BOLD_RUN.match(self.text, place):
            return match.end(), match[0]
        return (place + 1, self.text[place]) if self.text[place] in "_~" else None


class ItalicContents(EmphasisContents):
    NEIGHBOURS = "\r\n \t*_"

    def _read(self, place: int) -> Item | None:
        return (
            self._leaf(place)
            or self._emphasis.bold(place, self._inside)
            or self._emphasis.strike(place, self._inside)
            or self._leaves.emoji(place)
            or (self.emoticon(place) if self._leaves.options.emoticons else None)
        )

    def _rest(self, place: int) -> Item | None:
        if match := ITALIC_RUN.match(self.text, place):
            return match.end(), match[0]
        return (place + 1, self.text[place]) if self.text[place] in "*~" else None


class StrikeContents(EmphasisContents):
    def _read(self, place: int) -> Item | None:
        if match := STRIKE_RUN.match(self.text, place):
            return match.end(), match[0]
        if self.text[place] == "\\" and (stamp := self._leaves.escaped_stamp(place)):
            return stamp
        return (
            self._leaf(place)
            or self._emphasis.italic(place, self._inside)
            or self._emphasis.bold(place, self._inside)
            or self._leaves.emoji(place)
            or (emoticon_at(self.text, place) if self._leaves.options.emoticons else None)
        )

    def _rest(self, place: int) -> Item | None:
        return None if self.text[place] in "\n~ " else (place + 1, self.text[place])


class TitleContents(EmphasisContents):
    """What lies between `[` and `](`, over several lines if need be."""

    def _read(self, place: int) -> Item | None:
        return (
            self._leaves.spaces(place)
            or self._emphasis.bold(place, self._inside)
            or self._emphasis.italic(place, self._inside)
            or self._emphasis.strike(place, self._inside)
        )

    def _rest(self, place: int) -> Item | None:
        if match := TITLE_RUN.match(self.text, place):
            return match.end(), match[0]
        if self.text[place] == "]" and self._closes(place):
            return None
        return place + 1, self.text[place]

    def _closes(self, place: int) -> bool:
        """Whether the title ends here: also where only the next brackets are a link."""
        if self.text.startswith("](", place):
            return place + 2 < len(self.text)
        if not self.text.startswith("] [", place):
            return False
        closing = self._emphasis.bracket.at(place + 3)
        return closing != FAR and self.text.startswith("](", closing)
