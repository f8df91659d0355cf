"""The headers of an e-mail that came in: who sent it, which one it is, and which of ours it answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from email.message import Message
from email.policy import EmailPolicy
from email.utils import parseaddr

LONGEST_HEADER = 4_000
"""Characters of one header: Python's parser takes minutes for some long ones."""

DELIVERY = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
"""A delivery's outside id. Other programs make Message-IDs of UUIDs too, but of another version (RFC 9562)."""

OURS = re.compile(rf"<({DELIVERY})@[^<>@\s]+>")
"""The Message-ID of an e-mail of ours."""

_ADDRESS = re.compile(r"[^\s<>()\[\]\",:;@]{1,200}@[^\s<>()\[\]\",:;@]{1,200}")


class Bounded(EmailPolicy):
    """Reads letters with headers of some length at most."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Takes a header's lines apart."""
        name, value = super().header_source_parse(sourcelines)
        return name, value[:LONGEST_HEADER]


def header(letter: Message, name: str) -> str:
    """Gives a header as text, its lines joined; empty where there is none, or none that can be read."""
    try:
        return _plain(str(letter.get(name, "")))
    except Exception:  # noqa: BLE001 - Python's own parser stumbles over some; the other headers still count
        return ""


def sender(letter: Message) -> str:
    """Gives the address that a letter came from; empty where it names none."""
    for name in ("From", "Sender", "Reply-To", "Return-Path"):
        for address in _addresses(letter, name):
            if _ADDRESS.fullmatch(address):
                return address
    return ""


def _addresses(letter: Message, name: str) -> Iterator[str]:
    """Gives what may be the address in a header, the likeliest first: programs write them in many wrong ways."""
    with suppress(Exception):  # see `header`
        yield from (_plain(one.addr_spec) for one in getattr(letter.get(name), "addresses", ()))
    yield parseaddr(header(letter, name))[1]
    for found, value in letter.raw_items():
        if found.lower() == name.lower():
            yield from reversed(_ADDRESS.findall(_plain(str(value))))


def _plain(value: str) -> str:
    """Gives a header on one line, without what no database takes."""
    text = value[:LONGEST_HEADER].encode("utf-8", "replace").decode()
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def answered(letter: Message) -> str | None:
    """Finds which delivery of ours a letter answers: its Message-ID stands in the reply's headers (RFC 5322, 3.6.4)."""
    ref = answered_id(letter)
    return ref[1:].partition("@")[0] if ref else None


def answered_id(letter: Message) -> str | None:
    """Finds the Message-ID of the e-mail of ours that a letter answers."""
    for name in ("In-Reply-To", "References"):
        if found := list(OURS.finditer(header(letter, name))):
            return found[-1][0]
    return None
