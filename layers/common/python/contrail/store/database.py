"""All collections of a workspace in one place."""

from __future__ import annotations

from typing import Any

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.monitoring import CommandListener

from contrail.shapes.rows import Document
from contrail.store.afterwards import Afterwards
from contrail.store.assets import Assets
from contrail.store.avatars import Avatars
from contrail.store.config import PermissionsStore, SettingsStore
from contrail.store.copies import Copies
from contrail.store.counters import Counters
from contrail.store.custom_emoji import CustomEmoji
from contrail.store.custom_statuses import CustomStatuses
from contrail.store.directory import Directory
from contrail.store.discussions import Discussions
from contrail.store.exports import Exports
from contrail.store.external import External
from contrail.store.factors import Factors
from contrail.store.grid import Grid
from contrail.store.invites import Invites
from contrail.store.keys import Keys
from contrail.store.linked import Linked
from contrail.store.mail_tokens import MailTokens
from contrail.store.memberships import Memberships
from contrail.store.mentionable import Mentionable
from contrail.store.message_changes import MessageChanges
from contrail.store.message_lists import MessageLists
from contrail.store.messages import Messages
from contrail.store.migrations import Migrations
from contrail.store.moderation import Moderation
from contrail.store.moved_in import MovedIn
from contrail.store.oauth_apps import OAuthApps
from contrail.store.oauth_credentials import OAuthCredentials
from contrail.store.oauth_grants import OAuthGrants
from contrail.store.oembed import OEmbedCache
from contrail.store.presence import Presence
from contrail.store.roles import RolesStore
from contrail.store.room_directory import RoomDirectory
from contrail.store.room_lists import RoomLists
from contrail.store.room_members import RoomMembers
from contrail.store.room_messages import RoomMessages
from contrail.store.rooms import Rooms
from contrail.store.runs import Runs
from contrail.store.server_events import ServerEvents
from contrail.store.sessions import Sessions
from contrail.store.sounds import Sounds
from contrail.store.subscriptions import Subscriptions
from contrail.store.team_rooms import TeamRooms
from contrail.store.teams import Teams
from contrail.store.tokens import Tokens
from contrail.store.tombstones import Tombstones
from contrail.store.trash import Trash
from contrail.store.uploads import Uploads
from contrail.store.users import Users
from contrail.store.versions import Versions


class Store:
    def __init__(self, database: Database[Document]) -> None:
        self.database = database
        self.users = Users(database)
        self.directory = Directory(database)
        self.linked = Linked(database)
        self.custom_statuses = CustomStatuses(database)
        self.copies = Copies(database)
        self.rooms = Rooms(database)
        self.room_lists = RoomLists(database)
        self.room_members = RoomMembers(database)
        self.subscriptions = Subscriptions(database)
        self.memberships = Memberships(database)
        self.teams = Teams(database)
        self.team_rooms = TeamRooms(database)
        self.discussions = Discussions(database)
        self.invites = Invites(database)
        self.room_directory = RoomDirectory(database)
        self.messages = Messages(database)
        self.message_changes = MessageChanges(database)
        self.message_lists = MessageLists(database)
        self.room_messages = RoomMessages(database)
        self.tombstones = Tombstones(database)
        self.mentionable = Mentionable(database)
        self.counters = Counters(database)
        self.custom_emoji = CustomEmoji(database)
        self.avatars = Avatars(database)
        self.grid = Grid(database)
        self.assets = Assets(database)
        self.sounds = Sounds(database)
        self.uploads = Uploads(database)
        self.exports = Exports(database)
        self.keys = Keys(database)
        self.moderation = Moderation(database)
        self.settings = SettingsStore(database)
        self.permissions = PermissionsStore(database)
        self.roles = RolesStore(database)
        self.trash = Trash(database)
        self.presence = Presence(database)
        self.versions = Versions(database)
        self.runs = Runs(database)
        self.tokens = Tokens(database)
        self.factors = Factors(database)
        self.mail_tokens = MailTokens(database)
        self.sessions = Sessions(database)
        self.server_events = ServerEvents(database)
        self.external = External(database)
        self.oauth_apps = OAuthApps(database)
        self.oauth_grants = OAuthGrants(database)
        self.oauth_credentials = OAuthCredentials(database)
        self.oembed = OEmbedCache(database)
        self.afterwards = Afterwards(database)
        self.migrations = Migrations(database)
        self.moved_in = MovedIn(database)


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
