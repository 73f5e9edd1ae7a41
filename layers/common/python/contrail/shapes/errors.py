"""The one exception family. REST and DDP each have one place that words it for clients."""

from __future__ import annotations

from typing import Any

Code = str | int | None
Details = dict[str, Any] | list[dict[str, Any]] | None


class Unfinished(Exception):
    """Of several items so many are worked off; `__cause__` is what stopped the next one."""

    def __init__(self, done: int) -> None:
        super().__init__(done)
        self.done = done


class ChatError(Exception):
    """A refusal in Rocket.Chat's terms.

    `code` is what clients switch on (`error-room-not-found`, 403); `None` stands for the bare
    texts that carry no code. `details` must be JSON-able. `status` is the HTTP status of the
    REST answer. `bare` keeps the code out of the text, as a few endpoints do.
    """

    def __init__(
        self,
        code: Code,
        reason: str = "",
        details: Details = None,
        *,
        status: int = 400,
        bare: bool = False,
    ) -> None:
        super().__init__(code, reason)
        self.bare = bare
        self.code = code
        self.reason = reason
        self.details = details
        self.status = status

    @property
    def text(self) -> str:
        """`reason [code]`, `[code]` without a reason, the bare reason without a code."""
        if self.code is None or self.bare:
            return self.reason
        return f"{self.reason} [{self.code}]" if self.reason else f"[{self.code}]"


class NotLoggedIn(ChatError):
    """No valid credentials where the row asks for them: 401 on REST, error-invalid-user on DDP."""

    def __init__(self) -> None:
        super().__init__("error-invalid-user", "Invalid user", status=401)


class LoginRefused(ChatError):
    """A login that failed. REST answers 401 in the login envelope."""

    def __init__(self, code: Code, reason: str, details: Details = None) -> None:
        super().__init__(code, reason, details, status=401)


class InvalidInput(ChatError):
    """Input of the wrong shape. REST shows `text`; DDP always says 400 `Match failed`."""


class PermissionMissing(ChatError):
    """The row names permissions that the caller lacks."""

    def __init__(self) -> None:
        reason = "User does not have the permissions required for this action"
        super().__init__("error-unauthorized", reason, status=403)


class Forbidden(ChatError):
    """The bare 403 `unauthorized` that older endpoints answer."""

    def __init__(self) -> None:
        super().__init__(None, "unauthorized", status=403)


class TooManyRequests(ChatError):
    """A rate limit was hit; `time_to_reset` in milliseconds."""

    def __init__(self, time_to_reset: int) -> None:
        seconds = -(-time_to_reset // 1000)
        reason = (
            "Error, too many requests. Please slow down. "
            f"You must wait {seconds} seconds before trying again."
        )
        details = {"timeToReset": time_to_reset}
        super().__init__("too-many-requests", reason, details, status=429)
