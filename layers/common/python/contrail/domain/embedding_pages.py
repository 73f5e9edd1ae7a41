"""What a page says of itself: its title, its `meta` tags, where its oEmbed is.

A page may be anything at all, and made to take long: tags are found one by one within bounds, and
only what one of them says is parsed.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import islice
from urllib.parse import urljoin

from contrail.ports.web import Answer
from contrail.shapes.rows import Document

START = re.compile(r"<(?:meta|link|title)\b", re.IGNORECASE)
TAG = re.compile(r"""<(?:[^<>"']++|"[^"]*+"|'[^']*+')++>""")
PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
DECLARED = re.compile(r"""<meta\b[^>]{0,200}?charset=["']?([\w-]{1,40})""", re.IGNORECASE)
CHARSET = re.compile(r"charset=[\"']?([\w-]{1,40})", re.IGNORECASE)
ENCODINGS = re.compile(
    r"utf-?8|utf-?16(le|be)?|us-ascii|iso-8859-\d{1,2}|windows-125\d|koi8-[ru]|gb2312|gbk|gb18030"
    r"|big5|shift_jis|euc-(jp|kr)|iso-2022-jp|tis-620",
    re.IGNORECASE,
)
"""Those that pages have: others may be made to take long."""
LONGEST_TAG, MOST_TAGS = 4096, 500
LONGEST_VALUE, MOST_KEYS, MOST_TOGETHER = 2000, 60, 8000
"""Characters of a value, how many there are, and characters of all: a message has to fit into a
frame with its links.
"""
SCRIPT = re.compile(r"[\s\0-\x1f]*(javascript|vbscript|data):", re.IGNORECASE)
"""Clients make links of what pages say."""
FAMILIES = ("og", "fb", "twitter", "oembed", "msapplication")
WORDS = ("description", "title")
OEMBED = "application/json+oembed"


@dataclass
class Page:
    """`oembed` is the address that the page names for it, empty where it names none."""

    meta: Document = field(default_factory=dict)
    oembed: str = ""


def read(answer: Answer) -> Page:
    """Of what is no page there is nothing to say."""
    page, text = Page(), _text(answer)
    for tag, attributes, rest in _tags(text):
        if tag == "title":
            _set(page.meta, "pageTitle", html.unescape(rest.partition("<")[0]))
        elif tag == "meta":
            name = attributes.get("property") or attributes.get("name") or ""
            _set(page.meta, camel(name), attributes.get("content", ""))
        elif attributes.get("type", "").lower() == OEMBED and not page.oembed:
            page.oembed = _absolute(answer.url, attributes.get("href", ""))
    # Only who serves oEmbed says what it says.
    page.meta = {key: value for key, value in page.meta.items() if not key.startswith("oembed")}
    return page


def relevant(meta: Document) -> Document:
    """What messages show of it."""
    kept: Document = {}
    left = MOST_TOGETHER
    for key, value in meta.items():
        name = key.lower()
        known = any(name.startswith(one) and name != one for one in FAMILIES)
        if not (known or any(word in name for word in WORDS)) or not isinstance(value, str):
            continue
        text = value.strip()
        if SCRIPT.match(text):
            continue
        if text and len(text) <= min(LONGEST_VALUE, left) and len(kept) < MOST_KEYS:
            kept[key] = text
            left -= len(text)
    return kept


def camel(name: str) -> str:
    """`og:image:width` -> `ogImageWidth`."""
    parts: list[str] = PART.findall(name[:200])
    return "".join(parts[:1]).lower() + "".join(part.capitalize() for part in parts[1:])


def _set(meta: Document, name: str, value: str) -> None:
    """The first one counts."""
    if name and not meta.get(name):
        meta[name] = value[:LONGEST_VALUE]


def _tags(text: str) -> Iterator[tuple[str, dict[str, str], str]]:
    """Name, attributes, and some of what follows."""
    for start in islice(START.finditer(text), MOST_TAGS):
        piece = text[start.start() : start.start() + LONGEST_TAG]
        whole = TAG.match(piece)
        if whole is None:
            continue
        parser = _One()
        parser.feed(whole[0])
        if parser.tag:
            yield parser.tag, parser.attributes, piece[whole.end() :]


class _One(HTMLParser):
    """The tag that it was fed."""

    tag = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tag = self.tag or tag
        self.attributes = {name: value or "" for name, value in reversed(attrs)}


def _absolute(base: str, href: str) -> str:
    try:
        return urljoin(base, href.strip())
    except ValueError:
        return ""


def _text(answer: Answer) -> str:
    kind = answer.headers.get("content-type", "")
    packed = answer.headers.get("content-encoding", "identity").lower() != "identity"
    if packed or (kind and "html" not in kind.lower()):
        return ""
    start = answer.body[:LONGEST_TAG].decode("ascii", "replace")
    declared = [one[1] for one in DECLARED.finditer(start)]
    for name in (*(one[1] for one in CHARSET.finditer(kind)), *declared):
        if ENCODINGS.fullmatch(name):
            return answer.body.decode(name, "replace")
    try:
        return answer.body.decode()
    except UnicodeDecodeError:
        return answer.body.decode("cp1252", "replace")
