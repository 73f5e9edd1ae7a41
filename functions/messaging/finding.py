"""From what a request names to a message that the caller may read."""

from __future__ import annotations

from contrail.domain.access import Standing, access_room
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.rows import Document

NO_ID = ("error-messageid-param-not-provided", 'The required "messageId" param is missing.')
NO_ID_EITHER = ("error-messageid-param-not-provided", 'The required "messageId" param is required.')
NO_TEXT = 'The provided "messageId" does not match any existing message.'


def not_found() -> ChatError:
    return ChatError("error-message-not-found", NO_TEXT)


def access_message(
    at: Instance, caller: Caller, mid: str, *, refuse: ChatError, missing: ChatError
) -> tuple[Document, Standing]:
    """A message with `_contrail`, and the caller's standing in its room.

    Raises `missing` for one that is not there, hidden ones among them, `refuse` in a closed room.
    """
    message = at.store.messages.by_id(mid)
    if message is None or message.get("_hidden"):
        raise missing
    return message, access_room(at, caller, message["rid"], refuse=refuse)
