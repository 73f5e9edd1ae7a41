"""Who is asking: the first argument of every use case."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Proof(BaseModel):
    """A second factor as it came with a call; `method` may be empty. Kept out of `repr`."""

    model_config = ConfigDict(frozen=True)

    code: str = Field(repr=False)
    method: str = ""


class Caller(BaseModel):
    """The person or bot behind a request, as authentication found it.

    `uid` is empty for an anonymous caller. `token_hash` is base64(sha256(login token)), never
    the token. `connection_id` names the WebSocket a DDP request came over. `correlation_id`
    follows the request from the gateway's event into facts and log lines.
    """

    model_config = ConfigDict(frozen=True)

    uid: str = ""
    username: str = ""
    name: str = ""
    type: str = "user"
    roles: tuple[str, ...] = ()
    token_hash: str = ""
    connection_id: str = ""
    correlation_id: str = ""
    address: str = ""
    user_agent: str = ""
    proof: Proof | None = None

    @property
    def logged_in(self) -> bool:
        return bool(self.uid)

    @property
    def short(self) -> dict[str, str]:
        """The `u` that messages, rooms and subscriptions carry."""
        return {"_id": self.uid, "username": self.username, "name": self.name}
