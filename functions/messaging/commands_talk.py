"""Slash commands that say something, or tell the caller something."""

from __future__ import annotations

from contrail.domain import directs
from contrail.shapes.errors import ChatError
from functions.messaging.commands_asked import Asked
from functions.messaging.drafts import Draft

GIMME = "༼ つ ◕_◕ ༽つ {}"
LENNY = "{} ( ͡° ͜ʖ ͡°)"
SHRUG = r"{} ¯\\_(ツ)_/¯"  # Markdown takes one of the two
FLIP = "{} (╯°□°）╯︵ ┻━┻"  # noqa: RUF001 - drawn, not written
UNFLIP = "{} ┬─┬ ノ( ゜-゜ノ)"  # noqa: RUF001 - the same
SHORTCUTS = (
    "`Command (or Ctrl) + p OR Command (or Ctrl) + k` - Open Channel / User search",
    "`Shift (or Ctrl) + ESC` - Mark all messages (in all channels) as read",
    "`Up Arrow` - Edit previous message",
    "`Command (or Alt) + Left Arrow` - Move to the beginning of the message",
    "`Command (or Alt) + Up Arrow` - Move to the beginning of the message",
    "`Command (or Alt) + Right Arrow` - Move to the end of the message",
    "`Command (or Alt) + Down Arrow` - Move to the end of the message",
    "`Shift + Enter` - New line in message compose input",
)
"""Of Rocket.Chat's own clients."""
NOTHING_TO_SAY = "Username and message must not be empty."
STATUS_SET = "Status message changed successfully."
STATUS_OFF = "Your administrator has disabled the changing of status messages"


def draw(art: str, asked: Asked) -> None:
    """Send the text with a drawing around it."""
    _say(asked, art.format(asked.text))


def me(asked: Asked) -> None:
    if asked.text.strip():
        _say(asked, f"_{asked.text}_")


def msg(asked: Asked) -> None:
    """To someone in a direct room, which is made if there is none."""
    name, _, text = asked.text.strip().partition(" ")
    if not text:
        asked.tell(NOTHING_TO_SAY)
        return
    user = asked.user(name)
    if user is not None:
        room = directs.create_direct(asked.at, asked.caller, [user["username"]])
        asked.send(Draft(_id=None, rid=room["_id"], msg=text))


def tell_shortcuts(asked: Asked) -> None:
    asked.tell("\n" + "\n".join(SHORTCUTS))


def status(asked: Asked) -> None:
    try:
        asked.call("setUserStatus", None, asked.text)
    except ChatError as refusal:
        if refusal.code == "error-not-allowed":
            asked.tell(STATUS_OFF)
        raise
    asked.tell(STATUS_SET)


def _say(asked: Asked, text: str) -> None:
    asked.send(asked.draft.model_copy(update={"msg": text}))
