"""What a page answers: all of it, since its protocol is HTTP's own."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Reply:
    """A `body` of bytes goes through gateways as base64: up to 4 MB of it."""

    body: str | bytes = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
