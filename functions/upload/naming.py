"""Names of files, as they are kept: what a person reads, and a place in an address."""

from __future__ import annotations

import unicodedata

LONGEST = 1024
UNNAMED = "file"
TURNING = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
"""What has the letters after it shown in another order: `gnp.exe` would read `exe.png`."""


def clean(name: str) -> str:
    """Without the folders that some clients say it is in, and what is no letter.

    Browsers take names of dots alone for other addresses.
    """
    base = name.replace("\\", "/").rpartition("/")[2].translate(TURNING)
    shown = "".join(one for one in base if unicodedata.category(one) != "Cc")
    return short(shown, LONGEST) if shown.strip(". ") else UNNAMED


def short(name: str, most: int) -> str:
    """With its extension, whatever its length; `most` in characters."""
    if len(name) <= most:
        return name
    stem, dot, extension = name.rpartition(".")
    tail = f"{dot}{extension}" if stem and len(extension) < 20 else ""
    return name[: most - len(tail)] + tail


def extension(name: str) -> str:
    return name.rpartition(".")[2] if "." in name else ""
