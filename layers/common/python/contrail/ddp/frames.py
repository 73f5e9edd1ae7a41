"""DDP frames that servers send, as text."""

from __future__ import annotations

from typing import Any

from contrail.ddp import ejson
from contrail.ddp.errors import error_object
from contrail.shapes.errors import ChatError

GREETING = '{"server_id":"0"}'
PONG = '{"msg":"pong"}'
LARGEST = 128 * 1024
"""Bytes that one frame to a client may have: what can be posted to a connection at once."""


def is_id(value: object) -> bool:
    """Whether a method call may bear this id. Some clients number theirs."""
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def connected(session: str) -> str:
    return ejson.dumps({"msg": "connected", "session": session})


def failed() -> str:
    return ejson.dumps({"msg": "failed", "version": "1"})


def bad_frame(reason: str, offending: Any = None) -> str:
    frame: dict[str, Any] = {"msg": "error", "reason": reason}
    if offending is None:
        return ejson.dumps(frame)
    try:
        return ejson.dumps({**frame, "offendingMessage": offending})
    except ejson.EJSONError:
        # Nested as deeply as a frame may be: it does not fit into another one.
        return ejson.dumps(frame)


def result(method_id: Any, text: str | None) -> str:
    """`text` is the result as EJSON; None is void."""
    head = ejson.dumps({"msg": "result", "id": method_id})
    return head if text is None else f'{head[:-1]},"result":{text}}}'


def fits(frame: str) -> bool:
    return len(frame) <= LARGEST and len(frame.encode()) <= LARGEST


def result_error(method_id: Any, error: dict[str, Any]) -> str:
    return ejson.dumps({"msg": "result", "id": method_id, "error": error})


def updated(method_id: Any) -> str:
    return ejson.dumps({"msg": "updated", "methods": [method_id]})


def ready(sub_id: Any) -> str:
    return ejson.dumps({"msg": "ready", "subs": [sub_id]})


def nosub(sub_id: Any, error: ChatError | None = None) -> str:
    frame: dict[str, Any] = {"msg": "nosub", "id": sub_id}
    if error is not None:
        frame["error"] = error_object(error)
    return ejson.dumps(frame)


def added(collection: str, document_id: str, fields: dict[str, Any]) -> str:
    return ejson.dumps(
        {"msg": "added", "collection": collection, "id": document_id, "fields": fields}
    )


def removed(collection: str, document_id: str) -> str:
    return ejson.dumps({"msg": "removed", "collection": collection, "id": document_id})


def edited(collection: str, document_id: str, fields: dict[str, Any]) -> str:
    """A document that was added before has these fields now."""
    return ejson.dumps(
        {"msg": "changed", "collection": collection, "id": document_id, "fields": fields}
    )


def changed(stream: str, event: str, args: str) -> str:
    """A stream's event; `args` is the argument list as EJSON, encoded once for all listeners."""
    return _changed(stream, "id", {"eventName": event}, args)


def presence(stream: str, uid: str, args: str) -> str:
    """An event about one person, whose id is the document's and the event's name."""
    return _changed(stream, uid, {"uid": uid, "eventName": uid}, args)


def _changed(stream: str, document_id: str, fields: dict[str, str], args: str) -> str:
    head = ejson.dumps(
        {"msg": "changed", "collection": stream, "id": document_id, "fields": fields}
    )
    return f'{head[:-2]},"args":{args}}}}}'
