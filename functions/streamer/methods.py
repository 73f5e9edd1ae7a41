"""Methods over DDP: sessions here, everything else at the method's owner."""

from __future__ import annotations

from typing import Any

from contrail.ddp import ejson, frames
from contrail.ddp.errors import INTERNAL, error_object, too_large, unknown_method
from contrail.domain import sessions
from contrail.domain.instance import Instance
from contrail.domain.tokens import hash_token
from contrail.shapes.caller import Caller
from contrail.shapes.connections import Connection
from contrail.shapes.errors import ChatError, InvalidInput, NotLoggedIn
from contrail.shapes.logs import unexpected
from contrail.shapes.rows import Document
from functions.streamer import subs, writing

USER_FIELDS = ("username", "emails", "name")
TOKENS = "services.resume.loginTokens.hashedToken"
PATIENCE = 25_000
"""Milliseconds a method's owner may take: less than the streamer itself has."""
Outcome = dict[str, Any]


def run(caller: Caller, connection: Connection, frame: dict[str, Any], at: Instance) -> None:
    """Exactly one `result` and one `updated` for every well-formed method frame."""
    name, method_id, params = frame.get("method"), frame.get("id"), frame.get("params", [])
    if not isinstance(name, str) or not frames.is_id(method_id) or not isinstance(params, list):
        at.sockets.post(connection.id, frames.bad_frame("Malformed method invocation", frame))
        return
    before: list[str] = []
    try:
        outcome = _run(caller, connection, name, params, before, at)
    except ChatError as error:
        outcome = {"error": error_object(error)}
    except Exception:  # noqa: BLE001 - logged; a frame never takes the ones behind it down
        unexpected("method failed", method=name)
        outcome = {"error": error_object(INTERNAL)}
    answer = _answer(method_id, name, outcome)
    at.sockets.post(connection.id, *before, answer, frames.updated(method_id))


def _answer(method_id: Any, name: str, outcome: Outcome) -> str:
    if "error" in outcome:
        return frames.result_error(method_id, outcome["error"])
    answer = frames.result(method_id, outcome.get("result"))
    if frames.fits(answer):
        return answer
    return frames.result_error(method_id, error_object(too_large(name)))


def _run(
    caller: Caller,
    connection: Connection,
    name: str,
    params: list[Any],
    before: list[str],
    at: Instance,
) -> Outcome:
    if name == "login":
        return _log_in(caller, connection, params, before, at)
    if name == "logout":
        return _log_out(caller, connection, before, at)
    return call(caller, name, params, at)


def call(caller: Caller, name: str, params: list[Any], at: Instance) -> Outcome:
    """Ask the method's owner: `{"result": EJSON text}`, `{}` or `{"error": …}`."""
    if name.startswith("stream-"):
        writing.write(caller, name, params, at)
        return {}
    owner = at.methods.get(name)
    if owner is None:
        return {"error": error_object(unknown_method(name))}
    event = {
        "method": name,
        "params": ejson.dumps(params),
        "caller": caller.model_dump(),
        "deadline": int(at.now().timestamp() * 1000) + PATIENCE,
    }
    return at.rpc.call(owner, event)


def _log_in(
    caller: Caller, connection: Connection, params: list[Any], before: list[str], at: Instance
) -> Outcome:
    options = params[0] if params and isinstance(params[0], dict) else None
    if options is None:
        raise InvalidInput(400, "login needs its options")
    if "resume" in options:
        if not isinstance(options["resume"], str):
            raise InvalidInput(400, "resume must be a string")
        session = sessions.resume(at, options["resume"], caller)[1].model_dump()
        outcome: Outcome = {"result": ejson.dumps(session)}
    else:
        anonymous = caller.model_copy(update={"uid": "", "token_hash": ""})
        outcome = call(anonymous, "login", params, at)
        if "error" in outcome:
            return outcome
        session = ejson.loads(outcome["result"])
    uid, hashed = session["id"], hash_token(session["token"])
    refused = _become(caller, connection, uid, hashed, at)
    user = _own_document(uid, hashed, at)
    if user is None:
        # Revoked since it was found valid, before this connection could be found by its user.
        at.connections.close(connection.id)
        at.sockets.close(connection.id)
        raise NotLoggedIn
    if connection.uid != uid:
        if connection.uid:
            before.append(frames.removed("users", connection.uid))
        before.append(frames.added("users", uid, user))
    before += refused
    return outcome


def _log_out(caller: Caller, connection: Connection, before: list[str], at: Instance) -> Outcome:
    """The connection stays open, anonymous; so it does when its token was revoked already."""
    if not connection.uid:
        return {}
    outcome = call(caller, "logout", [], at)
    if "error" in outcome and outcome["error"]["error"] != NotLoggedIn().code:
        return outcome
    refused = _become(caller, connection, "", "", at)
    before += [frames.removed("users", connection.uid), *refused]
    return {}


def _become(
    caller: Caller, connection: Connection, uid: str, hashed: str, at: Instance
) -> list[str]:
    """Give the connection its user; `nosub` frames for open subs that this user may not have."""
    known = connection.model_copy(update={"uid": uid, "token_hash": hashed})
    if connection.uid == uid:
        at.connections.save(known)
        return []
    session = caller.model_copy(update={"uid": uid, "token_hash": hashed})
    return subs.judge_again(session, connection, known, at)


def _own_document(uid: str, hashed: str, at: Instance) -> Document | None:
    """What clients are told of their own user; None when the token is not theirs any more."""
    user = at.store.users.by_id(uid, {**dict.fromkeys(USER_FIELDS, 1), TOKENS: 1}) or {}
    tokens = user.get("services", {}).get("resume", {}).get("loginTokens", ())
    if not any(token.get("hashedToken") == hashed for token in tokens):
        return None
    return {key: user[key] for key in USER_FIELDS if key in user}
