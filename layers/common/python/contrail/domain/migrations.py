"""Changes of data that is older than this code: forward only, in order, each in batches.

A change must leave documents such that the release before this one can go on with them: while code
is replaced both are at work, and who rolls back keeps the data. What an older release needs goes a
release later. Numbers are never used again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from contrail.ports.clock import Clock
from contrail.shapes.logs import note, warn
from contrail.store.database import Store
from contrail.store.moved_in import Batch


@dataclass(frozen=True, slots=True)
class Migration:
    """`batch` works on what comes after a place: it may be repeated, and does no harm then."""

    number: int
    name: str
    batch: Callable[[Store, str, datetime], Batch]


MIGRATIONS = (
    Migration(1, "unique names", lambda store, *which: store.moved_in.name_users(*which)),
    Migration(2, "login services", lambda store, *which: store.moved_in.link_users(*which)),
    Migration(3, "nobody online", lambda store, *which: store.moved_in.part_users(*which)),
    Migration(4, "unique emoji", lambda store, *which: store.moved_in.name_emoji(*which)),
    Migration(5, "unique sounds", lambda store, *which: store.moved_in.name_sounds(*which)),
)


def migrate(
    store: Store,
    clock: Clock,
    still: Callable[[], None],
    migrations: tuple[Migration, ...] = MIGRATIONS,
) -> tuple[str, ...]:
    """Make those that are not done yet; their names.

    `still` is called before each batch and raises where this process should do no more. What was
    begun and not finished goes on where it was left.
    """
    done, version = [], store.migrations.version()
    for one in migrations:
        if one.number > version:
            _make(store, clock, still, one)
            done.append(one.name)
    return tuple(done)


def _make(store: Store, clock: Clock, still: Callable[[], None], one: Migration) -> None:
    place = store.migrations.begin(one.number, one.name, clock.now())
    changed = left = 0
    while True:
        still()
        batch = one.batch(store, place, clock.now())
        changed, left = changed + batch.changed, left + len(batch.left)
        if batch.left:
            # Ids alone: names are people's.
            warn("documents contradict each other", migration=one.name, ids=batch.left[:10])
        store.migrations.advance(one.number, batch.place, batch.changed, len(batch.left))
        if not batch.place:
            break
        place = batch.place
    store.migrations.finish(one.number, clock.now())
    note("migrated", migration=one.name, number=one.number, changed=changed, left=left)
