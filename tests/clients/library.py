"""What calls of rocketchat_API's methods are about (`library_*.py` has the calls)."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from rocketchat_API.rocketchat import RocketChat

from contrail.shapes.ids import random_id
from tests.support.workspace import Person, Workspace

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360000002000001e5274ade0000000049454e44ae426082"
)


def a_name() -> str:
    return f"n{random_id().lower()}"


class Kit:
    """Clients of people, and things for them to be asked about. `admin` may do everything."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.admin = self.client(workspace.admin)
        self.ben = workspace.person()
        self.bens = self.client(self.ben)
        self.now = datetime.now(UTC)
        self.past = (self.now - timedelta(hours=1)).isoformat().replace("+00:00", "Z")
        self.future = (self.now + timedelta(hours=1)).isoformat().replace("+00:00", "Z")

    def client(self, person: Person) -> Any:
        url = self.workspace.url
        return RocketChat(auth_token=person.token, user_id=person.id, server_url=url)

    def channel(self, **more: Any) -> str:
        """Of the admin and ben."""
        members = [self.ben.username]
        room = self.admin.channels_create(a_name(), members=members, **more)["channel"]
        return str(room["_id"])

    def group(self) -> str:
        members = [self.ben.username]
        return str(self.admin.groups_create(a_name(), members=members)["group"]["_id"])

    def direct(self) -> str:
        return str(self.admin.dm_create(self.ben.username)["room"]["_id"])

    def dm(self) -> str:
        """With someone new."""
        other = self.workspace.person().username
        return str(self.admin.dm_create(other)["room"]["_id"])

    def team(self) -> str:
        return str(self.admin.teams_create(a_name(), 0)["team"]["_id"])

    def message(self, rid: str = "") -> str:
        """Of ben's."""
        given = {"rid": rid or self.channel(), "msg": "hello"}
        return str(self.bens.chat_send_message(given)["message"]["_id"])

    def invite(self, rid: str = "") -> str:
        return str(self.admin.find_or_create_invite(rid or self.channel(), 1, 5)["_id"])

    def user_status(self) -> str:
        made = self.admin.custom_user_status_create(a_name(), "busy")
        return str(made["customUserStatus"]["_id"])

    def file(self) -> tuple[str, Any, str]:
        return ("dot.png", io.BytesIO(PNG), "image/png")

    def media(self, rid: str) -> str:
        return str(self.bens.rooms_media(rid, ("a.txt", b"hello", "text/plain"))["file"]["_id"])


Call = Callable[[Kit], Any]
