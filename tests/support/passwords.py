"""Logging in over REST, as tests do it over and over."""

from __future__ import annotations

import hashlib
from typing import Any

from tests.support.workspace import Workspace

UNAUTHORIZED = {
    "success": False,
    "status": "error",
    "error": "Unauthorized",
    "message": "Unauthorized",
}
DIGEST = hashlib.sha256(b"secret").hexdigest()
DIG = {"digest": DIGEST, "algorithm": "sha-256"}


def log_in(workspace: Workspace, given: Any) -> Any:
    return workspace.http("POST", "v1/login", json=given)
