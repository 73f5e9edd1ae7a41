"""Methods over DDP: sessions here, everything else at the method's owner."""

from __future__ import annotations

from typing import Any

from contrail.ddp import ejson, frames
from contrail.ddp.errors import INTERNAL, error_object, too_large, unknown_method
from contrail.domain import sessions
from contrail.domain.instance import Instance
from contrail.domain.tokens import hash_token
from contrail.shapes.caller import Caller
from contrail.shapes.connections import Frame
from contrail.shapes.errors import ChatError, InvalidInput, NotLoggedIn
from contrail.shapes.logs import unexpected
from contrail.shapes.rows import Document
from functions.streamer import subs, writing
from functions.streamer.link import Link, TooEarly

USER_FIELDS = ("username", "emails", "name")
TOKENS = "services.resume.loginTokens.hashedToken"
PATIENCE = 25_000
"""Milliseconds a method's owner may take: less than the streamer itself has."""
OWN = ("login", "logout")
"""What the streamer does itself, as often as it is asked to."""
WRITES = "stream-"
RENEWS = ("getNewToken", "logoutOtherClients")
"""Answered with a token that the connection goes on with."""
Message = dict[str, Any]
Outcome = dict[str, Any]


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
    known = at.methods.get(name)
    return known is not None and not known.public


def _repeatable(name: str, params: list[Any], at: Instance) -> bool:
    if name in OWN or name.startswith(WRITES):
        return True
    known = at.methods.get(name)
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
            return _log_in(link, params, before)
        if name == "logout":
            return _log_out(link, before)
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


def call(caller: Caller, name: str, params: list[Any], at: Instance) -> Outcome:
    """Ask the method's owner: `{"result": EJSON text}`, `{}` or `{"error": …}`."""
    if name.startswith(WRITES):
        writing.write(caller, name, params, at)
        return {}
    known = at.methods.get(name)
    if known is None:
        return {"error": error_object(unknown_method(name))}
    event = {
        "method": name,
        "params": ejson.dumps(params),
        "caller": caller.model_dump(),
        "deadline": int(at.now().timestamp() * 1000) + PATIENCE,
    }
    return at.rpc.call(known.service, event)


def _log_in(link: Link, params: list[Any], before: list[str]) -> Outcome:
    options = params[0] if params and isinstance(params[0], dict) else None
    if options is None:
        raise InvalidInput(400, "login needs its options")
    if "resume" in options:
        if not isinstance(options["resume"], str):
            raise InvalidInput(400, "resume must be a string")
        session = sessions.resume(link.at, options["resume"], link.caller)[1].model_dump()
        outcome: Outcome = {"result": ejson.dumps(session)}
    else:
        anonymous = link.caller.model_copy(update={"uid": "", "token_hash": ""})
        outcome = call(anonymous, "login", params, link.at)
        if "error" in outcome:
            return outcome
        session = ejson.loads(outcome["result"])
    known, uid, hashed = link.record, session["id"], hash_token(session["token"])
    refused = _become(link, uid, hashed)
    user = _own_document(uid, hashed, link.at)
    if user is None:
        # Revoked since it was found valid, before this connection could be found by its user.
        link.give_up()
        raise NotLoggedIn
    if known.uid != uid:
        if known.uid:
            before.append(frames.removed("users", known.uid))
        before.append(frames.added("users", uid, user))
    before += refused
    return outcome


def _log_out(link: Link, before: list[str]) -> Outcome:
    """The connection stays open, anonymous; so it does when its token was revoked already."""
    known = link.record
    if not known.uid:
        return {}
    outcome = call(link.caller, "logout", [], link.at)
    if "error" in outcome and outcome["error"]["error"] != NotLoggedIn().code:
        return outcome
    refused = _become(link, "", "")
    before += [frames.removed("users", known.uid), *refused]
    return {}


def _become(link: Link, uid: str, hashed: str) -> list[str]:
    """Give the connection its user; `nosub` frames for open subs that this user may not have."""
    if link.record.uid == uid:
        link.save(token_hash=hashed)
        return []
    return subs.judge_again(link, uid, hashed)


def _own_document(uid: str, hashed: str, at: Instance) -> Document | None:
    """What clients are told of their own user; None when the token is not theirs any more."""
    user = at.store.users.by_id(uid, {**dict.fromkeys(USER_FIELDS, 1), TOKENS: 1}) or {}
    tokens = user.get("services", {}).get("resume", {}).get("loginTokens", ())
    if not any(token.get("hashedToken") == hashed for token in tokens):
        return None
    return {key: user[key] for key in USER_FIELDS if key in user}
