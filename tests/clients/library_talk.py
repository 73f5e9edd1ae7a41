"""A call of each method about messages and what is reported of them."""

from __future__ import annotations

from typing import Any

from tests.clients.library import Call, Kit


def pinned(k: Kit) -> Any:
    mid = k.message()
    k.admin.chat_pin_message(mid)
    return k.admin.chat_unpin_message(mid)


def starred(k: Kit) -> Any:
    mid = k.message()
    k.bens.chat_star_message(mid)
    return k.bens.chat_unstar_message(mid)


def thread(k: Kit) -> str:
    """The message that it began with."""
    rid = k.channel()
    mid = k.message(rid)
    k.admin.chat_send_message({"rid": rid, "msg": "a reply", "tmid": mid})
    return mid


def reported(k: Kit) -> str:
    mid = k.message()
    k.admin.chat_report_message(mid, "rude")
    return mid


def report(k: Kit) -> str:
    return str(next(k.admin.moderation_reports(reported(k)))["_id"])


def bens_report(k: Kit) -> Any:
    return k.admin.moderation_report_user(k.ben.id, "rude")


CHAT: dict[str, Call] = {
    "chat_post_message": lambda k: k.bens.chat_post_message("hello", room_id=k.channel()),
    "chat_send_message": lambda k: k.bens.chat_send_message({"rid": k.channel(), "msg": "hello"}),
    "chat_get_message": lambda k: k.bens.chat_get_message(k.message()),
    "chat_pin_message": lambda k: k.admin.chat_pin_message(k.message()),
    "chat_unpin_message": pinned,
    "chat_star_message": lambda k: k.bens.chat_star_message(k.message()),
    "chat_unstar_message": starred,
    "chat_delete": lambda k: k.bens.chat_delete(rid := k.channel(), k.message(rid)),
    "chat_update": lambda k: k.bens.chat_update(rid := k.channel(), k.message(rid), "better"),
    "chat_react": lambda k: k.bens.chat_react(k.message()),
    "chat_search": lambda k: k.bens.chat_search(k.channel(), "hello"),
    "chat_get_starred_messages": lambda k: k.bens.chat_get_starred_messages(k.channel()),
    "chat_report_message": lambda k: k.admin.chat_report_message(k.message(), "rude"),
    "chat_follow_message": lambda k: k.admin.chat_follow_message(k.message()),
    "chat_unfollow_message": lambda k: k.bens.chat_unfollow_message(thread(k)),
    "chat_get_thread_messages": lambda k: k.bens.chat_get_thread_messages(thread(k)),
    "chat_get_mentioned_messages": lambda k: k.bens.chat_get_mentioned_messages(k.channel()),
    "chat_get_deleted_messages": lambda k: k.bens.chat_get_deleted_messages(k.channel(), k.past),
    "chat_get_pinned_messages": lambda k: k.bens.chat_get_pinned_messages(k.channel()),
    "chat_ignore_user": lambda k: k.admin.chat_ignore_user(k.channel(), k.ben.id),
    "chat_sync_thread_list": lambda k: k.bens.chat_sync_thread_list(k.channel(), k.past),
    "chat_sync_thread_messages": lambda k: k.bens.chat_sync_thread_messages(thread(k), k.past),
    "chat_sync_messages": lambda k: k.bens.chat_sync_messages(k.channel(), k.past),
    "chat_get_threads_list": lambda k: k.bens.chat_get_threads_list(k.channel()),
    "chat_get_discussions": lambda k: k.bens.chat_get_discussions(k.channel()),
}

MODERATION: dict[str, Call] = {
    "moderation_reports_by_users": lambda k: k.admin.moderation_reports_by_users(),
    "moderation_user_reports": lambda k: k.admin.moderation_user_reports(),
    "moderation_user_reported_messages": lambda k: k.admin.moderation_user_reported_messages(
        reported(k) and k.ben.id
    ),
    "moderation_user_reports_by_user_id": lambda k: k.admin.moderation_user_reports_by_user_id(
        bens_report(k) and k.ben.id
    ),
    "moderation_reports": lambda k: k.admin.moderation_reports(reported(k)),
    "moderation_report_info": lambda k: k.admin.moderation_report_info(report(k)),
    "moderation_report_user": bens_report,
    "moderation_dismiss_reports": lambda k: k.admin.moderation_dismiss_reports(msg_id=reported(k)),
    "moderation_dismiss_user_reports": lambda k: k.admin.moderation_dismiss_user_reports(
        bens_report(k) and k.ben.id
    ),
    "moderation_user_delete_reported_messages": lambda k: (
        k.admin.moderation_user_delete_reported_messages(reported(k) and k.ben.id)
    ),
}

CALLS = CHAT | MODERATION
