"""Port: requests to other people's servers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

Method = Literal["GET", "POST", "PUT", "DELETE", "HEAD"]


@dataclass(frozen=True, slots=True)
class Answer:
    """`url` is where the body came from, after redirects; header names are in lower case."""

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Bounds:
    """`seconds` for everything together, `size` bytes of the body, so many `redirects`.

    A body that is larger is refused, or `cut` there: what follows is not read.
    """

    seconds: float = 10.0
    size: int = 1024 * 1024
    redirects: int = 0
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    url: str
    method: Method = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    bounds: Bounds = Bounds()


class WebError(Exception):
    """There is no answer. The text names the host, never the address, headers or body."""


class ForbiddenAddress(WebError):
    """What the host's name stands for is no place on the internet, or the URL is none."""


class AnswerTooLarge(WebError):
    """The body is larger than was asked for."""


class Web(Protocol):
    def request(self, request: Request) -> Answer:
        """One try, whatever the answer's status. Raises `WebError`.

        Reaches places on the internet alone, and what the environment allows besides: URLs may
        come from anybody. Redirects are judged like the URL itself; to another origin none of the
        headers go along but `accept` and `user-agent`, and a redirect that would have the body sent
        again is followed on the same origin only.
        """
