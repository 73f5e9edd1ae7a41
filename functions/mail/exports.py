"""Letters that hold messages of a room, as `mail_exports` asked for them."""

from __future__ import annotations

from datetime import UTC

from pydantic import BaseModel, ConfigDict

from contrail.domain.instance import Instance
from contrail.domain.mail_composing import write
from contrail.ports.mail import Letter

DATE = "%m/%d/%Y %I:%M %p"
PARAGRAPH = (
    '<p style="margin-bottom: 5px; white-space: pre-wrap"><b>[author_{n}]</b> '
    '<span style="color: #aaa; font-size: 12px">[time_{n}]</span><br/>[text_{n}]</p>'
)


class Export(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    to: str
    rid: str
    messages: list[str]
    subject: str
    reply_to: str


def letter(at: Instance, wanted: Export) -> Letter | None:
    """The messages that are still in the room, the oldest first; None where none is."""
    found = at.store.message_lists.by_ids(wanted.messages)
    rows = sorted((row for row in found if row["rid"] == wanted.rid), key=lambda row: row["ts"])
    if not rows:
        return None
    values = {"export_subject": wanted.subject}
    for n, row in enumerate(rows):
        values |= {
            f"author_{n}": str(row["u"].get("username") or ""),
            f"time_{n}": row["ts"].astimezone(UTC).strftime(DATE),
            f"text_{n}": str(row.get("msg") or ""),
        }
    body = "\n".join(PARAGRAPH.replace("{n}", str(n)) for n in range(len(rows)))
    headers = {"Reply-To": wanted.reply_to} if wanted.reply_to else {}
    return write(at, "[export_subject]", body, wanted.to, values=values, headers=headers)
