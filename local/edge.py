"""What the edge does to paths: a client's path -> the path under the service that owns it."""

from __future__ import annotations

from collections.abc import Mapping

API = "/api/"


class Edge:
    def __init__(self, routes: Mapping[str, str]) -> None:
        self._exact = {path: service for path, service in routes.items() if ":" not in path}
        self._families = {
            path.split(":", 1)[0]: service for path, service in routes.items() if ":" in path
        }

    def find(self, path: str) -> tuple[str, str] | None:
        """`/api/v1/me` -> ("account", "/account/v1/me"); None for what no service owns."""
        if not path.startswith(API):
            return None
        rest = path.removeprefix(API)
        service = self._exact.get(rest)
        if service is None:
            for family, owner in self._families.items():
                if rest.startswith(family):
                    service = owner
                    break
        return None if service is None else (service, f"/{service}/{rest}")
