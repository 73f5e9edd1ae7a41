"""Regular expressions that people write: only those that cannot hold a function.

Python's engine tries one way after the other, and nothing can stop it on the way. So the ways that
a pattern may have to try at one place of a text are counted before it is used: the choices of its
parts multiply.
"""

from __future__ import annotations

import importlib
import re
from typing import Any, Final

LONGEST: Final = 200
TEXT: Final = 5_000
"""Characters of a message, as the usual setting allows them."""
MOST: Final = 2 * TEXT
"""Ways at one place: a repetition without bounds, and a few choices beside it."""
DEEPEST: Final = 20
RESERVED: Final = ("[[", "--", "&&", "~~", "||")
"""What sets of characters may mean one day; the engine warns of it."""
PARSER: Final[Any] = importlib.import_module("re._parser")
REPEATS: Final = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")
SINGLE: Final = ("LITERAL", "NOT_LITERAL", "ANY", "IN", "CATEGORY", "RANGE")


def harmless(text: str, flags: int) -> re.Pattern[str] | None:
    """The pattern, compiled; None for one that is none, or that could take too long."""
    if len(text) > LONGEST or any(sign in text for sign in RESERVED):
        return None
    # At either end this asks for nothing, but makes each place try the whole text.
    text = re.sub(r"^(?:\.\*)+|(?<!\\)(?:\.\*)+$", "", text)
    try:
        ways = _ways(PARSER.parse(text, flags), DEEPEST)
        return re.compile(text, flags) if ways <= MOST else None
    except (re.error, RecursionError, OverflowError):
        return None


def _ways(sequence: Any, levels: int) -> int:
    """How many ways a sequence of parts may be tried; more than `MOST` where nobody can tell."""
    ways = 1
    for operation, argument in sequence:
        ways *= _ways_of(str(operation), argument, levels)
        if ways > MOST:
            return MOST + 1
    return ways


def _ways_of(operation: str, argument: Any, levels: int) -> int:
    if levels == 0:
        return MOST + 1
    if operation in SINGLE or operation == "AT":
        return 1
    if operation == "SUBPATTERN":
        return _ways(argument[3], levels - 1)
    if operation == "BRANCH":
        return sum(_ways(branch, levels - 1) for branch in argument[1])
    if operation in REPEATS:
        least, most, inner = argument
        most, each = min(int(most), TEXT), _ways(inner, levels - 1)
        alone = len(inner) == 1 and str(inner[0][0]) in SINGLE
        if alone:
            return max(most - int(least) + 1, 1)
        # A group that repeats: each time it may have taken another way.
        return (
            min(sum(each**times for times in range(most + 1)), MOST + 1) if most <= 8 else MOST + 1
        )
    return MOST + 1
