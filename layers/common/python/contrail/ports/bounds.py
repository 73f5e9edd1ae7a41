"""How much fits through a port. The same holds wherever the functions run."""

from __future__ import annotations

QUEUED = 256 * 1024
"""Bytes of an item on a topic or a queue, its attributes included, and of an event sent."""


class TooLargeError(ValueError):
    """Nothing was sent or stored, and trying again is no use."""


def within(what: str, size: int, most: int) -> None:
    """Raises `TooLargeError`. Sizes are in bytes."""
    if size > most:
        raise TooLargeError(f"{what} of {size} bytes is above the {most} that fit")


def escaped(text: str) -> str:
    """JSON without the two characters that queues and topics refuse: in its own notation."""
    return text.translate(_ESCAPED)


_ESCAPED = str.maketrans({"\ufffe": "\\ufffe", "\uffff": "\\uffff"})
