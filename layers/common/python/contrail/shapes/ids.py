"""Ids as Rocket.Chat makes them: 17 characters of an alphabet without look-alikes."""

from __future__ import annotations

import secrets

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz"


def random_id(length: int = 17) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
