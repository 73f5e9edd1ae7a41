"""Methods over DDP: sessions here, everything else at the method's owner."""

from __future__ import annotations

from typing import Any

from contrail.ddp import ejson, frames
from contrail.ddp.errors import INTERNAL, error_object, too_large
from contrail.domain.instance import Instance
from contrail.domain.tokens import hash_token
from contrail.shapes.connections import Frame
from contrail.shapes.errors import ChatError, NotLoggedIn
from contrail.shapes.logs import unexpected
from contrail.shapes.registry import for_clients
from functions.streamer import logins
from functions.streamer.link import Link, TooEarly
from functions.streamer.owners import WRITES, Outcome, call

OWN = ("login", "logout")
"""What the streamer does itself, as often as it is asked to."""
RENEWS = ("getNewToken", "logoutOtherClients")
"""Answered with a token that the connection goes on with."""
Message = dict[str, Any]


def run(link: Link, frame: Frame, message: Message) -> None:
    """Exactly one `result` and one `updated` for every well-formed method frame.

    Raises `TooEarly` where it would be refused for want of a login. A frame that is delivered
    again after its method was begun is answered with an error, unless running it again does no
    more than the first time did.
    """
    name, method_id, params = message.get("method"), message.get("id"), message.get("params", [])
    if not isinstance(name, str) or not frames.is_id(method_id) or not isinstance(params, list):
        link.post(frames.bad_frame("Malformed method invocation", message))
        return
    if not link.record.uid and _needs_login(name, link.at):
        refused = {} if name.startswith(WRITES) else {"error": error_object(NotLoggedIn())}
        raise TooEarly(_answer(method_id, name, refused), frames.updated(method_id))
    if not _repeatable(name, params, link.at):
        if frame.id in link.record.marks:
            link.post(frames.result_error(method_id, error_object(INTERNAL)))
            link.post(frames.updated(method_id))
            link.save(marks=link.marked(frame, "done"))
            return
        if not link.save(marks=link.marked(frame, "started")):
            link.give_up()
            return
    before: list[str] = []
    outcome = _attempt(link, name, params, before)
    link.post(*before, _answer(method_id, name, outcome), frames.updated(method_id))
    link.save(marks=link.marked(frame, "done"))


def _needs_login(name: str, at: Instance) -> bool:
    if name in OWN or name.startswith(WRITES):
        return name not in OWN
    known = for_clients(at.methods, name)
    return known is not None and not known.public


def _repeatable(name: str, params: list[Any], at: Instance) -> bool:
    if name in OWN or name.startswith(WRITES):
        return True
    known = for_clients(at.methods, name)
    return known is None or known.repeatable(params)


def _answer(method_id: Any, name: str, outcome: Outcome) -> str:
    if "error" in outcome:
        return frames.result_error(method_id, outcome["error"])
    answer = frames.result(method_id, outcome.get("result"))
    if frames.fits(answer):
        return answer
    return frames.result_error(method_id, error_object(too_large(name)))


def _attempt(link: Link, name: str, params: list[Any], before: list[str]) -> Outcome:
    try:
        if name == "login":
            return logins.log_in(link, params, before)
        if name == "logout":
            return logins.log_out(link, before)
        outcome = call(link.caller, name, params, link.at)
        if name in RENEWS and "result" in outcome:
            token = ejson.loads(outcome["result"])["token"]
            link.save(token_hash=hash_token(token))
        return outcome
    except ChatError as error:
        return {"error": error_object(error)}
    except Exception:  # noqa: BLE001 - logged; a frame never takes the ones behind it down
        unexpected("method failed", method=name)
        return {"error": error_object(INTERNAL)}
