"""Structured log lines: one JSON object each, with the correlation id of what caused it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

import orjson

CORRELATION: ContextVar[str] = ContextVar("correlation_id", default="")
LOG = logging.getLogger("contrail")


@contextmanager
def correlated(correlation_id: str) -> Iterator[None]:
    """Log lines written inside carry this correlation id."""
    token = CORRELATION.set(correlation_id)
    try:
        yield
    finally:
        CORRELATION.reset(token)


class JsonFormatter(logging.Formatter):
    """Fields come from `extra={"fields": {...}}`; callers keep secrets and bodies out of them."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "message": record.getMessage(),
            "correlation_id": CORRELATION.get(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


def note(message: str, **fields: object) -> None:
    LOG.info(message, extra={"fields": fields})


def warn(message: str, **fields: object) -> None:
    LOG.warning(message, extra={"fields": fields})


def unexpected(message: str, **fields: object) -> None:
    """With the traceback of the exception being handled."""
    LOG.error(message, exc_info=sys.exc_info(), extra={"fields": fields})
