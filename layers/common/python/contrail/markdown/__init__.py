"""Message text as the syntax tree that Rocket.Chat's clients render: the `md` of a message."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from contrail.markdown.blocks import Blocks
from contrail.markdown.emoji import emoji_at, emoticon_at
from contrail.markdown.emphasis import Emphasis
from contrail.markdown.leaves import Leaves
from contrail.markdown.nodes import Node, valued
from contrail.markdown.options import Options
from contrail.markdown.units import joined, split

BLANKS = re.compile(r"[ \t\r\n]*+")
MOST_BIG_EMOJI = 3


def parse(
    text: str,
    *,
    colors: bool = False,
    emoticons: bool = False,
    katex: Mapping[str, bool] | None = None,
    custom_domains: Sequence[str] = (),
    now: datetime | None = None,
) -> list[dict[str, Any]]:
    """The blocks of a message, as nodes of Rocket.Chat's message parser.

    `katex` is `{dollarSyntax, parenthesisSyntax}`; without it `$` and `\\(` are text. Hosts that no
    public suffix ends are linked if they are, or lie below, one of the `custom_domains`. `now`
    says which day `<t:10:00+02:00>` is of. No text is refused; the empty one has no blocks, and
    a message with none carries no `md`.
    """
    katex = katex or {}
    options = Options(
        colors=colors,
        emoticons=emoticons,
        dollar_katex=bool(katex.get("dollarSyntax")),
        parenthesis_katex=bool(katex.get("parenthesisSyntax")),
        hosts=("localhost", *custom_domains),
    )
    units = split(text)
    tree = _big_emoji(units, options)
    if tree is None:
        leaves = Leaves(units, options, now or datetime.now(UTC))
        tree = list(Blocks(Emphasis(leaves)))
    parsed: list[dict[str, Any]] = tree if units is text else joined(tree)
    return parsed


def _big_emoji(text: str, options: Options) -> list[Node] | None:
    """What a message of up to three emoji and nothing else is."""
    emoji: list[Node] = []
    place = _past_blanks(text, 0)
    while place < len(text) and len(emoji) < MOST_BIG_EMOJI:
        found = emoji_at(text, place) or (emoticon_at(text, place) if options.emoticons else None)
        if found is None:
            return None
        emoji.append(found[1])
        place = _past_blanks(text, found[0])
    return [valued("BIG_EMOJI", emoji)] if emoji and place == len(text) else None


def _past_blanks(text: str, place: int) -> int:
    match = BLANKS.match(text, place)
    return match.end() if match else place
