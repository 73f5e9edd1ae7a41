"""What a login is remembered by: its device, and a document in `rocketchat_sessions`.

The device is read off the user agent by the few patterns below. Lists show a name, a version and
a system; a library for it is a thousand patterns that go stale, compiled at every cold start.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from urllib.parse import urlsplit

from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.ids import ALPHABET
from contrail.shapes.rows import Document

MOBILE_APP = re.compile(r"RC Mobile; (?P<os>\w+) (?P<on>[\d.]*); v(?P<version>[\d.]+)")
DESKTOP_APP = re.compile(r"Rocket\.Chat/(?P<version>[\d.]+).* Electron/")
BROWSERS = (
    ("Edge", re.compile(r"\bEdg(?:e|A|iOS)?/([\d.]+)")),
    ("Opera", re.compile(r"\bOPR/([\d.]+)")),
    ("Samsung Browser", re.compile(r"\bSamsungBrowser/([\d.]+)")),
    ("Firefox", re.compile(r"\b(?:Firefox|FxiOS)/([\d.]+)")),
    ("Chrome", re.compile(r"\b(?:Chrome|CriOS)/([\d.]+)")),
    ("Safari", re.compile(r"\bVersion/([\d.]+).* Safari/")),
)
SYSTEMS = (
    ("Android", re.compile(r"\bAndroid ?([\d.]*)")),
    ("iOS", re.compile(r"\b(?:iPhone OS|CPU OS) ([\d_]+)")),
    ("Windows", re.compile(r"\bWindows NT ([\d.]+)")),
    ("Mac OS", re.compile(r"\bMac OS X ([\d_.]+)")),
    ("Chromium OS", re.compile(r"\bCrOS \w+ ([\d.]+)")),
    ("Linux", re.compile(r"\bLinux()")),
)
PRODUCT = re.compile(r"([A-Za-z][\w.@-]{0,63})/v?([\d.]{1,32})")
APP_SYSTEMS = {"ios": "iOS", "android": "Android"}
PHONES = ("Android", "iOS")


def device_of(user_agent: str) -> Document:
    """`{type, name, longVersion, version, os: {name, version}}`; `other` for what is no browser."""
    app = MOBILE_APP.search(user_agent)
    if app:
        system = APP_SYSTEMS.get(app["os"].lower(), app["os"])
        return _device("mobile-app", "Rocket.Chat", app["version"], system, app["on"])
    system, on = next(
        ((name, found[1]) for name, found in _searched(SYSTEMS, user_agent)), ("", "")
    )
    app = DESKTOP_APP.search(user_agent)
    if app:
        return _device("desktop-app", "Rocket.Chat", app["version"], system, on)
    for name, found in _searched(BROWSERS, user_agent):
        return _device("mobile" if system in PHONES else "browser", name, found[1], system, on)
    product = PRODUCT.match(user_agent)
    name, version = (product[1], product[2]) if product else ("", "")
    return _device("other", name, version, system, on)


def session_id_of(token_hash: str) -> str:
    """The id of a login token's session: 17 characters that tell nothing of the token."""
    hashed = hashlib.sha256(token_hash.encode()).digest()
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in hashed[:17])


def note_session(at: Instance, caller: Caller, since: datetime) -> None:
    """Store where and with what device `caller.token_hash`, given out at `since`, is used. One
    command.
    """
    now, session_id = at.now(), session_id_of(caller.token_hash)
    device = device_of(caller.user_agent)
    words = (device["name"], device["type"], device["os"]["name"], session_id, caller.uid)
    current = {
        "ip": caller.address,
        "host": urlsplit(at.environment.root_url).netloc,
        "device": device,
        "searchTerm": "".join(words),
        "roles": list(caller.roles),
        "mostImportantRole": _most_important(caller.roles),
        "lastActivityAt": now,
        "_updatedAt": now,
    }
    fresh = {
        "type": "session",
        "sessionId": session_id,
        "userId": caller.uid,
        "loginToken": caller.token_hash,
        "loginAt": since,
        "day": since.day,
        "month": since.month,
        "year": since.year,
        "createdAt": now,
    }
    at.store.sessions.opened(session_id, fresh, current)


def _searched(
    patterns: tuple[tuple[str, re.Pattern[str]], ...], text: str
) -> list[tuple[str, re.Match[str]]]:
    found = ((name, pattern.search(text)) for name, pattern in patterns)
    return [(name, match) for name, match in found if match]


def _device(kind: str, name: str, version: str, system: str, on: str) -> Document:
    return {
        "type": kind,
        "name": name,
        "longVersion": version,
        "version": ".".join(version.split(".")[:3]),
        "os": {"name": system, "version": on.replace("_", ".")},
    }


def _most_important(roles: tuple[str, ...]) -> str:
    known = [role for role in ("admin", "bot", "user", "guest") if role in roles]
    return next(iter([*known, *roles]), "anonymous")
