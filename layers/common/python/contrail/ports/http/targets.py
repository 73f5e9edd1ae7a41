"""URLs that may be asked for, taken apart once and for all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from contrail.ports.web import ForbiddenAddress

PORTS = {"http": 80, "https": 443}
HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")
LONGEST = 8_000
SAFE = "!#$%&'()*+,/:;=?@[]~"


@dataclass(frozen=True, slots=True)
class Target:
    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port

    @property
    def netloc(self) -> str:
        """What the header `Host` says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.netloc}{self.path}"


def parse(url: str, base: Target | None = None) -> Target:
    """Raises `ForbiddenAddress` for anything but an http(s) URL of a host without credentials."""
    try:
        parts = urlsplit(urljoin(base.url, url) if base else url)
        host = (parts.hostname or "").encode("idna").decode().rstrip(".").lower()
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        raise ForbiddenAddress("not a URL") from None
    if parts.scheme not in PORTS or "@" in parts.netloc or "\\" in url or len(url) > LONGEST:
        raise ForbiddenAddress("not a URL that may be asked for")
    if not HOST.fullmatch(host):
        raise ForbiddenAddress("not a URL of a host")
    query = f"?{parts.query}" if parts.query else ""
    return Target(parts.scheme, host, port, quote(f"{parts.path or '/'}{query}", safe=SAFE))
