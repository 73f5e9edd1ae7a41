"""Node clients under test: the scripts of `tests/clients/node`, a JSON object a line both ways."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Self

from tests.support.program import ROOT

SCRIPTS = ROOT / "tests" / "clients" / "node"
Told = dict[str, Any]
LONGEST = 1 << 22
"""Bytes in a line."""


class Client:
    """A script with a client in it: told what to do and asked what the client delivered.

    `log` is all that it ever told, in order.
    """

    folder = SCRIPTS
    patience = 60.0
    """Seconds in which it does whatever it is told."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._in = process.stdin
        self._out = process.stdout
        self._told: list[Told] = []
        self.log: list[Told] = []

    @classmethod
    async def started(cls, script: str, given: dict[str, Any]) -> Self:
        process = await asyncio.create_subprocess_exec(
            *("node", "--unhandled-rejections=strict", str(next(cls.folder.glob(f"{script}.?js")))),
            json.dumps(given),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=LONGEST,
        )
        return cls(process)

    async def does(self, name: str, *args: Any) -> Any:
        """Its answer to a command; what the client threw makes this fail."""
        told = await self._obeyed(name, args)
        assert "error" not in told, told
        return told["answer"]

    async def fails_to(self, name: str, *args: Any) -> Any:
        """What the client threw."""
        return (await self._obeyed(name, args))["error"]

    async def next(self, step: str) -> Told:
        """The next line of this kind; those of other kinds are kept."""
        async with asyncio.timeout(self.patience):
            while True:
                for place, told in enumerate(self._told):
                    if told["step"] == step:
                        return self._told.pop(place)
                line = await self._out.readline()
                assert line, await self._complaint()
                self._told.append(json.loads(line))
                self.log.append(self._told[-1])

    async def leave(self) -> list[Told]:
        """End the script; what it told and nobody asked for."""
        self._in.close()
        async with asyncio.timeout(self.patience):
            rest = [json.loads(line) async for line in self._out]
            complaint = await self._complaint()
        assert (self._process.returncode, complaint) == (0, "")
        return [*self._told, *rest]

    async def end(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
            await self._process.communicate()

    async def _obeyed(self, name: str, args: tuple[Any, ...]) -> Told:
        self._in.write(json.dumps({"do": name, "args": args}).encode() + b"\n")
        return await self.next(name)

    async def _complaint(self) -> str:
        assert self._process.stderr is not None
        complaint = (await self._process.stderr.read()).decode()
        await self._process.wait()
        return complaint
