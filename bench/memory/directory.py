"""A directory for the function that brings users in line with one: slapd, as tests start it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.cold.world import World
from tests.support.directory import settings_for
from tests.support.slapd import Slapd, person

PEOPLE = 300
"""More than the directory is asked for at once."""


@contextmanager
def directory(world: World) -> Iterator[None]:
    """While it lasts the workspace has one, and nobody of it is known there."""
    with tempfile.TemporaryDirectory() as folder:
        slapd = Slapd(Path(folder), [person(f"there{number}") for number in range(PEOPLE)]).start()
        settings = world.store.database["rocketchat_settings"]
        try:
            for name, value in settings_for(slapd).items():
                settings.update_one({"_id": name}, {"$set": {"value": value}})
            yield
        finally:
            slapd.stop()
