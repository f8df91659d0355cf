"""What a report of a mail server is about: which e-mail of ours came back, wherever the report names it."""

from __future__ import annotations

import quopri
import re
from base64 import b64decode
from collections.abc import Iterator
from email.message import Message
from typing import NamedTuple

from channels.mail_headers import DELIVERY, OURS, answered, answered_id
from channels.own_words import decoded

_ORIGINALS = (
    *("message/rfc822", "message/rfc822-headers", "text/rfc822-headers"),
    *("message/global", "message/global-headers"),  # RFC 6533
)
_LONGEST = 200_000
"""Characters of a part that are looked at."""

_QUOTE = r"^[ \t>|]*"
_MESSAGE_ID = re.compile(rf"{_QUOTE}(?:X-Original-)?Message-ID[ \t]*:\s*(<[^<>\s]{{1,500}}>)", re.I | re.M)
_DELIVERY = re.compile(rf"{_QUOTE}X-Ringround-Delivery[ \t]*:\s*({DELIVERY})\b", re.I | re.M)
_ATTEMPT = re.compile(rf"{_QUOTE}X-Ringround-Attempt[ \t]*:\s*(\d{{1,5}})\b", re.I | re.M)
_BARE = re.compile(rf"\b({DELIVERY})@[\w.-]{{1,255}}")


class About(NamedTuple):
    """The e-mail that a report is about: `ref` is its Message-ID. Without `delivery` it is none of ours."""

    ref: str | None = None
    delivery: str | None = None
    attempt: int | None = None


def about(letter: Message) -> About:
    """Finds which delivery and attempt of ours a report is about.

    The e-mail that came back says so for certain, also that it is somebody else's. Where it is missing, the headers of
    the report may name it, or its words.
    """
    rest = []
    for part in parts(letter):
        text = source(part)
        if part.get_content_type() not in _ORIGINALS:
            rest.append(text)
        elif found := _named(text.lstrip().partition("\n\n")[0]):
            return found
    if ref := answered_id(letter):
        return About(ref, answered(letter))
    words = "\n".join(rest)
    if found := _named(words):
        return found
    bare = _BARE.search(words)
    return About(f"<{bare[0]}>", bare[1]) if bare else About()


def _named(text: str) -> About | None:
    """Reads the headers of an e-mail, or a copy of them; None where they name none."""
    ref, delivery, attempt = _MESSAGE_ID.search(text), _DELIVERY.search(text), _ATTEMPT.search(text)
    ours = delivery or (OURS.fullmatch(ref[1]) if ref else None)
    if ours:
        return About(ref[1] if ref else None, ours[1], int(attempt[1]) if attempt else None)
    return About(ref[1]) if ref else None


def parts(letter: Message) -> Iterator[Message]:
    """Gives the parts of a letter, but not those of a letter within it."""
    inner = letter.get_payload()
    if letter.get_content_maintype() == "multipart" and isinstance(inner, list):
        for part in inner:
            if isinstance(part, Message):
                yield from parts(part)
    else:
        yield letter


def source(part: Message) -> str:
    """Gives the text of a part out of its transfer encoding, with its headers' lines joined.

    Python takes a letter within a letter apart before it looks at the encoding, which must not be there and is.
    """
    inner = part.get_payload()
    if isinstance(inner, list):
        text = "\n".join(_written(one) for one in inner if isinstance(one, Message))
        text = _out_of(str(part.get("Content-Transfer-Encoding", "")).strip().lower(), text)
    else:
        text = decoded(part)
    lines = "\n".join(line.rstrip() for line in text[:_LONGEST].split("\n"))
    return re.sub(r"\n[ \t]+", " ", lines)


def _written(message: Message) -> str:
    head = "".join(f"{name}: {value}\n" for name, value in message.raw_items())
    body = message.get_payload()
    return f"{head}\n{body if isinstance(body, str) else ''}"


def _out_of(encoding: str, text: str) -> str:
    data = text.encode("utf-8", "surrogateescape")
    try:
        if encoding == "base64":
            data = b64decode(data)
        elif encoding == "quoted-printable":
            data = quopri.decodestring(data)
    except ValueError:
        pass  # it only says so
    return data.decode("utf-8", "replace")
