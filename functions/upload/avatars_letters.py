"""Avatars of who has uploaded none: a letter on a colour that the name decides."""

from __future__ import annotations

from dataclasses import dataclass

COLORS = ("#158D65", "#7F1B9F", "#B68D00", "#E26D0E", "#10529E", "#6C727A")
UNKNOWN = "?"
UNKNOWN_COLOR = "#000"
SMALLEST, USUAL, LARGEST = 16, 200, 1024
"""Pixels of a side that may be asked for."""
MOST_LETTERS = 3
FONTS = "'Helvetica', 'Arial', 'Lucida Grande', 'sans-serif'"


@dataclass(frozen=True, slots=True)
class Letters:
    """`text` is at most three letters or digits, or `?`; `color` as in CSS."""

    text: str
    color: str

    @classmethod
    def of(cls, name: str, *, every_word: bool = False) -> Letters:
        """Of the first word that has any, or of the first three words."""
        if not name or name == UNKNOWN:
            return cls(UNKNOWN, UNKNOWN_COLOR)
        words = name.split(" ")[:MOST_LETTERS] if every_word else [name]
        return cls("".join(map(_first, words)), color(name))

    def font_size(self, side: int) -> float:
        """More letters are smaller."""
        number = len(self.text)
        return side / (1.6 + (number**2 / 10 if number > 1 else 0))


def color(name: str) -> str:
    """By the name's length in UTF-16, which is how clients count that draw avatars themselves."""
    return COLORS[len(name.encode("utf-16-le", "surrogatepass")) // 2 % len(COLORS)]


def side(asked: str) -> int:
    """The size in a query, brought within bounds; the usual one for what is no number."""
    digits = asked[:9]
    if not (digits.isascii() and digits.isdigit()) or not int(digits):
        return USUAL
    return min(max(int(digits), SMALLEST), LARGEST)


def svg(letters: Letters, pixels: int) -> str:
    """There is no letter that XML has another use for."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {pixels} {pixels}">\n'
        f'<rect width="100%" height="100%" fill="{letters.color}"/>\n'
        '<text x="50%" y="50%" dy="0.36em" text-anchor="middle" pointer-events="none" '
        f'fill="#ffffff" font-family="{FONTS}" font-size="{letters.font_size(pixels):g}">\n'
        f"{letters.text}\n</text>\n</svg>"
    )


def _first(word: str) -> str:
    """Of any script: names need not be English."""
    letter = next((one for one in word if one.isalnum()), "")
    return letter.upper()[:1]
