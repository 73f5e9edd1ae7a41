"""Every service's table, and what follows from all of them together."""

from __future__ import annotations

import importlib

from contrail.shapes.rows import Table
from infra.topology import FUNCTIONS


def tables() -> dict[str, Table]:
    """Service -> its table."""
    services = sorted({function.service for function in FUNCTIONS})
    return {name: importlib.import_module(f"functions.{name}.routes").TABLE for name in services}


def methods() -> dict[str, str]:
    """DDP method -> the service that owns it. Raises `ValueError` for two owners."""
    owners: dict[str, str] = {}
    for name, table in tables().items():
        for row in table.methods:
            if row.name in owners:
                raise ValueError(f"{row.name} is declared by {owners[row.name]} and {name}")
            owners[row.name] = name
    return owners


def routes() -> dict[str, str]:
    """REST path pattern -> the service that answers it. Raises `ValueError` for two owners."""
    owners: dict[str, str] = {}
    for name, table in tables().items():
        for row in table.rest:
            if owners.setdefault(row.path, name) != name:
                raise ValueError(f"{row.path} is declared by {owners[row.path]} and {name}")
    return owners
