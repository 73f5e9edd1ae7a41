"""Filling templates safely, and what an HTML mail says without HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from html.parser import HTMLParser

from contrail.domain.mail_letters import texts

KEY = re.compile(r"\{ *([A-Za-z][\w-]*)[^{}]*\}")
PLACEHOLDER = re.compile(r"\[(\w{1,64})\]|__([A-Za-z]\w{0,62}?[A-Za-z0-9])__|__([A-Za-z])__")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
SPACES = re.compile(r"[ \t\r\f\v]+")
EMPTY_LINES = re.compile(r"\n{3,}")
BLOCKS = frozenset("p div br h1 h2 h3 h4 li ul ol table tr hr section header footer".split())
SILENT = frozenset(("style", "script", "title", "head"))


def fill(template: str, values: Mapping[str, str], *, escape: bool) -> str:
    """Texts for `{Keys}`, then values for `[names]` and `__names__`, whatever their case.

    Values are put in once and never read as templates; in HTML each is `escape`d. Names without
    a value stay as they are.
    """
    known = {name.lower(): value for name, value in values.items()}

    def value_of(found: re.Match[str]) -> str:
        name = found[1] or found[2] or found[3]
        value = known.get(name.lower())
        if value is None:
            return found[0]
        return html.escape(value) if escape else value

    return PLACEHOLDER.sub(value_of, KEY.sub(_text_of, template))


def _text_of(found: re.Match[str]) -> str:
    return texts().get(found[1], found[0])


def one_line(text: str) -> str:
    """For headers: no line ends, no control characters."""
    return CONTROL.sub(" ", text).strip()


def plain(page: str) -> str:
    """The words of an HTML page; links keep their addresses."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    lines = SPACES.sub(" ", "".join(reader.parts)).split("\n")
    return EMPTY_LINES.sub("\n\n", "\n".join(line.strip() for line in lines)).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0
        self._link = ""
        self._said = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self._silent += 1
        elif tag in BLOCKS:
            self.parts.append("\n")
        elif tag == "a":
            self._link, self._said = dict(attrs).get("href") or "", ""

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self._silent = max(self._silent - 1, 0)
        elif tag in BLOCKS:
            self.parts.append("\n")
        elif tag == "a" and self._link:
            if self._said.strip() != self._link:
                self.parts.append(f": {self._link}")
            self._link = ""

    def handle_data(self, data: str) -> None:
        if not self._silent:
            text = data.replace("\n", " ")
            self._said += text
            self.parts.append(text)
