"""MongoDB collections under Rocket.Chat's names, each with its indexes.

Documents keep Rocket.Chat's fields, so that a restored dump works as it is. What this project
adds to a document lives under the single key `_contrail` and never leaves the store's callers.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from bson.codec_options import CodecOptions
from pymongo import ASCENDING, IndexModel
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import CollectionInvalid, DuplicateKeyError, OperationFailure

from contrail.shapes.logs import warn
from contrail.shapes.rows import Document

OWN = "_contrail"
VISIBLE = {OWN: 0}
CODEC: CodecOptions[Document] = CodecOptions(tz_aware=True, tzinfo=UTC)
EXISTS_OTHERWISE = (85, 86)
"""Codes of an index that exists under another name or with other options."""
BATCH = 10_000
"""Batch size of reads bounded otherwise, so that each stays one command."""


@dataclass(frozen=True, slots=True)
class Declared:
    name: str
    indexes: tuple[IndexModel, ...] = ()


def index(*keys: str, unique: bool = False, sparse: bool = False) -> IndexModel:
    name = "_".join(f"{key}_1" for key in keys)
    return IndexModel([(key, ASCENDING) for key in keys], name=name, unique=unique, sparse=sparse)


COLLECTIONS = (
    Declared(
        "users",
        (
            index("username", unique=True, sparse=True),
            index("emails.address", unique=True, sparse=True),
            index("services.resume.loginTokens.hashedToken", unique=True, sparse=True),
            index("roles", sparse=True),
            index("status", sparse=True),
            index("_updatedAt"),
            index("services.password.reset.token", sparse=True),
            index("services.ldap.id", sparse=True),
            index("services.password.reset.hashedToken", sparse=True),
            index("services.email.verificationTokens.token", sparse=True),
            index("services.email.verificationTokens.hashedToken", sparse=True),
            index("_contrail.username", unique=True, sparse=True),
            index("_contrail.renamed.at", sparse=True),
            index("_contrail.external", unique=True, sparse=True),
            index("_contrail.portrait", sparse=True),
        ),
    ),
    Declared(
        "rocketchat_room",
        (
            index("u._id", sparse=True),
            index("teamId", sparse=True),
            index("teamMain", sparse=True),
            index("prid", sparse=True),
            index("_contrail.pmid", unique=True, sparse=True),
            index("name", unique=True, sparse=True),
            index("fname", sparse=True),
            index("t"),
            index("uids", sparse=True),
            index("_contrail.sending.ts", sparse=True),
        ),
    ),
    Declared(
        "rocketchat_subscription",
        (
            index("rid", "u._id", unique=True),
            index("u._id"),
            index("u._id", "name"),
            index("rid", "autoTranslate"),
            index("roles", sparse=True),
        ),
    ),
    Declared(
        "rocketchat_message",
        (
            index("rid", "ts"),
            index("tmid", "ts", sparse=True),
            index("u._id"),
            index("editedBy._id", sparse=True),
            index("mentions.username", sparse=True),
            index("rid", "_updatedAt"),
            index("starred._id", sparse=True),
            index("pinned", sparse=True),
            index("drid", sparse=True),
            index("tlm", sparse=True),
            index("file._id", sparse=True),
            index("_contrail.pending.rid", sparse=True),
        ),
    ),
    Declared("rocketchat_custom_user_status", (index("name", unique=True),)),
    Declared("rocketchat_settings"),
    Declared("rocketchat_permissions"),
    Declared("rocketchat_roles"),
    Declared(
        "rocketchat__trash",
        (
            index("__collection__", "_deletedAt"),
            index("rid", "_deletedAt"),
            index("_contrail.pending.at", sparse=True),
        ),
    ),
    Declared(
        "rocketchat_moderation_reports",
        (
            index("message.u._id", sparse=True),
            index("message._id", sparse=True),
            index("reportedUser._id", sparse=True),
        ),
    ),
    Declared(
        "rocketchat_custom_emoji",
        (
            index("name", sparse=True),
            index("aliases", sparse=True),
            index("_contrail.names", unique=True, sparse=True),
        ),
    ),
    Declared("rocketchat_custom_sounds", (index("_contrail.name", unique=True, sparse=True),)),
    Declared(
        "rocketchat_avatars",
        (
            index("userId", sparse=True),
            index("rid", sparse=True),
            index("_contrail.of", unique=True, sparse=True),
            index("_contrail.gone", sparse=True),
        ),
    ),
    Declared(
        "rocketchat_uploads",
        (
            index("rid"),
            index("userId", sparse=True),
            index("expiresAt", sparse=True),
            index("_contrail.gone", sparse=True),
        ),
    ),
    # Where an imported workspace kept files: see `store.grid`.
    Declared("rocketchat_uploads.chunks", (index("files_id", "n"),)),
    Declared("rocketchat_avatars.chunks", (index("files_id", "n"),)),
    Declared("rocketchat_user_data_files", (index("userId"), index("uploadedAt"))),
    Declared("rocketchat_export_operations", (index("userId"), index("status"))),
    Declared(
        "rocketchat_sessions",
        (
            index("sessionId"),
            index("userId", "loginAt"),
            index("userId", "loginToken"),
            index("loginAt"),
        ),
    ),
    Declared("rocketchat_server_events", (index("_contrail.keys", "ts"),)),
    Declared(
        "usersSessions",
        (index("connections.id", sparse=True), index("_contrail.due", sparse=True)),
    ),
    Declared("rocketchat_team", (index("name", unique=True), index("type"))),
    Declared(
        "rocketchat_team_member",
        (index("teamId", "userId", unique=True), index("userId"), index("teamId", "roles")),
    ),
    Declared(
        "rocketchat_invites",
        (index("rid", "userId"), index("_contrail.key", unique=True, sparse=True)),
    ),
    Declared("rocketchat_oauth_apps", (index("clientId"),)),
    Declared("rocketchat_oauth_auth_codes", (index("authCode"), index("userId"), index("expires"))),
    Declared(
        "rocketchat_oauth_access_tokens",
        (
            index("accessToken"),
            index("refreshToken"),
            index("clientId"),
            index("userId"),
            index("refreshTokenExpiresAt"),
            index("_contrail.code", sparse=True),
        ),
    ),
    Declared(
        "rocketchat_oauth_refresh_tokens",
        (index("refreshToken"), index("userId"), index("expires")),
    ),
    Declared("meteor_oauth_pendingCredentials", (index("key"), index("createdAt"))),
    Declared("rocketchat_oembed_cache", (index("updatedAt"),)),
    Declared("rocketchat_integrations", (index("channel"), index("_createdBy._id"))),
    Declared("contrail_assets"),
    Declared("contrail_versions"),
    Declared("contrail_runs"),
    Declared("contrail_migrations"),
)


def collection(database: Database[Document], name: str) -> Collection[Document]:
    return database.get_collection(name, codec_options=CODEC)


def by_id_first(match: Document) -> list[Document]:
    """Stages that match a document, its id alone first where that is given.

    The embedded engine finds a document by its id at once only where nothing else is asked.
    """
    rest = {key: value for key, value in match.items() if key != "_id"}
    if "_id" not in match or not rest:
        return [{"$match": match}]
    return [{"$match": {"_id": match["_id"]}}, {"$match": rest}]


def file_of(record: Document | None) -> str:
    """The id of the blob, empty for none."""
    return str((record or {}).get(OWN, {}).get("file") or "")


def create_collections(database: Database[Any], still: Callable[[], None] = lambda: None) -> None:
    """Create every collection and index that is missing; safe to repeat, beside running traffic.

    `still` is called before each and raises where this process should do no more. None is ever
    dropped or changed: code of the release before may be using it.
    """
    present = set(database.list_collection_names())
    for declared in COLLECTIONS:
        if declared.name not in present:
            still()
            with suppress(CollectionInvalid):
                database.create_collection(declared.name)
        for wanted in declared.indexes:
            still()
            _create(database[declared.name], wanted)


def _create(where: Collection[Any], wanted: IndexModel) -> None:
    name = wanted.document["name"]
    try:
        where.create_indexes([wanted])
    except DuplicateKeyError:
        # Imported documents that contradict each other serve better than no workspace at all.
        warn("index left out: documents contradict each other", collection=where.name, index=name)
    except OperationFailure as error:
        if error.code not in EXISTS_OTHERWISE:
            raise
        # An imported workspace has its own index on these keys; it serves as well.
        warn("index kept as it is", collection=where.name, index=name)
