"""Channels and private groups: what `channels.*` and `groups.*` share, and the words they don't."""

from __future__ import annotations

import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from contrail.domain.access import Standing
from contrail.domain.instance import Instance
from contrail.domain.wire import public_room
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document
from functions.rooms.finding import (
    GROUP_NOT_NAMED,
    NOT_NAMED,
    WhichRoom,
    access_channel,
    access_group,
    id_of,
    not_found,
)

Given = TypeVar("Given", bound=Input)
Result = TypeVar("Result")


class Place(Input):
    """A room by id or by name."""

    roomId: str = ""
    roomName: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """`key` is the answer's field for a room, `said` what texts call one."""

    t: str
    key: str
    said: str
    unnamed: tuple[str, str]
    access: Callable[[Instance, Caller, WhichRoom], Standing]

    def find(
        self, at: Instance, caller: Caller, place: Place, *, archived: bool = False
    ) -> Standing:
        """The caller's standing in the room that `place` names.

        Raises for what names none, `error-room-not-found` for one that is closed to the caller and,
        unless `archived` ones are wanted too, `error-room-archived`.
        """
        standing = self.access(at, caller, self._which(place))
        if not archived:
            self.refuse_archived(standing.room)
        return standing

    def rid(self, at: Instance, place: Place) -> str:
        """Of the room that `place` names, whoever may enter it; empty for none."""
        return id_of(at, self._which(place))

    def refuse_archived(self, room: Document) -> None:
        if room.get("archived"):
            shown = room.get("fname") if room.get("prid") else room.get("name")
            raise ChatError("error-room-archived", f"The {self.said}, {shown}, is archived")

    def _which(self, place: Place) -> WhichRoom:
        if not place.roomId and not place.roomName:
            raise ChatError(*self.unnamed)
        return WhichRoom(roomId=place.roomId, roomName=place.roomName)

    def missing(self) -> ChatError:
        return not_found(self.key)

    def answer(self, caller: Caller, room: Document) -> Document:
        return {self.key: public_room(room, caller.uid)}

    def serve(
        self, use_case: Callable[[Kind, Caller, Given, Instance], Result]
    ) -> Callable[[Caller, Given, Instance], Result]:
        """A use case of both kinds as that of this one."""

        def its(caller: Caller, given: Given, at: Instance) -> Result:
            return use_case(self, caller, given, at)

        hints: dict[str, Any] = typing.get_type_hints(use_case)
        its.__annotations__ = {name: hints[name] for name in ("caller", "given", "at")}
        return its


CHANNEL = Kind("c", "channel", "channel", NOT_NAMED, access_channel)
GROUP = Kind("p", "group", "private group", GROUP_NOT_NAMED, access_group)
