"""What somebody wrote themselves in an e-mail: its text, without the letter that it answers and without signature."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import EmailMessage, Message
from html.parser import HTMLParser

LONGEST = 20_000
"""Characters of a letter's text that are looked at: an answer stands at its beginning."""

# How mail programs begin the letter that is being answered; a person's own "On Monday I wrote to you" has no date and
# no colon. Some break it into two lines.
_SAID_BY = re.compile(r"^(on|ar)\b(?=.*\d).{5,300}\b(wrote|ysgrifennodd)\b.{0,80}:\s*$", re.IGNORECASE)
_QUOTED = re.compile(r"^\s*>")
_ENDS = (
    re.compile(r"^-{2,}\s*(original message|forwarded message|neges wreiddiol)\s*-{2,}", re.IGNORECASE),
    re.compile(r"^_{10,}\s*$"),
    re.compile(r"^-- ?$"),
    re.compile(r"^(sent from (my|outlook)|get outlook for|anfonwyd o) ", re.IGNORECASE),
)
_HEADED = re.compile(r"^(from|oddi wrth)\s*:.{3,200}\s(sent|date|to|anfonwyd|dyddiad|at)\s*:", re.IGNORECASE)


def text_of(letter: EmailMessage) -> str:
    """Gives the text of a letter; an HTML part is read as text where there is no other.

    What stands before and after a picture is all of it, and gateways of phones send a text as an attachment.
    """
    shown = "\n".join(_texts(letter, attached=False)).strip()
    return shown or "\n".join(_texts(letter, attached=True)).strip()


def _texts(part: Message, *, attached: bool) -> Iterator[str]:
    """Gives the texts of a part in their order, of alternatives the first that says something."""
    if part.get_content_type() == "multipart/alternative" and part.is_multipart():
        inner = sorted(_inside(part), key=lambda one: one.get_content_type() == "text/html")
        said = ("\n".join(_texts(one, attached=attached)) for one in inner)
        yield next((one for one in said if one.strip()), "")
    elif part.get_content_maintype() == "multipart" and part.is_multipart():
        for one in _inside(part):
            yield from _texts(one, attached=attached)
    elif _is_text(part, attached=attached):
        text = decoded(part)[: LONGEST * 5]
        yield _plain(text) if part.get_content_subtype() == "html" else text


def _is_text(part: Message, *, attached: bool) -> bool:
    if attached:
        return part.get_content_maintype() == "text" and part.get_content_subtype() != "calendar"
    return part.get_content_type() in ("text/plain", "text/html") and part.get_content_disposition() != "attachment"


def _inside(part: Message) -> list[Message]:
    inner = part.get_payload()
    return [one for one in inner if isinstance(one, Message)] if isinstance(inner, list) else []


def decoded(part: Message) -> str:
    """Gives the text of a part out of its transfer encoding, in its own character set or, where that is none, UTF-8."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    charset = part.get_content_charset("utf-8")
    if charset.startswith(("utf-16", "utf-32")) and b"\0" not in payload:
        charset = "utf-8"  # it only says so: plain letters would be read as Chinese ones
    try:
        return payload.decode(charset, "replace")
    except (LookupError, ValueError):  # a character set that does not exist, or that is not for texts
        return payload.decode("utf-8", "replace")


def own_words(text: str) -> str:
    """Gives what somebody wrote themselves: without the letter that they answer, and up to their signature.

    What stands between quoted lines, or below them, is theirs. Where nothing would be left all of it is kept: too much
    goes to a person to read, too little would be taken for something else.
    """
    kept: list[str] = []
    lines = text[:LONGEST].replace("\r\n", "\n").split("\n")
    at = 0
    while at < len(lines):
        line, both = lines[at], f"{lines[at]} {''.join(lines[at + 1 : at + 2])}"[:500]
        if said_by := 1 if _SAID_BY.match(line[:500]) else 2 if _SAID_BY.match(both) else 0:
            below = next((one for one in lines[at + said_by :] if one.strip()), "")
            if not _QUOTED.match(below):
                break  # all below is the other letter, without a sign before each line
            at += said_by
            continue
        if _HEADED.match(both) or any(end.match(line) for end in _ENDS):
            break
        if not _QUOTED.match(line):
            kept.append(line.rstrip())
        at += 1
    return "\n".join(kept).strip() or text[:LONGEST].strip()


class _Plain(HTMLParser):
    """Gathers the text of an HTML letter, without what stands in the elements `silent`."""

    _BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3"})

    def __init__(self, silent: frozenset[str]) -> None:
        super().__init__(convert_charrefs=True)
        self._never = silent
        self.parts: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        quoted = any(name == "class" and "gmail_quote" in (value or "") for name, value in attrs)
        if tag in self._never or (quoted and tag == "div") or (self._silent and tag == self._silent[-1]):
            self._silent.append(tag)
        elif tag in self._BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if self._silent and tag == self._silent[-1]:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)

    def lines(self) -> Iterator[str]:
        for line in "".join(self.parts).split("\n"):
            yield " ".join(line.split())


def _plain(html: str) -> str:
    """Reads HTML as text; where nothing would be left, what it quotes is kept as well."""
    for silent in (_NEVER_SHOWN | _OTHERS, _NEVER_SHOWN):
        reader = _Plain(silent)
        reader.feed(html)
        reader.close()
        if text := re.sub(r"\n{3,}", "\n\n", "\n".join(reader.lines())).strip():
            return text
    return ""


_NEVER_SHOWN = frozenset({"style", "script"})
_OTHERS = frozenset({"head", "title", "blockquote"})
