"""The workspaces that are synthesized."""

from __future__ import annotations

import json
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONTEXT: dict[str, object] = json.loads((ROOT / "cdk.json").read_text())["context"]
CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/0"
FIREWALL = "arn:aws:wafv2:us-east-1:000000000000:global/webacl/contrail-other/0"
WORKSPACES: dict[str, dict[str, object]] = {
    "main": {},
    "other": {
        "workspace": "other",
        "profile": "prod",
        "edition": "enterprise",
        "domain": "chat.example.com",
        "certificate": CERTIFICATE,
        "alarmEmail": "ops@example.com",
        "accessLogs": "on",
        "tracing": "on",
        "webAcl": FIREWALL,
    },
}
CHANGED, UNSAFE, OPEN, TWIN = "changed", "unsafe", "open", "twin"
"""The first workspace with another layer; with a queue that cdk-nag finds wanting; with an
endpoint for admins that asks for no permission; and by another name, with nothing else changed."""
