"""Addresses in text: URLs, e-mail addresses and telephone numbers."""

from __future__ import annotations

import re
from functools import cache

from contrail.markdown import characters, hosts
from contrail.markdown.lookahead import Next, Run
from contrail.markdown.nodes import Node, link, plain

GAP = re.compile(r"[ \t\r\n]")
GUARD = re.compile(r"[ \t\r\n:./@]")
HOST_PART = re.compile(rf"\.?+{characters.HOST}")
SCHEME = re.compile(r"[A-Za-z0-9+-]{1,32}+:")
USER = re.compile(r"//(?:[A-Za-z0-9$&+_#?-]++(?::[A-Za-z0-9$&+_#?-]++)?+@)?")
PORT = re.compile(r":[0-9]++")
PHONE = re.compile(r"\+(?:[0-9]++(?:-[0-9]++)?|\([0-9]++\)(?:-[0-9]++|[0-9]++(?:-[0-9]++)?))")
ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
EXTRAS = re.compile(rf"[{characters.EXTRA}]++")
# Runs of what an address may go on with: nothing that may be the punctuation behind it.
BODY = re.compile(r"[^\x00-\x20!\"%'()*,.:;=\\|~\x7f]++")
MARKDOWN_EXTRAS = re.compile(r"[.,!%*\"':;=]++")
MARKDOWN_BODY = re.compile(r"[^\x00-\x20!\"%'()*,.:;=\\|\x7f]++")
IN_PARENTHESES = re.compile(r"[^\x00-\x20)\\|\x7f]*+")
LOCAL_MARKS = "!#$%&'*+/=?^_`{|}~-"
SHORTEST_PHONE = 5


@cache
def _local_part() -> re.Pattern[str]:
    """What stands before the `@`, of which LOCAL_MARKS begin neither it nor what follows a dot."""
    marks = re.escape(LOCAL_MARKS)
    return re.compile(rf"(?:(?:\.(?![{marks}]))?+[{characters.addresses()}{marks}])++")


