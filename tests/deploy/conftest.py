"""Databases that nobody has prepared yet, and the deploy function on them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from contrail.api.entry import Entry
from contrail.domain.environment import Environment
from contrail.domain.instance import Instance
from contrail.store.database import Store
from functions.deploy.handler import handler
from local.ports import FileSecrets
from tests.support.workspace import Workspace

Document = dict[str, Any]
Deploy = Callable[..., Entry]


@pytest.fixture
def database(mongo_uri: str) -> Iterator[Database[Document]]:
    """An empty one."""
    client: MongoClient[Document] = MongoClient(mongo_uri, tz_aware=True)
    yield client[f"test-{uuid.uuid4().hex}"]
    client.close()


@pytest.fixture
def deploy(workspace: Workspace) -> Deploy:
    """The deploy function's handler on a database, with variables and secrets of its own."""

    def bound(database: Database[Document], *secrets: str, **variables: str) -> Entry:
        usual = workspace.runtime.instances["deploy"]
        kept = {"admin-password": secrets[0]} if secrets else {}
        instance: Instance = replace(
            usual,
            store=Store(database),
            environment=Environment.read(variables),
            secrets=FileSecrets(kept),
        )
        return handler.on(instance)

    return bound
