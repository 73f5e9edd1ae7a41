"""The endpoints that Rocket.Chat keeps for those who manage a workspace or its livechat."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources

from contrail.shapes.rows import Rest, Table


def unguarded(tables: Iterable[Table]) -> list[str]:
    """Rows of such endpoints that name none of the permissions that these ask for.

    `admin.txt` has one endpoint a line: verb, path and permissions, of which a row names one at
    least, among its `permissions` or as what its use case refuses on.
    """
    rows = [row for table in tables for row in table.rest]
    asked = _asked()
    return sorted(
        f"{row.verb} {row.path} needs one of {', '.join(sorted(wanted))}"
        for row in rows
        if (wanted := asked.get(_place(row.verb, row.path))) and not wanted & _named(row)
    )


def _asked() -> dict[tuple[str, ...], frozenset[str]]:
    lines = resources.files("infra").joinpath("admin.txt").read_text("utf-8").splitlines()
    return {
        _place(verb, path): frozenset(permissions.split("|"))
        for verb, path, permissions in (line.split(" ") for line in lines)
    }


def _place(verb: str, path: str) -> tuple[str, ...]:
    """Parameters may be called anything."""
    return (verb, *(":" if part.startswith(":") else part for part in path.split("/")))


def _named(row: Rest) -> set[str]:
    return {*row.permissions, *(refusal.on for refusal in row.refuses)}
