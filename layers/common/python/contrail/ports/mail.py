"""Port: mail leaves the workspace."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Letter:
    """`sender` and `recipient` are bare addresses in ASCII; `message` is the whole of RFC 5322.

    Messages hold links and codes, so they stay out of `repr`.
    """

    sender: str
    recipient: str
    message: bytes = field(repr=False)


class NotSentError(Exception):
    """The other side could not be reached or would not take it now: another try may help.

    Says why in words that name no host, no person and no password.
    """


class UndeliverableError(NotSentError):
    """This recipient, or this message, is refused for good: no other try will help."""


class Mail(Protocol):
    def send(self, letter: Letter) -> None:
        """One try, within bounded time. Raises `NotSentError`.

        Taken once this returns. Not repeatable: a letter that is sent twice arrives twice.
        """
