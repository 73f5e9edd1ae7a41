"""Emoji: `:short_code:`, characters of Unicode, and emoticons such as `:)`."""

from __future__ import annotations

import re
from functools import cache

from contrail.markdown.nodes import Node, emoticon, short_code, unicode_emoji

# Emoticons in the order of their short codes; none begins another.
EMOTICONS = {
    "heart": "<3",
    "broken_heart": "</3",
    "smiley": ":D :-D =D",
    "laughing": ">:) >;) >:-) >=)",
    "sweat_smile": "':) ':-) '=) ':D ':-D '=D",
    "joy": ":') :'-)",
    "innocent": "O:-) 0:-3 0:3 0:-) 0:) 0;^) O:) O;-) O=) 0;-) O:-3 O:3",
    "slight_smile": ":) :-) =] =) :]",
    "wink": ";) ;-) *-) *) ;-] ;] ;D ;^)",
    "kissing_heart": ":* :-* =* :^*",
    "stuck_out_tongue": ":P :-P =P :-\u00de :\u00de :-b :b",
    "stuck_out_tongue_winking_eye": ">:P X-P",
    "sunglasses": "B-) B) 8) 8-) B-D 8-D",
    "disappointed": ">:[ :-( :( :-[ :[ =(",
    "confused": r">:\ >;/ :-/ :-. :/ :\ =/ =\ :L =L",
    "persevere": ">.<",
    "cry": ":'( ;( ;-(",
    "angry": ">:( >:-( :@",
    "flushed": ":$ =$",
    "fearful": "D:",
    "sweat": "':( ':-( '=(",
    "no_mouth": ":-X :X :-# :# =X =#",
    "expressionless": "-_- -__- -___-",
    "open_mouth": ":-O :O O_O >:O",
    "dizzy_face": "#-) #) %-) %) X) X-)",
    "thumbsup": "(y)",
    "person_gesturing_ok": r"*\0/* \0\/ *\O/* \O\/",
}
CODES = {text: code for code, texts in EMOTICONS.items() for text in texts.split(" ")}
EMOTICON_STARTS = frozenset(text[0] for text in CODES)
EMOTICON = re.compile("|".join(re.escape(text) for text in sorted(CODES, reverse=True)))
SHORT_CODE = re.compile(r":([0-9a-zA-Z\-_+.]++):")


def _wide(first: int, last: int) -> str:
    """A pattern for a range of characters outside the first plane, in UTF-16 code units."""
    parts = []
    while first <= last:
        lead, trail = divmod(first - 0x10000, 0x400)
        stop = min(last, 0x10000 + (lead + 1) * 0x400 - 1)
        end = (stop - 0x10000) % 0x400
        parts.append(f"\\u{0xD800 + lead:04x}[\\u{0xDC00 + trail:04x}-\\u{0xDC00 + end:04x}]")
        first = stop + 1
    return "|".join(parts)


def _any(*ranges: tuple[int, int]) -> str:
    return "|".join(_wide(*both) for both in ranges)


VARIANT = r"[\ufe00-\ufe0f]"
TONE = f"(?:{_wide(0x1F3FB, 0x1F3FF)})"
JOINED = (
    r"(?:(?:(?:[\u2194\u2195\u2600-\u27bf\u2b1b\u2b1c]|"
    + _any(
        (0x1F300, 0x1F3F3),
        (0x1F3F4, 0x1F3FA),
        (0x1F3FB, 0x1F3FF),
        (0x1F400, 0x1F64F),
        (0x1F680, 0x1F6FF),
        (0x1F7E0, 0x1F7EB),
        (0x1F7F0, 0x1F7F0),
    )
    + rf"){VARIANT}?+|{_wide(0x1F900, 0x1FBFF)}){TONE}?+)"
)
"""What may be joined with zero-width joiners."""

ALONE = (
    r"(?:[\u2300-\u23ff\u2600-\u27bf\u2b1b\u2b1c]|"
    + _any(
        (0x1F0CF, 0x1F0CF),
        (0x1F18E, 0x1F18E),
        (0x1F191, 0x1F19A),
        (0x1F201, 0x1F201),
        (0x1F232, 0x1F23A),
        (0x1F250, 0x1F251),
        (0x1F600, 0x1F64F),
        (0x1F680, 0x1F6FF),
        (0x1F7E0, 0x1F7EB),
        (0x1F7F0, 0x1F7F0),
    )
    + rf"){VARIANT}?+"
)
WITH_VARIANT = (
    r"(?:[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2196-\u2199\u21a9\u21aa\u24c2\u25aa\u25ab\u25b6"
    r"\u25c0\u25fb-\u25fe\u2934\u2935\u2b05-\u2b07\u2b50\u2b55\u3030\u303d\u3297\u3299]|"
    + _any(
        (0x1F004, 0x1F004),
        (0x1F170, 0x1F171),
        (0x1F17E, 0x1F17F),
        (0x1F202, 0x1F202),
        (0x1F21A, 0x1F21A),
        (0x1F22F, 0x1F22F),
    )
    + r")\ufe0f"
)
FLAG = rf"(?:{_wide(0x1F1E6, 0x1F1FF)}){{2}}"
REGION = rf"{_wide(0x1F3F4, 0x1F3F4)}(?:{_wide(0xE0020, 0xE007E)})++{_wide(0xE007F, 0xE007F)}"
KEYCAP = r"[0-9#*]\ufe0f?+\u20e3"


@cache
def unicode_pattern() -> re.Pattern[str]:
    joined = rf"(?:{JOINED}\u200d)*+{JOINED}"
    return re.compile(f"{KEYCAP}|{REGION}|{joined}|{ALONE}|{WITH_VARIANT}|{FLAG}")


def emoji_at(text: str, place: int) -> tuple[int, Node] | None:
    """The emoji written here as a short code or a character, with its end."""
    if text[place] == ":":
        if match := SHORT_CODE.match(text, place):
            return match.end(), short_code(match[1])
        return None
    if match := unicode_pattern().match(text, place):
        return match.end(), unicode_emoji(match[0])
    return None


def emoticon_at(text: str, place: int) -> tuple[int, Node] | None:
    if text[place] in EMOTICON_STARTS and (match := EMOTICON.match(text, place)):
        return match.end(), emoticon(match[0], CODES[match[0]])
    return None
