"""Publications that are no streams: some have documents, the rest are gone but still asked for."""

from __future__ import annotations

from contrail.domain import oauth_shown
from contrail.domain.instance import Instance
from contrail.shapes.rows import Document

LOGIN_SERVICES = "meteor.loginServiceConfiguration"
PUBLICATIONS = {
    LOGIN_SERVICES: "meteor_accounts_loginServiceConfiguration",
    "meteor_autoupdate_clientVersions": "",
    **dict.fromkeys(("userData", "activeUsers", "fullUserData", "room", "roles"), ""),
}
"""Name -> collection of its documents, empty for those without any. All are answered `ready`."""


def documents(name: str, at: Instance) -> list[Document]:
    """With `_id`, and nothing secret."""
    if name != LOGIN_SERVICES:
        return []
    at.caches.refresh()
    return oauth_shown.services(at)
