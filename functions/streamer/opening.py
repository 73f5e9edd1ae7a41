"""Opening a sub: what it is to, and whether its caller may have it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from contrail.ddp.errors import unknown_publication
from contrail.domain.access import Standing, find_standings
from contrail.domain.instance import Instance
from contrail.domain.listening import guard
from contrail.domain.sessions import authenticate_session
from contrail.shapes.caller import Caller
from contrail.shapes.connections import Sub
from contrail.shapes.errors import ChatError, NotLoggedIn
from functions.streamer import watching
from functions.streamer.emission import PRESENCE
from functions.streamer.publications import PUBLICATIONS
from functions.streamer.reading import OF_ROOMS, STREAMS, Asking


class Reader:
    """Judges what a caller may listen to. Their roles are read once, where a rule asks for them."""

    def __init__(self, caller: Caller, at: Instance) -> None:
        self._caller = caller
        self._at = at
        self._whole: Caller | None = None
        self._standings: dict[str, Standing] = {}

    def foresee(self, wanted: Iterable[tuple[object, object]]) -> None:
        """Look up at once the rooms of all these streams and events that are about to be opened."""
        rids = {
            event.split("/", maxsplit=1)[0]
            for name, event in wanted
            if name in OF_ROOMS and isinstance(event, str)
        }
        if len(rids) > 1:
            self._standings = find_standings(self._at, self._caller, rids)

    def open(self, name: str, params: list[Any]) -> Sub:
        """Raises `not-allowed`, `invalid-event-name`, or 404 for an unknown name."""
        if name in PUBLICATIONS:
            return Sub(stream=name, extra=_extra(params))
        stream = STREAMS.get(name)
        if stream is None:
            raise unknown_publication(name)
        event = params[0] if params else None
        # Presence has one nameless event: whom it concerns is in the other arguments.
        if not isinstance(event, str) or not (event or name == PRESENCE):
            raise ChatError("invalid-event-name")
        extra = watching.asked(params) if name == PRESENCE else _extra(params)
        try:
            asks = stream.asks or event in stream.asking
            caller = self._looked_up() if asks else self._caller
            audience = stream.read(Asking(self._at, caller, self._standings), event, extra)
        except NotLoggedIn:
            raise ChatError("not-allowed") from None
        return Sub(stream=name, event=event, audience=audience, extra=extra)

    def _looked_up(self) -> Caller:
        if self._whole is None:
            if self._caller.logged_in:
                self._whole = authenticate_session(self._at, self._caller)
                guard(self._at, self._whole.uid, self._whole.roles)
            else:
                self._at.caches.refresh()
                self._whole = self._caller
        return self._whole


def _extra(params: list[Any]) -> list[Any]:
    options = params[1] if len(params) > 1 else None
    args = options.get("args") if isinstance(options, dict) else None
    return args if isinstance(args, list) else []
