"""Making a workspace ready: safe to run at every start, beside running traffic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pymongo
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from contrail.domain import seeds
from contrail.domain.environment import Environment
from contrail.domain.holding import BusyError, LostError, holding
from contrail.domain.members import subscription_of
from contrail.domain.migrations import MIGRATIONS, migrate
from contrail.domain.users import BOT, digest, hash_password, own_name
from contrail.ports.clock import Clock
from contrail.shapes.ids import random_id
from contrail.shapes.logs import note
from contrail.shapes.rows import Document
from contrail.store.collections import OWN, create_collections
from contrail.store.database import Store

TEST_ADMIN = "rocketchat.internal.admin.test"
RUN = "prepare"
PATIENCE = 120.0
"""Seconds that another process is waited for."""
BUILDING = 600.0
"""Seconds that collections and indexes may take: those of a large workspace are built for long."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """`version` is the data's; `migrated` are the changes that it took to come there.

    `ahead` says that a later release has changed the data: this one goes on with it as it is.
    """

    version: int
    migrated: tuple[str, ...]
    ahead: bool


def prepare(
    database: Database[dict[str, Any]],
    environment: Environment,
    clock: Clock,
    *,
    alone: bool = False,
) -> Prepared:
    """Collections, indexes, seeds, the bot, the general room, the first admin, older data.

    What exists is left as it is. One process at a time does it, the others wait; with `alone` none
    is waited for. It may end anywhere and be repeated. Raises `ValueError` for an overwritten
    setting of a wrong type, for an admin whose name or address is taken by someone who is no admin,
    and for a database that Rocket.Chat is changing or that another process is preparing.
    """
    store = Store(database)
    try:
        with holding(store.runs, RUN, clock, patience=PATIENCE, alone=alone) as hold:
            _refuse_locked(store)
            with pymongo.timeout(BUILDING):
                create_collections(database, hold.still)
            _seed(store, environment, clock.now())
            migrated = migrate(store, clock, hold.still)
    except (BusyError, LostError):
        raise ValueError("another process is preparing this database: try again later") from None
    version = store.migrations.version()
    return Prepared(version, migrated, version > MIGRATIONS[-1].number)


def _refuse_locked(store: Store) -> None:
    theirs = store.migrations.theirs()
    if theirs.get("locked"):
        raise ValueError(
            "Rocket.Chat is changing this database, or was stopped while it did: let it finish"
        )
    if theirs:
        note("data of Rocket.Chat", version=theirs.get("version"))


def _seed(store: Store, environment: Environment, now: datetime) -> None:
    declared = seeds.settings(environment, now)
    overwritten = seeds.overwritten(environment, declared)
    added = store.settings.insert_missing(declared)
    store.settings.set_values(overwritten, now)
    granted = store.permissions.insert_missing(seeds.permissions(environment, now))
    store.roles.insert_missing({**role, "_updatedAt": now} for role in seeds.roles(environment))
    _insert(store, _bot(now))
    _general(store, now)
    _admin(store, environment, now)
    # A cache in another process must not outlive what this start may have changed.
    if added or overwritten:
        store.versions.raise_now("settings")
    if granted:
        store.versions.raise_now("permissions")


def _insert(store: Store, user: Document) -> bool:
    """False when the id, the name or the address exists."""
    try:
        store.users.insert(user)
    except DuplicateKeyError:
        return False
    return True


def _user(uid: str, username: str, name: str, roles: list[str], now: object) -> Document:
    return {
        "_id": uid,
        "username": username,
        "name": name,
        "type": "user",
        "active": True,
        "status": "offline",
        "statusDefault": "online",
        "roles": roles,
        "services": {},
        "settings": {},
        "createdAt": now,
        "_updatedAt": now,
        OWN: own_name(username),
    }


def _bot(now: object) -> Document:
    bot = _user(BOT, BOT, "Rocket.Cat", ["bot"], now)
    return {**bot, "type": "bot", "status": "online", "statusDefault": "online"}


def _general(store: Store, now: object) -> None:
    if store.rooms.by_id("GENERAL", {"_id": 1}) is not None:
        return
    room: Document = {
        "_id": "GENERAL",
        "ts": now,
        "t": "c",
        "name": "general",
        "usernames": [],
        "usersCount": 0,
        "msgs": 0,
        "default": True,
        "_updatedAt": now,
    }
    try:
        store.rooms.insert(room)
    except DuplicateKeyError:
        # Two starts at once, or an imported room of that name: either serves.
        return


def _admin(store: Store, environment: Environment, now: object) -> None:
    if environment.test_mode:
        admin = _user(TEST_ADMIN, TEST_ADMIN, "RocketChat Internal Admin Test", ["admin"], now)
        address = {"address": f"{TEST_ADMIN}@rocket.chat", "verified": False}
        _give_password(store, {**admin, "emails": [address]}, TEST_ADMIN)
    if not environment.admin_pass or store.users.has_admin():
        return
    username = environment.admin_username or "admin"
    admin = _user(random_id(), username, environment.admin_name or "Administrator", ["admin"], now)
    if environment.admin_email:
        admin["emails"] = [{"address": environment.admin_email, "verified": True}]
    _give_password(store, admin, environment.admin_pass)


def _give_password(store: Store, user: Document, password: str) -> None:
    if store.users.by_id(user["_id"], {"_id": 1}) is not None:
        return
    user["services"] = {"password": {"bcrypt": hash_password(digest(password))}}
    if not _insert(store, user):
        raise ValueError(f"no admin made: {user['username']} or the address belongs to someone")
    _join_general(store, user)


def _join_general(store: Store, user: Document) -> None:
    """The first admin finds the general room open."""
    room = store.rooms.by_id("GENERAL")
    if room is None:
        return
    now = user["createdAt"]
    try:
        store.subscriptions.insert(subscription_of(room, user, now))
    except DuplicateKeyError:
        return
    store.rooms.change_count("GENERAL", 1, now)
