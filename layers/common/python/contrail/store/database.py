"""All collections of a workspace in one place."""

from __future__ import annotations

from typing import Any

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.monitoring import CommandListener

from contrail.shapes.rows import Document
from contrail.store.config import PermissionsStore, SettingsStore
from contrail.store.copies import Copies
from contrail.store.custom_statuses import CustomStatuses
from contrail.store.directory import Directory
from contrail.store.factors import Factors
from contrail.store.messages import Messages
from contrail.store.roles import RolesStore
from contrail.store.rooms import Rooms
from contrail.store.server_events import ServerEvents
from contrail.store.sessions import Sessions
from contrail.store.subscriptions import Subscriptions
from contrail.store.tokens import Tokens
from contrail.store.trash import Trash
from contrail.store.users import Users
from contrail.store.versions import Versions


class Store:
    def __init__(self, database: Database[Document]) -> None:
        self.database = database
        self.users = Users(database)
        self.directory = Directory(database)
        self.custom_statuses = CustomStatuses(database)
        self.copies = Copies(database)
        self.rooms = Rooms(database)
        self.subscriptions = Subscriptions(database)
        self.messages = Messages(database)
        self.settings = SettingsStore(database)
        self.permissions = PermissionsStore(database)
        self.roles = RolesStore(database)
        self.trash = Trash(database)
        self.versions = Versions(database)
        self.tokens = Tokens(database)
        self.factors = Factors(database)
        self.sessions = Sessions(database)
        self.server_events = ServerEvents(database)


def connect(
    uri: str, *, pool: int = 2, listeners: tuple[CommandListener, ...] = ()
) -> MongoClient[dict[str, Any]]:
    """A client with majority writes and bounded waits. Functions keep `pool` small on purpose."""
    return MongoClient(
        uri,
        w="majority",
        tz_aware=True,
        maxPoolSize=pool,
        maxIdleTimeMS=60_000,
        serverSelectionTimeoutMS=5_000,
        connectTimeoutMS=5_000,
        socketTimeoutMS=20_000,
        waitQueueTimeoutMS=10_000,
        event_listeners=listeners,
        appname="contrail",
    )
