"""Requests passed on to the store of files and back, whatever their length."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from aiohttp import ClientError, ClientSession, ClientTimeout, web
from yarl import URL

from local import patience

SILENCE = 30.0
"""Seconds without a byte of the answer."""
HOP_BY_HOP = {"connection", "host", "keep-alive", "te", "transfer-encoding", "upgrade"}


class Passing:
    """`headers` are added to every answer. It works while `opened`, a context of aiohttp's.

    `patience` is how many seconds a client may take over each stretch of what goes through.
    """

    def __init__(
        self, url: str, headers: Mapping[str, str] | None = None, patience: float = SILENCE
    ) -> None:
        self._url = url
        self._headers = dict(headers or {})
        self._patience = patience
        self._http: ClientSession | None = None

    async def opened(self, _: web.Application) -> AsyncIterator[None]:
        waits = ClientTimeout(total=None, sock_connect=2, sock_read=SILENCE)
        async with ClientSession(timeout=waits, auto_decompress=False) as self._http:
            yield

    async def pass_on(self, request: web.Request, host: str = "") -> web.StreamResponse:
        """`host` is the name that the request was signed for, the server's own without one."""
        assert self._http is not None
        kept = [(k, v) for k, v in request.headers.items() if k.lower() not in HOP_BY_HOP]
        try:
            async with self._http.request(
                request.method,
                URL(self._url + request.raw_path, encoded=True),
                data=self._body(request),
                headers=[*kept, *([("Host", host)] if host else [])],
                allow_redirects=False,
                skip_auto_headers=("User-Agent", "Accept", "Content-Type"),
            ) as answer:
                response = web.StreamResponse(status=answer.status)
                for name, value in answer.headers.items():
                    if name.lower() not in HOP_BY_HOP:
                        response.headers.add(name, value)
                response.headers.update(self._headers)
                await response.prepare(request)
                async for chunk in answer.content.iter_chunked(64 * 1024):
                    await patience.write(response, chunk, self._patience)
                await response.write_eof()
                return response
        except patience.TooSlowError:
            patience.cut_off(request)
            return web.Response(status=408)
        except (ClientError, TimeoutError):
            return web.Response(status=503)

    def _body(self, request: web.Request) -> AsyncIterator[bytes] | None:
        if not request.can_read_body:
            return None
        return patience.stream(request.content, self._patience)
