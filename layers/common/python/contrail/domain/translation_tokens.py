"""What of a message is no language, kept out of its translation: code, links, names, emoji."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from contrail.shapes.rows import Document

CODE = r"```.*?```|`[^`\n]+`"
LABELLED = r"!?\[(?=[^\]\n]+\]\(https?://)|\]\(https?://[^)\s]+\)"
"""What stands around the words of a link."""
BARE = r"<https?://[^|>\s]+\||https?://[^\s<>\"'`|)]+"
EMOJI = r":[+\w-]+:"
MARKED = re.compile(r"<span[^>]*?>\s*\{?\s*(\d{1,4})\s*\}?\s*</span>", re.IGNORECASE)


class Tokens:
    """A text in lines of HTML in which such parts are marked, and back again."""

    def __init__(self, text: str, message: Document) -> None:
        self._parts: list[str] = []
        names = [
            f"@{one['username']}" for one in message.get("mentions") or () if one.get("username")
        ]
        names += [f"#{one['name']}" for one in message.get("channels") or () if one.get("name")]
        named = [re.escape(name) for name in sorted(names, key=len, reverse=True)]
        pattern = re.compile("|".join([CODE, LABELLED, BARE, EMOJI, *named]), re.DOTALL)
        marked, end = [], 0
        for match in pattern.finditer(text):
            marked += [html.escape(text[end : match.start()], quote=False), self._mark(match[0])]
            end = match.end()
        whole = "".join([*marked, html.escape(text[end:], quote=False)])
        self.lines = whole.split("\n")

    @property
    def worded(self) -> list[int]:
        """Places of the lines in which anything is left to translate."""
        return [
            place
            for place, line in enumerate(self.lines)
            if any(letter.isalpha() for letter in html.unescape(MARKED.sub("", line)))
        ]

    def joined(self, translated: Sequence[str | None]) -> str | None:
        """The text with what came back for each worded line; None when nothing was translated."""
        if all(line is None for line in translated):
            return None
        lines = list(self.lines)
        for place, line in zip(self.worded, translated, strict=True):
            lines[place] = line if line is not None else lines[place]
        return "\n".join(map(self._back, lines))

    def _mark(self, part: str) -> str:
        self._parts.append(part)
        return f'<span class="notranslate" translate="no">{{{len(self._parts) - 1}}}</span>'

    def _back(self, line: str) -> str:
        parts, end = [], 0
        for match in MARKED.finditer(line):
            place = int(match[1])
            known = self._parts[place] if place < len(self._parts) else ""
            parts += [html.unescape(line[end : match.start()]), known]
            end = match.end()
        return "".join([*parts, html.unescape(line[end:])])
