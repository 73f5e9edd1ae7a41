"""Results and refusals -> REST answers, exactly as clients check them."""

from __future__ import annotations

from typing import Any

from contrail.shapes.errors import (
    ChatError,
    LoginRefused,
    NotLoggedIn,
    PermissionMissing,
    TooManyRequests,
)
from contrail.shapes.rows import Rest
from contrail.shapes.wirejson import encode

Answer = dict[str, Any]
JSON = {"Content-Type": "application/json"}


def answer(status: int, body: Any) -> Answer:
    """API Gateway's proxy response. The content type carries no charset: suites compare it."""
    return {
        "statusCode": status,
        "headers": dict(JSON),
        "body": encode(body).decode(),
        "isBase64Encoded": False,
    }


def success(row: Rest, result: Any) -> Answer:
    if row.envelope == "bare":
        return answer(200, result)
    fields = {row.key: result} if row.key else dict(result or {})
    if row.envelope == "status":
        return answer(200, {"status": "success", "data": fields})
    return answer(200, {**fields, "success": True})


def failure(error: ChatError) -> Answer:
    return answer(error.status, failure_body(error))


def failure_body(error: ChatError) -> Answer:
    if isinstance(error, NotLoggedIn):
        message = "You must be logged in to do this."
        return {"success": False, "status": "error", "message": message}
    if isinstance(error, LoginRefused):
        body: Answer = {"success": False, "status": "error", "error": error.code}
        body["message"] = error.reason
    else:
        body = {"success": False, "error": error.text}
        if error.code is not None and not isinstance(error, PermissionMissing):
            body["errorType"] = error.code
        if isinstance(error, TooManyRequests):
            body["errorType"] = "error-too-many-requests"
            reason = error.reason.replace("again.", "this endpoint again.")
            body["error"] = f"{reason} [error-too-many-requests]"
    if error.details:
        body["details"] = error.details
    return body


def not_found() -> Answer:
    return answer(404, {"success": False, "error": "API endpoint not found"})


def method_not_allowed() -> Answer:
    return answer(405, {"success": False, "error": "Method not allowed"})


TOO_LARGE = (
    "Request entity too large. A file of more than 4 MB goes to the store itself: post its name, "
    "type and size as JSON to rooms.media/:rid."
)


def broken() -> Answer:
    """For what nobody foresaw: the log has it, the answer tells nothing."""
    return answer(500, {"success": False, "error": "Internal server error"})
