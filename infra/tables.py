"""Every service's table, and what follows from all of them together."""

from __future__ import annotations

import importlib

from contrail.shapes.registry import Registered
from contrail.shapes.rows import Method, Table
from infra.topology import FUNCTIONS


def tables() -> dict[str, Table]:
    """Service -> its table."""
    services = sorted({function.service for function in FUNCTIONS})
    return {name: importlib.import_module(f"functions.{name}.routes").TABLE for name in services}


def methods() -> dict[str, Registered]:
    """The method registry. Raises `ValueError` for two owners of a method."""
    known: dict[str, Registered] = {}
    for name, table in tables().items():
        for row in table.methods:
            if row.name in known:
                raise ValueError(f"{row.name} is declared by {known[row.name].service} and {name}")
            known[row.name] = Registered(name, row.public, row.idempotent, _key(row), row.internal)
    return known


def routes() -> dict[str, str]:
    """REST path pattern -> the service that answers it. Raises `ValueError` for two owners."""
    owners: dict[str, str] = {}
    for name, table in tables().items():
        for row in table.rest:
            if owners.setdefault(row.path, name) != name:
                raise ValueError(f"{row.path} is declared by {owners[row.path]} and {name}")
    return owners


def roots() -> dict[str, str]:
    """First segment of the paths of pages -> their service. Raises `ValueError` for two owners."""
    owners: dict[str, str] = {}
    for name, table in tables().items():
        for row in table.pages:
            root = row.path.partition("/")[0]
            if owners.setdefault(root, name) != name:
                raise ValueError(f"/{root}/ is declared by {owners[root]} and {name}")
    return owners


def _key(row: Method) -> tuple[str, ...]:
    argument, *fields = row.keyed.split(".")
    return (str(row.params.index(argument)), *fields) if row.keyed else ()
