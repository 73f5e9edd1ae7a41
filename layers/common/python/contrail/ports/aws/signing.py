"""AWS Signature Version 4, for requests without a query."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Protocol
from urllib.parse import quote


class Credentials(Protocol):
    """botocore's frozen credentials."""

    @property
    def access_key(self) -> str: ...
    @property
    def secret_key(self) -> str: ...
    @property
    def token(self) -> str | None: ...


def encoded(part: str) -> str:
    """A path segment as it goes over the wire."""
    return quote(part, safe="-._~")


class Signer:
    """The headers of a signed request. The key of a day is made once."""

    def __init__(
        self,
        service: str,
        region: str,
        credentials: Callable[[], Credentials],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._credentials = credentials
        self._now = now
        self._service = service
        self._region = region
        self._key: tuple[str, str, bytes] = ("", "", b"")

    def headers(self, method: str, host: str, path: str, body: bytes) -> dict[str, str]:
        """`path` as it goes over the wire, without a query."""
        credentials = self._credentials()
        at = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(self._now()))
        headers = {"host": host, "x-amz-date": at}
        if credentials.token:
            headers["x-amz-security-token"] = credentials.token
        signed = ";".join(headers)
        lines = "\n".join(f"{name}:{value}" for name, value in headers.items())
        # What is encoded already is encoded once more for the signature.
        canonical = quote(path, safe="/~")
        request = f"{method}\n{canonical}\n\n{lines}\n\n{signed}\n{sha256(body).hexdigest()}"
        scope = f"{at[:8]}/{self._region}/{self._service}/aws4_request"
        digest = sha256(request.encode()).hexdigest()
        what = f"AWS4-HMAC-SHA256\n{at}\n{scope}\n{digest}".encode()
        signature = hmac.digest(self._key_of(credentials.secret_key, at[:8]), what, "sha256").hex()
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={credentials.access_key}/{scope}, "
            f"SignedHeaders={signed}, Signature={signature}"
        )
        return headers

    def _key_of(self, secret: str, day: str) -> bytes:
        for_secret, for_day, key = self._key
        if (for_secret, for_day) != (secret, day):
            key = f"AWS4{secret}".encode()
            for part in (day, self._region, self._service, "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            self._key = (secret, day, key)
        return key
