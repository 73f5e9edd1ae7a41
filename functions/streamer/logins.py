"""Logging a connection in and out: it gets its user, and its subs are judged again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

from contrail.ddp import ejson, frames
from contrail.domain import presence, sessions
from contrail.domain.instance import Instance
from contrail.domain.sessions import Login, Session
from contrail.domain.tokens import hash_token, sign_token
from contrail.shapes.errors import InvalidInput, NotLoggedIn
from contrail.shapes.rows import Document
from functions.streamer import judging
from functions.streamer.link import Link
from functions.streamer.owners import Outcome, ask, call

USER_FIELDS = ("username", "emails", "name")
TOKENS = "services.resume.loginTokens.hashedToken"
ACCOUNT, VERIFY = "account", "login:verify"
Message = dict[str, Any]


class Started(NamedTuple):
    """`user` is what clients are told of their own user, `refused` ends subs they may not have."""

    session: Session
    user: Document
    refused: list[str]


def log_in(link: Link, params: list[Any], before: list[str]) -> Outcome:
    """`before` takes the frames that come before the result."""
    options = params[0] if params and isinstance(params[0], dict) else None
    if options is None:
        raise InvalidInput(400, "login needs its options")
    known = link.record
    started = _resume(link, options) if "resume" in options else _start(link, params)
    if not isinstance(started, Started):
        return started
    session, user, refused = started
    if known.uid != session.id:
        if known.uid:
            before.append(frames.removed("users", known.uid))
            presence.note(link.at, link.caller, known.uid, known.id, "gone")
        presence.note(link.at, link.caller, session.id, known.id, "online")
        before.append(frames.added("users", session.id, user))
    before += refused
    return {"result": ejson.dumps(session.model_dump())}


def log_out(link: Link, before: list[str]) -> Outcome:
    """The connection stays open, anonymous; so it does when its token was revoked already."""
    known = link.record
    if not known.uid:
        return {}
    outcome = call(link.caller, "logout", [], link.at)
    if "error" in outcome and outcome["error"]["error"] != NotLoggedIn().code:
        return outcome
    refused = judging.judge_again(link, "", "")
    presence.note(link.at, link.caller, known.uid, known.id, "gone")
    before += [frames.removed("users", known.uid), *refused]
    return {}


def _resume(link: Link, options: Message) -> Started:
    if not isinstance(options["resume"], str):
        raise InvalidInput(400, "resume must be a string")
    session = sessions.resume(link.at, options["resume"], link.caller)[1]
    hashed = hash_token(session.token)
    refused = _become(link, session.id, hashed)
    user = _own_document(session.id, hashed, link.at)
    if user is None:
        # Revoked since it was found valid, before this connection could be found by its user.
        link.give_up()
        raise NotLoggedIn
    return Started(session, user, refused)


def _start(link: Link, params: list[Any]) -> Started | Outcome:
    """The token is made once the connection can be found by its user: revoking it ends both.

    Four commands, account's two among them.
    """
    at, before = link.at, link.record
    anonymous = link.caller.model_copy(update={"uid": "", "token_hash": ""})
    outcome = ask(anonymous, ACCOUNT, VERIFY, params, at)
    if "error" in outcome:
        return outcome
    verified = ejson.loads(outcome["result"])
    login = Login(verified["id"], verified["type"], timedelta(seconds=verified["lifetime"]))
    token = sign_token(at.secrets, login.uid, at.now())
    hashed = hash_token(token)
    judging.announce(link, login.uid, hashed)
    try:
        session, stored = sessions.begin(at, link.caller, token, login)
        link.record = before
        refused = _become(link, login.uid, hashed)
    except Exception:
        judging.withdraw(link, login.uid, before)
        raise
    user = {key: stored[key] for key in USER_FIELDS if key in stored}
    return Started(session, user, refused)


def _become(link: Link, uid: str, hashed: str) -> list[str]:
    """Give the connection its user; `nosub` frames for open subs that this user may not have."""
    if link.record.uid == uid:
        link.save(token_hash=hashed)
        return []
    return judging.judge_again(link, uid, hashed)


def _own_document(uid: str, hashed: str, at: Instance) -> Document | None:
    """What clients are told of their own user; None when the token is not theirs any more."""
    user = at.store.users.by_id(uid, {**dict.fromkeys(USER_FIELDS, 1), TOKENS: 1}) or {}
    tokens = user.get("services", {}).get("resume", {}).get("loginTokens", ())
    if not any(token.get("hashedToken") == hashed for token in tokens):
        return None
    return {key: user[key] for key in USER_FIELDS if key in user}
