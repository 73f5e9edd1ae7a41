"""What the edge does to paths: a client's path -> the path under the service that owns it."""

from __future__ import annotations

from collections.abc import Mapping

from infra.edge import API, owner, owners


class Edge:
    """`routes` maps REST path patterns to services, `roots` the first segments of pages' paths.

    Raises `ValueError` as `owners` does.
    """

    def __init__(self, routes: Mapping[str, str], roots: Mapping[str, str] | None = None) -> None:
        self._owners = owners(routes)
        self._roots = dict(roots or {})

    def find(self, path: str) -> tuple[str, str] | None:
        """`/api/v1/me` -> ("account", "/account/v1/me"); None for what no service owns."""
        if not path.startswith(f"{API}/"):
            root, below, _ = path[1:].partition("/")
            page = self._roots.get(root) if below else None
            return None if page is None else (page, f"/{page}{path}")
        rest = path.removeprefix(API)
        service = owner(self._owners, rest)
        return None if service is None else (service, f"/{service}{rest}")
