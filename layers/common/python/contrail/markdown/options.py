"""What a workspace allows in its messages besides the ordinary marks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    colors: bool = False
    emoticons: bool = False
    dollar_katex: bool = False
    parenthesis_katex: bool = False
    hosts: tuple[str, ...] = ("localhost",)
    """Hosts that are linked, with all names below them, though no public suffix ends them."""
