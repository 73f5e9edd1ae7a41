"""A slash command as someone typed it, and what every command can do with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from contrail.api.calls import call
from contrail.domain.access import Standing, find_standing, may_enter
from contrail.domain.instance import Instance
from contrail.domain.notices import notify
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.rows import Document
from functions.messaging.drafts import Draft
from functions.messaging.messages import Send, send

NO_CHANNEL = "The channel `#{}` does not exist."
NO_USERNAME = "The username `{}` doesn't exist."


@dataclass(frozen=True, slots=True)
class Asked:
    """`text` is what stands behind the command, `draft` the message that it was typed as.

    `standing` is the caller's in the room where it was typed, which they may enter.
    """

    at: Instance
    caller: Caller
    text: str
    draft: Draft
    standing: Standing

    @property
    def rid(self) -> str:
        return str(self.standing.room["_id"])

    def tell(self, text: str) -> None:
        """A notice to the caller alone."""
        notify(self.at, self.caller, self.rid, text)

    def call(self, method: str, *params: Any) -> Any:
        """As `api.calls.call`: what a command does is its owner's to check and to do."""
        return call(self.at, self.caller, method, *params)

    def attempt(self, method: str, *params: Any) -> bool:
        """Call it; a refusal becomes a notice. Whether it was done."""
        try:
            self.call(method, *params)
        except ChatError as refusal:
            self.tell(refusal.reason or str(refusal.code))
            return False
        return True

    def send(self, draft: Draft) -> None:
        """Send a message. A refusal is told in its room too, and raised."""
        try:
            send(self.caller, Send(message=draft), self.at)
        except ChatError as refusal:
            reason = str(refusal.code or refusal.reason)
            notify(self.at, self.caller, draft.rid or self.rid, reason)
            raise

    def room(self, name: str, *permissions: str) -> Standing | None:
        """The caller's standing in the room of this name, `#` or not.

        None for one that is closed to them, unless they have one of the permissions everywhere.
        """
        found = self.at.store.rooms.by_name(name.replace("#", "", 1), {"_id": 1})
        standing = find_standing(self.at, self.caller, found["_id"]) if found else None
        if standing is None or may_enter(self.at, self.caller, standing):
            return standing
        anywhere = any(self.at.allows(self.caller, one) for one in permissions)
        return standing if anywhere else None

    def user(self, name: str) -> Document | None:
        """`_id username` of someone by their username, `@` or not; of nobody the caller is told."""
        user = self.at.store.users.by_username(name.replace("@", "", 1), {"username": 1})
        if user is None:
            self.tell(NO_USERNAME.format(name))
        return user
