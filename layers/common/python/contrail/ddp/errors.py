"""Refusals -> DDP's error object."""

from __future__ import annotations

from typing import Any

from contrail.shapes.errors import ChatError, InvalidInput

INTERNAL = ChatError(500, "Internal server error")


def error_object(error: ChatError) -> dict[str, Any]:
    """What `result.error` and `nosub.error` carry.

    A refusal without a code is a plain exception to Meteor, which tells clients nothing of it.
    """
    if isinstance(error, InvalidInput):
        error = ChatError(400, "Match failed")
    elif error.code is None:
        error = INTERNAL
    shown: dict[str, Any] = {
        "isClientSafe": True,
        "error": error.code,
        "message": error.text,
        "errorType": "Meteor.Error",
    }
    if error.reason:
        shown["reason"] = error.reason
    if error.details:
        shown["details"] = error.details
    return shown


def unknown_method(name: str) -> ChatError:
    return ChatError(404, f"Method '{name}' not found")


def unknown_publication(name: str) -> ChatError:
    return ChatError(404, f"Subscription '{name}' not found")


def too_large(name: str) -> ChatError:
    """A result beyond what can be posted to a connection; over REST more fits."""
    reason = f"The result is too large for this connection: POST /api/v1/method.call/{name} has it"
    return ChatError("error-result-too-large", reason)
