"""Table lookup: method and path -> row and path parameters.

Paths come as API Gateway gives them in `event.path`: `/<service>/v1/channels.info`. Each segment
is percent-decoded once. A final parameter takes the rest of the path, since clients put names
with slashes there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import unquote

from contrail.shapes.rows import Page, Rest

AnyRow = TypeVar("AnyRow", Rest, Page)


@dataclass(frozen=True, slots=True)
class Match(Generic[AnyRow]):
    """`row` is None when the path exists, but not for this verb."""

    row: AnyRow | None
    parameters: dict[str, str]


class Router(Generic[AnyRow]):
    def __init__(self, service: str, rows: Iterable[AnyRow]) -> None:
        self._prefix = f"/{service}/"
        self._exact: dict[str, dict[str, AnyRow]] = {}
        self._patterns: list[tuple[list[str], dict[str, AnyRow]]] = []
        for row in rows:
            if ":" in row.path:
                self._add_pattern(row)
            else:
                self._exact.setdefault(row.path, {})[row.verb] = row

    def _add_pattern(self, row: AnyRow) -> None:
        parts = row.path.split("/")
        for known, verbs in self._patterns:
            if known == parts:
                verbs[row.verb] = row
                return
        self._patterns.append((parts, {row.verb: row}))

    def find(self, verb: str, path: str) -> Match[AnyRow] | None:
        """None when nothing has this path."""
        if not path.startswith(self._prefix):
            return None
        rest = path.removeprefix(self._prefix)
        verbs = self._exact.get(rest)
        if verbs is not None:
            return Match(verbs.get(verb), {})
        segments = rest.split("/")
        for parts, found in self._patterns:
            parameters = _matches(parts, segments)
            if parameters is not None:
                return Match(found.get(verb), parameters)
        return None


def _matches(parts: list[str], segments: list[str]) -> dict[str, str] | None:
    if len(segments) < len(parts):
        return None
    segments = [*segments[: len(parts) - 1], "/".join(segments[len(parts) - 1 :])]
    parameters: dict[str, str] = {}
    for part, segment in zip(parts, segments, strict=True):
        if part.startswith(":"):
            if not segment:
                return None
            parameters[part[1:]] = unquote(segment)
        elif part != segment:
            return None
    return parameters
