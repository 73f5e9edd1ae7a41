"""What this server is: the first thing clients ask."""

from __future__ import annotations

import platform
from typing import Any

from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.inputs import NoInput

SPOKEN = "6.12.0"
"""The Rocket.Chat version whose protocols are spoken; apps decide by it what they may use."""


def info(caller: Caller, _: NoInput, at: Instance) -> dict[str, Any]:
    """`version` without the patch level for everyone; build facts with get-server-info."""
    shown: dict[str, Any] = {"version": SPOKEN.rsplit(".", 1)[0]}
    if caller.logged_in and at.allows(caller, "get-server-info"):
        build = {
            "arch": platform.machine(),
            "platform": platform.system().lower(),
            "pythonVersion": platform.python_version(),
        }
        shown["info"] = {"version": SPOKEN, "build": build}
    return shown
