"""Nodes of the syntax tree, in the shapes of Rocket.Chat's message parser.

While a line is read, plain text is a `str`; it becomes a node when its surroundings are complete.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Node = dict[str, Any]
Piece = str | Node
Value = str | Node | Callable[[], Node | list[Piece]]
"""Plain text, a node, or what makes one, or several pieces, if it is used."""

BLANKS = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What JavaScript trims."""


def plain(text: str) -> Node:
    return {"type": "PLAIN_TEXT", "value": text}


def valued(kind: str, value: Any) -> Node:
    return {"type": kind, "value": value}


def named(kind: str, text: str) -> Node:
    """A node around one plain text, such as a mention or inline code."""
    return {"type": kind, "value": plain(text)}


def link(source: str, label: list[Node]) -> Node:
    return valued("LINK", {"src": plain(source), "label": label})


def image(source: str, label: str) -> Node:
    return valued("IMAGE", {"src": plain(source), "label": plain(label)})


def short_code(code: str) -> Node:
    return {"type": "EMOJI", "value": plain(code), "shortCode": code}


def emoticon(text: str, code: str) -> Node:
    return {"type": "EMOJI", "value": plain(text), "shortCode": code}


def unicode_emoji(text: str) -> Node:
    return {"type": "EMOJI", "unicode": text}


def merged(values: Iterable[Value]) -> list[Piece]:
    """Pieces in reading order: neighbouring plain texts are one, glued emoji are text."""
    flat: list[Piece] = []
    for value in values:
        if callable(value):
            made = value()
            if isinstance(made, list):
                flat.extend(made)
            else:
                flat.append(made)
        else:
            flat.append(value)
    pieces: list[Piece] = []
    run: list[str] = []
    for place, piece in enumerate(flat):
        if not isinstance(piece, str):
            if "shortCode" not in piece or not _glued(flat, place):
                if run:
                    pieces.append("".join(run))
                    run.clear()
                pieces.append(piece)
                continue
            piece = _written(piece)
        run.append(piece)
    if run:
        pieces.append("".join(run))
    return pieces


def finished(values: Iterable[Value]) -> list[Node]:
    return wrapped(merged(values))


def wrapped(pieces: Iterable[Piece]) -> list[Node]:
    return [plain(piece) if isinstance(piece, str) else piece for piece in pieces]


def _glued(flat: list[Piece], place: int) -> bool:
    """Whether an emoji touches a word or another emoji; clients then show what was written."""
    return any(
        piece.strip(BLANKS) != "" if isinstance(piece, str) else piece["type"] == "EMOJI"
        for piece in (*flat[max(place - 1, 0) : place], *flat[place + 1 : place + 2])
    )


def _written(emoji: Node) -> str:
    text: str = emoji["value"]["value"]
    return f":{text}:" if text == emoji["shortCode"] else text