class Addresses:
    """Finds the addresses of one text. A place is where an address would begin."""

    def __init__(self, text: str, own_hosts: tuple[str, ...]) -> None:
        self._text = text
        self._own_hosts = own_hosts
        self._gap = Next(GAP, text)
        self._guard = Next(GUARD, text)
        self._at = Next(re.compile("@"), text)
        self._hosts: dict[int, tuple[int, bool]] = {}
        self._local = Run(_local_part(), text)
        self._parentheses = Run(IN_PARENTHESES, text)
        self._body_run = (0, -1)
        self._targets: dict[int, tuple[int, str] | None] = {}

    def email(self, place: int) -> tuple[int, str | Node] | None:
        """An address that ends in a public host, or the text of one that does not."""
        if self._at.at(place) >= self._gap.at(place):
            return None
        start = place + 7 if self._text.startswith("mailto:", place) else place
        if self._text[start : start + 1] in f".{LOCAL_MARKS}":
            return None
        middle = self._local.end(start)
        if (
            middle == start
            or not self._text.startswith("@", middle)
            or (end := self.domain(middle + 1)) < 0
        ):
            return None
        written = self._text[start:end]
        if not hosts.has_public_suffix(f"mailto:{written}"):
            return end, written
        return end, link(f"mailto:{written}", [plain(written)])

    def url(self, place: int) -> tuple[int, str | Node] | None:
        """A URL of a public host, or the text of one that is not, which is then no markup."""
        guard = self._guard.at(place)
        if not (self._text.startswith(".", guard) or self._text.startswith("://", guard)):
            return None
        head = self._head(place)
        if head < 0:
            return None
        end = min(self._gap.at(head), len(self._text))
        while end > head and self._text[end - 1] in ".,!%~*\"':;()=":
            end -= 1
        written = self._text[place:end]
        if not hosts.is_public(written, self._own_hosts):
            return end, written
        absolute = ABSOLUTE.match(written)
        return end, link(written if absolute else f"//{written}", [plain(written)])

    def phone(self, place: int) -> tuple[int, str | Node] | None:
        found = self._number(place)
        if found is None:
            return None
        end, number = found
        written = self._text[place:end]
        if len(number) < SHORTEST_PHONE:
            return end, written
        return end, link(f"tel:{number}", [plain(written)])

    def domain(self, place: int) -> int:
        """The end of the host name that begins here; -1 without one."""
        if self._text.startswith("localhost", place):
            return place + 9
        if self._text[place : place + 1] in "_.":
            return -1
        end, dotted = self._host_parts(place)
        return end if dotted else -1

    def _host_parts(self, place: int) -> tuple[int, bool]:
        """Where the labels from here on end, and whether there is a dot between two of them."""
        passed = []
        while place not in self._hosts:
            passed.append(place)
            part = HOST_PART.match(self._text, place)
            if part is None:
                self._hosts[place] = place, False
            else:
                place = part.end()
        end, dotted = self._hosts[place]
        for earlier in reversed(passed):
            dotted = dotted or (earlier < end and self._text[earlier] == ".")
            self._hosts[earlier] = end, dotted
        return end, dotted

    def target(self, place: int) -> tuple[int, str] | None:
        """What `[title](...)` leads to: parentheses in it come in pairs."""
        if place not in self._targets:
            self._targets[place] = self._target(place)
        return self._targets[place]

    def _target(self, place: int) -> tuple[int, str] | None:
        head = self._head(place)
        if head >= 0:
            end = self._markdown_body(head)
            return end, self._text[place:end]
        if scheme := SCHEME.match(self._text, place):
            end = self._markdown_body(scheme.end())
            if end > scheme.end():
                return end, self._text[place:end]
        return self._telephone(place)

    def angle_target(self, place: int) -> tuple[int, str] | None:
        """What `<...|title>` leads to."""
        head = self._head(place)
        if head >= 0:
            end = self._body(head)
            return end, self._text[place:end]
        if scheme := SCHEME.match(self._text, place):
            end = self._body(scheme.end())
            if end > scheme.end():
                return end, self._text[place:end]
        return self._telephone(place)

    def _telephone(self, place: int) -> tuple[int, str] | None:
        found = self._number(place)
        return (found[0], f"tel:{found[1]}") if found else None

    def _number(self, place: int) -> tuple[int, str] | None:
        """The end of a telephone number, and its digits."""
        match = PHONE.match(self._text, place)
        if not match:
            return None
        return match.end(), "".join(digit for digit in match[0] if digit.isdigit())

    def _head(self, place: int) -> int:
        """The end of scheme and host, or of a host alone; -1 without one."""
        if (scheme := SCHEME.match(self._text, place)) and (
            user := USER.match(self._text, scheme.end())
        ):
            end = self._host(user.end())
            if end >= 0:
                return end
        return self._host(place)

    def _host(self, place: int) -> int:
        end = self.domain(place)
        if end < 0:
            return -1
        port = PORT.match(self._text, end)
        return port.end() if port else end

    def _body(self, place: int) -> int:
        """The end of a path that whitespace, `)` or punctuation before whitespace ends."""
        begun, ended = self._body_run
        if not begun <= place <= ended:
            begun = place
            while (next_place := self._body_step(place)) > place:
                place = next_place
            self._body_run = begun, place
        return self._body_run[1]

    def _body_step(self, place: int) -> int:
        if match := BODY.match(self._text, place):
            return match.end()
        extras = EXTRAS.match(self._text, place)
        if extras is None or extras.end() in (self._gap.at(place), len(self._text)):
            return place
        close = self._text.find(")", place, extras.end())
        return extras.end() if close < 0 else close

    def _markdown_body(self, place: int) -> int:
        """The same inside `](...)`, where a pair of parentheses belongs to the address."""
        while True:
            if match := MARKDOWN_BODY.match(self._text, place):
                place = match.end()
            elif extras := MARKDOWN_EXTRAS.match(self._text, place):
                if self._text[extras.end() : extras.end() + 1] in (" ", "\t", "\r", "\n"):
                    return place
                place = extras.end()
            elif self._text.startswith("(", place):
                close = self._parentheses.end(place + 1)
                if not self._text.startswith(")", close):
                    return place
                place = close + 1
            else:
                return place
