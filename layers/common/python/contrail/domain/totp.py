"""Codes of authenticator apps (RFC 6238) and the backup codes beside them.

What is kept is what Rocket.Chat keeps in `services.totp`: the secret in base32, and the hex
SHA-256 of each backup code that is left.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

import pyotp

from contrail.shapes.ids import random_id

ISSUER = "Rocket.Chat"
BACKUP_CODES, BACKUP_LENGTH = 12, 8
DIGITS = 6


def new_secret() -> str:
    return pyotp.random_base32()


def otpauth_url(secret: str, username: str) -> str:
    """What authenticator apps read from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)


def step_of(secret: str, code: str, now: datetime, delta: int) -> int | None:
    """The 30 s step that the code is valid for, None for a wrong one.

    `delta` is how many steps a clock may be ahead or behind.
    """
    if len(code) != DIGITS or not (code.isascii() and code.isdecimal()):
        return None
    try:
        app = pyotp.TOTP(secret)
        current = int(now.timestamp()) // app.interval
        steps = [current + shift for shift in range(-delta, delta + 1)]
        valid = [step for step in steps if hmac.compare_digest(app.generate_otp(step), code)]
    except ValueError:
        # An imported secret that is no base32.
        return None
    return max(valid, default=None)


def new_backup_codes() -> list[str]:
    return [random_id(BACKUP_LENGTH) for _ in range(BACKUP_CODES)]


def hash_backup_code(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
