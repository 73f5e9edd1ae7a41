"""What the REST API answers by itself, in Rocket.Chat's envelopes. The local gateway does alike."""

from __future__ import annotations

from collections.abc import Mapping

from contrail.api.envelopes import TOO_LARGE, Answer, broken, failure_body, not_found
from contrail.shapes.errors import ChatError, Forbidden, NotLoggedIn, TooManyRequests
from contrail.shapes.wirejson import encode


def _said(text: str) -> str:
    return _json(failure_body(ChatError(None, text)))


def _json(body: Answer) -> str:
    return encode(body).decode()


_NOT_FOUND: str = not_found()["body"]
_BROKEN: str = broken()["body"]
_BAD, _FORBIDDEN = _said("Bad request"), _json(failure_body(Forbidden()))
_NOT_LOGGED_IN = _json(failure_body(NotLoggedIn()))
# The gateway's quotas are per second.
_SLOW_DOWN = _json(failure_body(TooManyRequests(1000)))

REFUSALS: Mapping[str, tuple[int | None, str]] = {
    "DEFAULT_4XX": (None, _BAD),
    "DEFAULT_5XX": (None, _BROKEN),
    "BAD_REQUEST_BODY": (400, _BAD),
    "BAD_REQUEST_PARAMETERS": (400, _BAD),
    "UNAUTHORIZED": (401, _NOT_LOGGED_IN),
    "ACCESS_DENIED": (403, _FORBIDDEN),
    "EXPIRED_TOKEN": (403, _FORBIDDEN),
    "INVALID_API_KEY": (403, _FORBIDDEN),
    "INVALID_SIGNATURE": (403, _FORBIDDEN),
    "WAF_FILTERED": (403, _FORBIDDEN),
    # A path without a resource, which the gateway takes for a request it cannot authenticate.
    "MISSING_AUTHENTICATION_TOKEN": (404, _NOT_FOUND),
    "RESOURCE_NOT_FOUND": (404, _NOT_FOUND),
    # Only what stands behind no service has a template, and so a media type it does not know.
    "UNSUPPORTED_MEDIA_TYPE": (404, _NOT_FOUND),
    "REQUEST_TOO_LARGE": (413, _said(TOO_LARGE)),
    "QUOTA_EXCEEDED": (429, _SLOW_DOWN),
    "THROTTLED": (429, _SLOW_DOWN),
    "API_CONFIGURATION_ERROR": (500, _BROKEN),
    "AUTHORIZER_CONFIGURATION_ERROR": (500, _BROKEN),
    "AUTHORIZER_FAILURE": (500, _BROKEN),
    "INTEGRATION_FAILURE": (502, _BROKEN),
    "INTEGRATION_TIMEOUT": (504, _said("Endpoint request timed out")),
}
"""Every type of the gateway's responses -> status, None for its own, and body."""
