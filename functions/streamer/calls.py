"""DDP methods over REST: `method.call` and `method.callAnon`."""

from __future__ import annotations

from typing import Any

from contrail.ddp import ejson, frames
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller, Proof
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input
from functions.streamer.owners import call as call_owner


class MethodCall(Input):
    """The path's name is ignored: clients encode it in too many ways."""

    message: str


class WithCode(Input):
    """A method's call with the second factor that it was refused for want of."""

    code: str
    method: str
    ddpMethod: str
    params: list[Any] = []


class GivenWithCode(Input):
    call: WithCode


def call(caller: Caller, given: MethodCall, at: Instance) -> str:
    """The DDP result frame as EJSON text; HTTP 200 also when the method fails."""
    try:
        frame = ejson.loads(given.message)
    except ejson.EJSONError:
        raise ChatError(None, "Invalid method call") from None
    if not isinstance(frame, dict) or not isinstance(frame.get("method"), str):
        raise ChatError(None, "Invalid method call")
    params = frame.get("params", [])
    if not isinstance(params, list) or not frames.is_id(frame.get("id")):
        raise ChatError(None, "Invalid method call")
    outcome = call_owner(caller, frame["method"], params, at)
    answer: dict[str, Any] = {"msg": "result", "id": frame["id"]}
    if "match" in outcome:
        answer["error"] = {
            "isClientSafe": True,
            "errorType": "Match.Error",
            "message": f"Match error: {outcome['match']}",
            "path": "",
            "sanitizedError": outcome["error"],
        }
    elif "error" in outcome:
        answer["error"] = outcome["error"]
    elif "result" in outcome:
        return f'{ejson.dumps(answer)[:-1]},"result":{outcome["result"]}}}'
    return ejson.dumps(answer)


def call_with_code(caller: Caller, given: GivenWithCode, at: Instance) -> Any:
    """What the method answers; raises what it refuses with."""
    wanted = given.call
    proof = Proof(code=wanted.code, method=wanted.method)
    proven = caller.model_copy(update={"proof": proof})
    outcome = call_owner(proven, wanted.ddpMethod, wanted.params, at)
    if "error" in outcome:
        error = outcome["error"]
        raise ChatError(error["error"], error.get("reason", ""), error.get("details"))
    return ejson.loads(outcome["result"]) if "result" in outcome else None
