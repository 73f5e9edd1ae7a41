"""Which service translates, and to what messages are translated for someone."""

from __future__ import annotations

import re

from contrail.domain.instance import Instance
from contrail.domain.translation_services import SERVICES, Service
from contrail.shapes.rows import Document

LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
"""What becomes a key of messages."""


def enabled(at: Instance) -> bool:
    return bool(at.setting("AutoTranslate_Enabled"))


def service(at: Instance) -> Service | None:
    """The one that the settings choose, with its key; None while it has none."""
    chosen = SERVICES.get(str(at.setting("AutoTranslate_ServiceProvider") or ""))
    if chosen is None:
        return None
    key = str(at.setting(chosen.setting) or "").strip()
    return chosen(key) if key and key.isascii() and key.isprintable() else None


def on_joining(at: Instance, user: Document) -> Document:
    """Fields of a new subscription of `user` (with `settings.preferences`)."""
    wants = (user.get("settings") or {}).get("preferences") or {}
    language = str(wants.get("language") or "")
    own = language in ("default", str(at.setting("Language") or "en"))
    if own or not follows_language(at, language):
        return {}
    return {"autoTranslate": True, "autoTranslateLanguage": language}


def follows_language(at: Instance, language: str) -> bool:
    """Whether rooms are translated to the language that someone has chosen for themselves."""
    wanted = enabled(at) and at.setting("AutoTranslate_AutoEnableOnJoinRoom")
    return bool(wanted and LANGUAGE.fullmatch(language))
