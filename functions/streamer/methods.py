"""Methods over DDP: sessions here, everything else at the method's owner."""

from __future__ import annotations

from typing import Any

from contrail.ddp import ejson, frames
from contrail.ddp.errors import INTERNAL, error_object, unknown_method
from contrail.domain import sessions
from contrail.domain.instance import Instance
from contrail.domain.tokens import hash_token
from contrail.shapes.caller import Caller
from contrail.shapes.connections import Connection
from contrail.shapes.errors import ChatError, InvalidInput
from contrail.shapes.logs import unexpected
from functions.streamer import subs, writing

USER_FIELDS = {"username": 1, "emails": 1, "name": 1}
Outcome = dict[str, Any]


def run(caller: Caller, connection: Connection, frame: dict[str, Any], at: Instance) -> None:
    """Exactly one `result` and one `updated` for every well-formed method frame."""
    name, method_id, params = frame.get("method"), frame.get("id"), frame.get("params", [])
    if (
        not isinstance(name, str)
        or not isinstance(method_id, str | int)
        or not isinstance(params, list)
    ):
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
    if "error" in outcome:
        answer = frames.result_error(method_id, outcome["error"])
    else:
        answer = frames.result(method_id, outcome.get("result"))
    at.sockets.post(connection.id, *before, answer, frames.updated(method_id))


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
    if name.startswith("stream-"):
        writing.write(caller, name, params, at)
        return {}
    outcome = call(caller, name, params, at)
    if name == "logout" and "error" not in outcome:
        before.append(frames.removed("users", connection.uid))
        _become(caller, connection, "", "", before, at)
    return outcome


def call(caller: Caller, name: str, params: list[Any], at: Instance) -> Outcome:
    """Ask the method's owner: `{"result": EJSON text}`, `{}` or `{"error": …}`."""
    owner = at.methods.get(name)
    if owner is None:
        return {"error": error_object(unknown_method(name))}
    event = {"method": name, "params": ejson.dumps(params), "caller": caller.model_dump()}
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
    user = at.store.users.by_id(uid, USER_FIELDS) or {}
    user.pop("_id", None)
    if connection.uid and connection.uid != uid:
        before.append(frames.removed("users", connection.uid))
    before.append(frames.added("users", uid, user))
    _become(caller, connection, uid, hashed, before, at)
    return outcome


def _become(
    caller: Caller, connection: Connection, uid: str, hashed: str, before: list[str], at: Instance
) -> None:
    """Give the connection its user, and judge its open subs again under that user."""
    known = connection.model_copy(update={"uid": uid, "token_hash": hashed})
    session = caller.model_copy(update={"uid": uid, "token_hash": hashed})
    before += subs.judge_again(session, connection, known, at)
