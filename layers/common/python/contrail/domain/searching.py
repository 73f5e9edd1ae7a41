"""Finding people by what one types: where the workspace looks for it."""

from __future__ import annotations

from contrail.domain.instance import Instance

SEARCHED = ("username", "name", "nickname", "bio")
"""Fields that may be searched."""
USUAL = SEARCHED[:2]


def searched(at: Instance) -> tuple[str, ...]:
    """Those of `Accounts_SearchFields`; the usual ones where it names none that there is."""
    named = str(at.setting("Accounts_SearchFields") or "").split(",")
    chosen = {field.strip() for field in named}
    return tuple(field for field in SEARCHED if field in chosen) or USUAL
