"""Ids as Rocket.Chat makes them: 17 characters of an alphabet without look-alikes."""

from __future__ import annotations

import secrets

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz"
_CHARACTERS = bytes(ord(ALPHABET[byte % len(ALPHABET)]) for byte in range(256))
_UNFAIR = bytes(range(256 - 256 % len(ALPHABET), 256))
"""Left out: with these bytes some characters would come more often than others."""


def random_id(length: int = 17) -> str:
    picked = b""
    while len(picked) < length:
        # As many as are mostly enough: each call of the system costs more than all the rest.
        picked += secrets.token_bytes(2 * length).translate(_CHARACTERS, _UNFAIR)
    return picked[:length].decode()
