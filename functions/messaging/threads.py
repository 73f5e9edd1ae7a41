"""Lists of threads, and of the messages in one."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from contrail.domain.access import Standing, access_room
from contrail.domain.instance import Instance
from contrail.domain.messages import shown_to
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input, Listed, When
from contrail.shapes.rows import Document
from contrail.store.message_lists import THREADS, of_thread
from contrail.store.patterns import containing
from functions.messaging.following import mark_read
from functions.messaging.paging import page_of

MOST = 100
NO_SINCE = (
    "error-updatedSince-param-invalid",
    'The "updatedSince" query parameter must be a valid date.',
)
NO_RID = ("error-room-id-param-not-provided", 'The required "rid" query param is missing.')
NO_TMID = ("error-invalid-params", 'The required "tmid" query param is missing.')
SINCE_MISSING = ChatError(
    "error-updatedSince-param-invalid", 'The required param "updatedSince" is missing.'
)


class Threads(Listed):
    rid: str
    type: str = ""
    text: str = ""


class ThreadMessages(Listed):
    documented = {"tmid": NO_TMID}
    tmid: str


class SyncThreads(Input):
    documented = {"rid": NO_RID, "updatedSince": NO_SINCE}
    rid: str
    updatedSince: When | None = None


class SyncThreadMessages(Input):
    documented = {"tmid": NO_TMID, "updatedSince": NO_SINCE}
    tmid: str
    updatedSince: When | None = None


class ThreadsOptions(Input):
    rid: str
    limit: int = Field(50, ge=0)
    skip: int = Field(0, ge=0)


class ThreadsMethod(Input):
    options: ThreadsOptions


class MessagesOptions(Input):
    tmid: str
    limit: int = Field(0, ge=0)
    skip: int = Field(0, ge=0)


class MessagesMethod(Input):
    options: MessagesOptions


def threads(caller: Caller, wanted: Threads, at: Instance) -> dict[str, Any]:
    """`{threads, count, offset, total}`; `type` is `following`, `unread` or neither."""
    standing = _enter(at, caller, wanted.rid)
    more = {**wanted.query, **_narrowed(standing, caller, wanted)}
    return page_of(
        at, caller, THREADS, {"rid": wanted.rid, **more}, wanted, "threads", [("tlm", -1)]
    )


def _narrowed(standing: Standing, caller: Caller, wanted: Threads) -> Document:
    more: Document = {"msg": containing(wanted.text)} if wanted.text else {}
    if wanted.type == "following":
        more["replies"] = {"$in": [caller.uid]}
    if wanted.type == "unread":
        more["_id"] = {"$in": list((standing.subscription or {}).get("tunread") or ())}
    return more


def sync_threads(caller: Caller, wanted: SyncThreads, at: Instance) -> dict[str, Any]:
    """`{threads: {update, remove}}`: what changed since, and whole documents of what is gone."""
    _check_enabled(at)
    if wanted.updatedSince is None:
        raise ChatError(SINCE_MISSING.code, SINCE_MISSING.reason)
    _enter(at, caller, wanted.rid)
    more = {"rid": wanted.rid, "_updatedAt": {"$gt": wanted.updatedSince}}
    rows = at.store.message_lists.all(THREADS, more, [("tlm", -1)])
    gone = at.store.tombstones.of_room(wanted.rid, wanted.updatedSince, whole=True)
    removed = [shown_to(at, row, caller) for row in gone if row.get("tcount")]
    return {"threads": {"update": [shown_to(at, row, caller) for row in rows], "remove": removed}}


def thread_messages(caller: Caller, wanted: ThreadMessages, at: Instance) -> dict[str, Any]:
    """`{messages, count, offset, total}`: the replies, the oldest first."""
    first = _first(at, caller, wanted.tmid)
    more = {**wanted.query, "rid": first["rid"]}
    return page_of(at, caller, of_thread(wanted.tmid), more, wanted, "messages", [("ts", 1)])


def sync_thread_messages(
    caller: Caller, wanted: SyncThreadMessages, at: Instance
) -> dict[str, Any]:
    """`{messages: {update, remove}}` of a thread's replies."""
    _check_enabled(at)
    if wanted.updatedSince is None:
        raise ChatError(SINCE_MISSING.code, SINCE_MISSING.reason)
    first = _first(at, caller, wanted.tmid)
    more = {"rid": first["rid"], "_updatedAt": {"$gt": wanted.updatedSince}}
    rows = at.store.message_lists.all(of_thread(wanted.tmid), more, [("ts", 1)])
    gone = at.store.tombstones.of_room(first["rid"], wanted.updatedSince, whole=True)
    removed = [shown_to(at, row, caller) for row in gone if row.get("tmid") == wanted.tmid]
    return {"messages": {"update": [shown_to(at, row, caller) for row in rows], "remove": removed}}


def threads_method(caller: Caller, given: ThreadsMethod, at: Instance) -> list[Document]:
    wanted, refused = given.options, _not_allowed("getThreadsList")
    if not at.setting("Threads_enabled") or wanted.limit > MOST:
        raise refused
    access_room(at, caller, wanted.rid, refuse=refused)
    rows, _ = at.store.message_lists.page(
        THREADS, {"rid": wanted.rid}, [("tlm", -1)], wanted.skip, wanted.limit
    )
    return [shown_to(at, row, caller) for row in rows]


def messages_method(caller: Caller, given: MessagesMethod, at: Instance) -> list[Document]:
    """The first message and the replies, the newest of those first; the thread is read then."""
    wanted, refused = given.options, _not_allowed("getThreadMessages")
    if not at.setting("Threads_enabled") or wanted.limit > MOST:
        raise refused
    first = at.store.messages.by_id(wanted.tmid)
    if first is None or first.get("_hidden"):
        return []
    access_room(at, caller, first["rid"], refuse=refused)
    mark_read(at, caller, first)
    here, by_time = {"rid": first["rid"]}, [("ts", -1)]
    rows, _ = at.store.message_lists.page(
        of_thread(wanted.tmid), here, by_time, wanted.skip, wanted.limit or MOST
    )
    return [shown_to(at, row, caller) for row in [first, *rows]]


def _check_enabled(at: Instance) -> None:
    if not at.setting("Threads_enabled"):
        raise ChatError("error-not-allowed", "Threads Disabled")


def _enter(at: Instance, caller: Caller, rid: str) -> Standing:
    _check_enabled(at)
    return access_room(at, caller, rid, refuse=ChatError("error-not-allowed", "Not Allowed"))


def _first(at: Instance, caller: Caller, tmid: str) -> Document:
    _check_enabled(at)
    first = at.store.messages.by_id(tmid)
    if first is None or first.get("_hidden"):
        raise ChatError("error-invalid-message", "Invalid Message")
    access_room(at, caller, first["rid"], refuse=ChatError("error-not-allowed", "Not Allowed"))
    return first


def _not_allowed(method: str) -> ChatError:
    return ChatError("error-not-allowed", "Not allowed", {"method": method})
