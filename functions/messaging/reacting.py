"""Reactions to messages."""

from __future__ import annotations

from contrail.domain import edits
from contrail.domain.access import Standing
from contrail.domain.instance import Instance
from contrail.domain.notices import notify
from contrail.domain.writable import MUTED, check_reactable, is_muted
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document
from functions.messaging import emoji as known_emoji
from functions.messaging.finding import NO_ID, access_message, not_found

METHOD = {"method": "setReaction"}
NO_EMOJI = ChatError("error-emoji-param-not-provided", 'The required "emoji" param is missing.')
LONGEST = 100


class React(Input):
    documented = {"messageId": NO_ID}
    messageId: str
    emoji: str | None = None
    reaction: str | None = None
    shouldReact: bool | None = None


class ReactMethod(Input):
    reaction: str
    messageId: str
    shouldReact: bool | None = None


def react(caller: Caller, given: React, at: Instance) -> None:
    emoji = given.emoji if given.emoji is not None else given.reaction
    if not given.messageId.strip():
        raise ChatError(*NO_ID)
    if not emoji:
        raise ChatError(NO_EMOJI.code, NO_EMOJI.reason)
    refused = ChatError("not-authorized", "Not Authorized", METHOD)
    found = access_message(at, caller, given.messageId, refuse=refused, missing=not_found())
    if not _react(at, caller, *found, emoji, given.shouldReact):
        raise ChatError("error-not-allowed", MUTED, {"rid": found[0]["rid"]})


def react_method(caller: Caller, given: ReactMethod, at: Instance) -> bool | None:
    """False for who is muted: a notice in the room says so."""
    refused = ChatError("not-authorized", "Not Authorized", METHOD)
    missing = ChatError("error-not-allowed", "Not allowed", METHOD)
    found = access_message(at, caller, given.messageId, refuse=refused, missing=missing)
    if _react(at, caller, *found, given.reaction, given.shouldReact):
        return None
    notify(at, caller, found[0]["rid"], MUTED)
    return False


def _react(
    at: Instance,
    caller: Caller,
    message: Document,
    standing: Standing,
    emoji: str,
    should: bool | None,
) -> bool:
    """False, with nothing changed, for who is muted in the room."""
    name = emoji.replace(":", "")
    # A name becomes a key of the message.
    fit = 0 < len(name) <= LONGEST and not set(name) & set(".$\0")
    if not fit or not known_emoji.exists(at, name):
        raise ChatError("error-not-allowed", "Invalid emoji provided.", METHOD)
    if is_muted(caller, standing):
        return False
    check_reactable(at, caller, standing)

    def reacted(before: Document) -> edits.Change | None:
        reactions = dict(before.get("reactions") or {})
        entry = reactions.pop(f":{name}:", None) or {}
        usernames = list(entry.get("usernames") or ())
        there = caller.username in usernames
        if should is there:
            return None
        if there:
            usernames = [one for one in usernames if one != caller.username]
        else:
            usernames.append(caller.username)
        if usernames:
            reactions[f":{name}:"] = {**entry, "usernames": usernames}
        return ({"reactions": reactions}, ()) if reactions else ({}, ["reactions"])

    edits.change(at, caller, message, reacted)
    return True
