"""Classes of characters, as the insides of a regular expression's brackets."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

EXTRA = r".,!%~*\"':;()="
"""Punctuation that ends no address: what a sentence puts behind one."""

# Classes name what is left out: one that names most of Unicode takes long to compile.
ANY_TEXT = r"[^\x00-\x1f()*\[-`{-\x7f]"
HOST = r"(?:[^.,!%~*\"':;()=$@&+#?_\r\n \t\\/|><`\[\]-]++|[_-][^\r\n \t\\/|><%`\[\]])"
"""Part of a host's label: a dash or an underscore counts together with what follows it."""


@cache
def names() -> str:
    """Letters and digits of all scripts."""
    return _read("names")


@cache
def addresses() -> str:
    """What the local part of an address may have besides: marks and symbols."""
    return names() + _read("addresses")


def _read(section: str) -> str:
    text = resources.files("contrail.data").joinpath("message_characters.txt").read_text("utf-8")
    body = text.partition(f"[{section}]\n")[2].partition("[")[0]
    return re.sub(r"([0-9A-F]{4})", r"\\u\1", body).replace(" ", "").replace("\n", "")
