"""Bringing all users in line with the directory: when, and once at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from contrail.domain import activation
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, Forbidden
from contrail.shapes.inputs import NoInput
from contrail.shapes.logs import note, warn
from contrail.shapes.rows import Document
from contrail.store.runs import NEVER
from functions.ldap.configuration import SYNC_PATIENCE, configuration, enabled, text
from functions.ldap.directory import DirectoryError, opened
from functions.ldap.filters import of_users
from functions.ldap.pages import BACKGROUND, Pages
from functions.ldap.testing import DISABLED, NOT_AUTHORIZED

RUN = "ldap-sync"
PERMISSION = "sync-auth-services-users"
LEASE = timedelta(minutes=5)
"""How long one that died is waited for, and how soon one that failed is tried again."""
OFTEN = timedelta(seconds=30)
"""How long it goes without being renewed."""
HOURS = {f"every_{hours}_hours": hours for hours in (6, 12, 24, 48)} | {"every_1_hour": 1}
OTHERWISE = 24
SEVERAL = 50
"""People who are deactivated between two renewals."""


class LostError(Exception):
    """Another process has taken over."""


def ask(caller: Caller, _: NoInput, at: Instance) -> Document:
    """Have it done with the clock's next tick. Raises `LDAP_disabled`, `error-not-authorized`."""
    if at.environment.edition != "enterprise":
        raise Forbidden
    if not at.allows(caller, PERMISSION):
        raise NOT_AUTHORIZED
    if not enabled(at):
        raise DISABLED
    at.store.runs.want(RUN)
    return {"message": "Sync_in_progress"}


def synchronize(caller: Caller, _: NoInput, at: Instance) -> None:
    """Of the clock: do it if it is due or was asked for, and nobody else is at it."""
    at.caches.refresh()
    if at.environment.edition != "enterprise" or not enabled(at):
        return
    began = at.now()
    mark = at.store.runs.take(RUN, began, due=_due(at, began), until=began + LEASE)
    if mark:
        _run(caller, at, mark, began)


def _due(at: Instance, now: datetime) -> datetime:
    """One that is older is due again."""
    if at.setting("LDAP_Background_Sync") is not True:
        return NEVER
    hours = HOURS.get(text(at, "Background_Sync_Interval"), OTHERWISE)
    return now - timedelta(hours=hours)


def _run(caller: Caller, at: Instance, mark: str, began: datetime) -> None:
    """What fails is left held: it is tried again when the lease has ended."""
    known = configuration(at, SYNC_PATIENCE)
    renewed = began

    def renew() -> None:
        nonlocal renewed
        now = at.now()
        if now - renewed < OFTEN:
            return
        if not at.store.runs.renew(RUN, mark, now + LEASE):
            raise LostError
        renewed = now

    try:
        with opened(known) as directory, Pages(at, caller, known, renew) as pages:
            for entries in directory.pages(of_users(known)):
                pages.take(entries)
                renew()
        gone = _deactivate_missing(at, caller, pages, renew)
    except DirectoryError as error:
        warn("directory failed", host=known.host, port=known.port, error=str(error))
    except LostError:
        warn("synchronization given up: another has begun")
    else:
        at.store.runs.done(RUN, mark, began)
        note("directory synchronized", **pages.counts, deactivated=gone)


def _deactivate_missing(
    at: Instance, caller: Caller, pages: Pages, renew: Callable[[], None]
) -> int:
    """How many of the directory's people are not in it any more; none while it seems empty."""
    if at.setting(f"{BACKGROUND}Disable_Missing_Users") is not True or not pages.seen:
        return 0
    gone = [
        user
        for user in at.store.linked.everyone()
        if user.get("active") is not False and _left(user, pages)
    ]
    for place, user in enumerate(gone):
        if place % SEVERAL == 0:
            renew()
        try:
            activation.set_active(at, caller, user, active=False, confirm=True)
        except ChatError as error:
            warn("left active", uid=user["_id"], error=error.code)
    return len(gone)


def _left(user: Document, pages: Pages) -> bool:
    """Whoever was met under another id, because the stored one was kept, has not left."""
    link = user.get("services", {}).get("ldap", {}).get("id")
    return bool(link) and link not in pages.seen and user["_id"] not in pages.matched
