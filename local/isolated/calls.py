"""Which of AWS's operations each function was seen to call: what its grants are held against."""

from __future__ import annotations

from pathlib import Path

import orjson


class Calls:
    """Kept in `file` as JSON, function -> sorted `service:Operation`. On the event loop only."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen: dict[str, set[str]] = {}

    @property
    def seen(self) -> dict[str, list[str]]:
        return {function: sorted(calls) for function, calls in sorted(self._seen.items())}

    def note(self, function: str, call: str) -> None:
        known = self._seen.setdefault(function, set())
        if call not in known:
            known.add(call)
            draft = self._file.with_name(self._file.name + ".tmp")
            draft.write_bytes(orjson.dumps(self.seen, option=orjson.OPT_INDENT_2) + b"\n")
            draft.replace(self._file)
