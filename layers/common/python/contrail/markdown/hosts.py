"""Which hosts are public: what is written like an address but ends in no known suffix is text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib import resources

SCHEME = re.compile(r"[a-zA-Z0-9.+-]*")
END = re.compile(r"[/?#]")
IP4 = re.compile(r"(?=.{7,15}\Z)\d[\d.]*\.[\d.]*\d", re.ASCII)
IP6 = re.compile(r"(?=.{3})(?=.*:)\[?[0-9a-fA-F:]{1,39}\]?")
LABEL = re.compile(r"[^\x00-,./:-^`{-\x7f]+")
CONTROLS = "".join(map(chr, range(0x21)))
LONGEST_HOST = 255
LONGEST_LABEL = 63


def is_public(address: str, hosts: Sequence[str] = ()) -> bool:
    """Whether the host of an address is an IP, below a public suffix, or one of these hosts."""
    host = host_of(address)
    if host is None:
        return False
    if _is_ip(host):
        return True
    return _is_name(host) and (
        _has_suffix(host) or any(host == own or host.endswith(f".{own}") for own in hosts)
    )


def has_public_suffix(address: str) -> bool:
    host = host_of(address)
    return host is not None and _is_name(host) and not _is_ip(host) and _has_suffix(host)


def host_of(address: str) -> str | None:
    """The host in lower case, without a port and what a person may have put around it."""
    address = address.strip(CONTROLS)
    start = 0
    if address.startswith("//"):
        start = 2
    elif (colon := address.find(":/")) >= 0:
        if not SCHEME.fullmatch(address, 0, colon):
            return None
        start = colon + 2
        while address.startswith("/", start):
            start += 1
    found = END.search(address, start)
    part = address[start : found.start() if found else len(address)]
    at = part.rfind("@")
    part = part[at + 1 :] if at > 0 else part
    if part.startswith("["):
        return part[1 : part.rfind("]")].lower() if "]" in part else None
    colon = part.rfind(":")
    return (part[:colon] if colon > 0 else part).rstrip(".").lower()


def _is_ip(host: str) -> bool:
    return bool(IP6.fullmatch(host)) or (host.count(".") == 3 and bool(IP4.fullmatch(host)))


def _is_name(host: str) -> bool:
    labels = host.removeprefix(".").split(".")
    return (
        0 < len(host) <= LONGEST_HOST
        and host[0] != "-"
        and host[-1] != "-"
        and all(LABEL.fullmatch(label) and len(label) <= LONGEST_LABEL for label in labels)
        and not any(label[-1] in "-_" for label in labels[:-1])
    )


def _has_suffix(host: str) -> bool:
    above, _, last = host.rpartition(".")
    if last in _suffixes():
        return True
    below = above.rpartition(".")[2]
    return below != "" and not _suffixes().isdisjoint((f"{below}.{last}", f"*.{last}"))


@cache
def _suffixes() -> frozenset[str]:
    text = resources.files("contrail.data").joinpath("public_suffixes.txt").read_text("utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(" ".join(lines).split())
