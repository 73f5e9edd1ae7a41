"""A zip of messages, as JSON by line or as pages that any browser shows."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from contrail.ports.blobs import SMALL
from contrail.shapes.rows import Document
from contrail.shapes.wirejson import encode

MOST = SMALL - 512 * 1024
"""Bytes after which no more is added: what is being written still has its place then."""
PLAIN = re.compile(r"[^\w.-]+")
HEAD = '<!doctype html><meta charset="utf-8"><title>{0}</title><h1>{0}</h1>\n'
SHOWN = ("username", "name", "emails", "roles", "createdAt", "statusText", "bio", "nickname")
TOO_LONG = b"There was more than fits into one archive: the newest messages are missing."


class Room:
    """Where the messages of one room are written to."""

    def __init__(self, out: IO[bytes], *, json: bool) -> None:
        self._out, self._json = out, json

    def add(self, message: Document) -> None:
        self._out.write(encode(_line(message)) + b"\n" if self._json else _row(message))


class Archive:
    """`json` or HTML. In memory, and so bounded: `full` says that no more fits."""

    def __init__(self, *, json: bool) -> None:
        self._json = json
        self._bytes = io.BytesIO()
        self._zip = zipfile.ZipFile(self._bytes, "w", zipfile.ZIP_DEFLATED)
        self._names: set[str] = set()

    @property
    def full(self) -> bool:
        return self._bytes.tell() > MOST

    def add_user(self, user: Document) -> None:
        """Themselves, without anything secret."""
        known = {name: user[name] for name in SHOWN if name in user}
        self._zip.writestr("user.json", encode(known))

    @contextmanager
    def room(self, room: Document) -> Iterator[Room]:
        """One after the other."""
        name = str(room.get("fname") or room.get("name") or room["_id"])
        with self._zip.open(self._named(name, room["_id"]), "w") as out:
            if not self._json:
                out.write(HEAD.format(html.escape(name)).encode(errors="replace"))
            yield Room(out, json=self._json)

    def closed(self) -> bytes:
        if self.full:
            self._zip.writestr("incomplete.txt", TOO_LONG)
        self._zip.close()
        return self._bytes.getvalue()

    def _named(self, name: str, rid: str) -> str:
        plain = PLAIN.sub("_", name)[:80].strip(".") or rid
        if plain in self._names:
            plain = f"{plain}-{rid}"
        self._names.add(plain)
        return f"{plain}.{'json' if self._json else 'html'}"


def _line(message: Document) -> dict[str, Any]:
    line = {
        "ts": message["ts"],
        "username": (message.get("u") or {}).get("username"),
        "msg": message.get("msg") or "",
    }
    named = {"type": message.get("t"), "attachments": message.get("attachments")}
    return line | {key: value for key, value in named.items() if value}


def _row(message: Document) -> bytes:
    who = html.escape(str((message.get("u") or {}).get("username") or ""))
    when = html.escape(message["ts"].strftime("%Y-%m-%d %H:%M:%S"))
    titles = [str(one.get("title") or "") for one in message.get("attachments") or ()]
    said = html.escape(" ".join([str(message.get("msg") or ""), *titles]).strip())
    return f"<p><strong>{who}</strong> <small>{when}</small><br>{said}</p>\n".encode(
        errors="replace"
    )
