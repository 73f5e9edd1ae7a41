"""What the edge does to paths: a client's path -> the path under the service that owns it."""

from __future__ import annotations

from collections.abc import Mapping

API = "/api/"


class Edge:
    """Raises `ValueError` when paths that only a parameter tells apart have two owners."""

    def __init__(self, routes: Mapping[str, str]) -> None:
        self._exact = {path: service for path, service in routes.items() if ":" not in path}
        families: dict[str, str] = {}
        for path, service in routes.items():
            family, parameter, _ = path.partition(":")
            if parameter and families.setdefault(family, service) != service:
                raise ValueError(f"{family} belongs to {families[family]} and {service}")
        # The longest first: a family may lie within another.
        self._families = sorted(families.items(), key=lambda family: -len(family[0]))

    def find(self, path: str) -> tuple[str, str] | None:
        """`/api/v1/me` -> ("account", "/account/v1/me"); None for what no service owns."""
        if not path.startswith(API):
            return None
        rest = path.removeprefix(API)
        service = self._exact.get(rest)
        if service is None:
            service = next(
                (owner for family, owner in self._families if rest.startswith(family)), None
            )
        return None if service is None else (service, f"/{service}/{rest}")
