"""How the store serves a file, fixed when it is put there: its type, and whether browsers show it.

What browsers would run is never shown in their own window: it comes as an attachment.
"""

from __future__ import annotations

from contrail.ports.blobs import disposition
from functions.upload import naming

SHOWN = ("image/", "audio/", "video/")
DOCUMENTS = ("application/pdf", "text/plain")
SCRIPTABLE = ("image/svg", "+xml", "/xml")
UNKNOWN = "application/octet-stream"
LONGEST_NAME = 80
"""Characters of a name in a header, where each may become twelve."""


def is_shown(kind: str) -> bool:
    if any(part in kind for part in SCRIPTABLE):
        return False
    return kind.startswith(SHOWN) or kind in DOCUMENTS


def disposed(name: str, kind: str) -> str:
    """The header `Content-Disposition`."""
    return disposition(short(name), inline=is_shown(kind))


def short(name: str) -> str:
    return naming.short(name, LONGEST_NAME)
