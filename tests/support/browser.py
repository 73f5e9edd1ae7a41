"""EmbeddedChat in a browser: `tests/clients/embedded/chat.mjs`, and what it shows."""

from __future__ import annotations

from typing import Any

from tests.support.node import Client, Told
from tests.support.program import ROOT

SCREENSHOTS = ROOT / "build" / "screenshots"
PAGE = ROOT / "build" / "embedded-chat"
"""Made by the Makefile."""


class Browser(Client):
    """A page with EmbeddedChat in it."""

    folder = ROOT / "tests" / "clients" / "embedded"
    patience = 150.0

    async def logs_in(self, password: str) -> None:
        await self.does("open")
        await self.does("login", password)
        await self.next("watching")

    async def draws(self, *wanted: Told) -> None:
        """These messages and no others, newest first, now or soon."""
        drawn = await self.does("until", list(wanted))
        assert drawn == list(wanted), drawn

    async def photographed(self, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        await self.does("screenshot", str(SCREENSHOTS / f"embedded-chat-{name}.png"))


def shown(message: dict[str, Any], text: str = "", **more: Any) -> Told:
    """How a message is drawn: `text` where it is not what was written."""
    text = text or message["msg"]
    return {"id": message["_id"], "text": text, "reactions": [], "replies": None, **more}
