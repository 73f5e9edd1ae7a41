"""A copy of the data folder is a backup: put somewhere else, it is the workspace as it was."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

from tests.support.program import Program


def test_a_copied_folder_is_the_workspace_of_that_moment(tmp_path: Path) -> None:
    with Program(tmp_path / "data", ADMIN_USERNAME="boss", ADMIN_PASS="secret") as program:
        program.ready()
        boss = program.client("boss", "secret")
        room = boss.channels_create("hangar")["channel"]["_id"]
        boss.chat_post_message("before", room_id=room)
        program.process.send_signal(signal.SIGINT)
        assert program.ended() == (0, "")
    shutil.copytree(tmp_path / "data", tmp_path / "backup")
    with Program(tmp_path / "data") as program:
        program.ready()
        boss.server_url = program.url
        boss.chat_post_message("after", room_id=room)
        program.process.send_signal(signal.SIGINT)
        program.ended()
    with Program(tmp_path / "backup") as program:
        program.ready()
        # The token of before holds too: what signs it is in the folder.
        boss.server_url = program.url
        texts = [row["msg"] for row in boss.channels_history(room) if "t" not in row]
        assert texts == ["before"]
        boss.chat_post_message("on from there", room_id=room)
