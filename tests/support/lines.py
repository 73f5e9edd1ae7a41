"""The log lines of a piece of work, as they are written."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from contrail.shapes.logs import LOG, JsonFormatter
from tests.support.workspace import Json


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(JsonFormatter())
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))

    @property
    def text(self) -> str:
        return "\n".join(self.texts)

    def named(self, message: str) -> list[Json]:
        """The lines that say so."""
        found = [json.loads(text) for text in self.texts]
        return [line for line in found if line["message"] == message]


@contextmanager
def logged(level: int = logging.DEBUG) -> Iterator[Lines]:
    """Every line that anything logs, the libraries as well; Contrail's from `level` on."""
    lines, root, before = Lines(), logging.getLogger(), LOG.level
    root.addHandler(lines)
    LOG.setLevel(level)
    try:
        yield lines
    finally:
        LOG.setLevel(before)
        root.removeHandler(lines)
