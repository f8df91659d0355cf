"""E-mails that people, calendars and mail servers send to us: what each of them says.

A report of a mail server gives receipts, a calendar's reply (iTIP, RFC 5546) an answer, a person's own words an
inbound. What a machine sends for somebody who is away gives nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import parseaddr, parsedate_to_datetime
from html.parser import HTMLParser

from channels.bounces import is_report, read_report
from channels.smtp_replies import NAME
from core.answers import Answer
from core.receipts import Inbound, Receipt

LONGEST = 20_000
"""Characters of a letter's text that are looked at: an answer stands at its beginning."""

LONGEST_HEADER = 4_000
"""Characters of one header: Python's parser takes minutes for some long ones."""

_UID = re.compile(r"<([0-9a-f-]{36})@[^<>@\s]+>")
_ANSWERS = {"ACCEPTED": Answer.YES, "DECLINED": Answer.NO, "TENTATIVE": Answer.MAYBE}
_MACHINES = re.compile(r"(mailer-daemon|postmaster|no-?reply|do-?not-?reply)@", re.IGNORECASE)

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


class _Bounded(EmailPolicy):
    """Reads letters with headers of some length at most."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:LONGEST_HEADER]


def read_letter(data: bytes) -> list[Receipt | Inbound]:
    """Understands one letter as it came in. Raises ValueError for what is no letter at all."""
    try:
        letter = message_from_bytes(data, policy=_Bounded())
        assert isinstance(letter, EmailMessage)  # so says the policy
        if is_report(letter):
            return list(read_report(letter))
        if _of_a_machine(letter):
            return []
        return [_inbound(letter)]
    except ValueError:
        raise
    except Exception as error:  # the parser's own faults on letters that nobody could have sent by mistake
        raise ValueError("this letter can't be read") from error


def _inbound(letter: EmailMessage) -> Inbound:
    sender = parseaddr(str(letter.get("From", "")))[1]
    ref = str(letter.get("Message-ID", "")).strip()
    if "@" not in sender or not ref:
        raise ValueError("this letter says neither who sent it nor which one it is")
    answer, meeting, version = _calendar(letter)
    return Inbound(
        NAME,
        sender,
        "" if answer else own_words(_text(letter)) or _subject(letter),
        ref[:500],
        _date(letter),
        delivery=_answered(letter),
        answer=answer,
        meeting=meeting,
        version=version,
    )


def _of_a_machine(letter: EmailMessage) -> bool:
    """Tells whether nobody wrote this: out of office, a list, a robot (RFC 3834)."""
    automatic = str(letter.get("Auto-Submitted", "no")).strip().lower()
    if automatic.partition(";")[0].strip() != "no" and not _is_calendar(letter):
        return True
    if any(letter.get(name) for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress", "List-Id")):
        return not _is_calendar(letter)
    if str(letter.get("Precedence", "")).strip().lower() in ("bulk", "junk", "list", "auto_reply"):
        return True
    empty_path = str(letter.get("Return-Path", "x")).strip() == "<>"
    return empty_path or bool(_MACHINES.search(str(letter.get("From", ""))))


def _is_calendar(letter: EmailMessage) -> bool:
    return any(part.get_content_type() == "text/calendar" for part in letter.walk())


def _answered(letter: EmailMessage) -> str | None:
    """Finds which delivery of ours a letter answers: its Message-ID stands in the reply's headers (RFC 5322, 3.6.4)."""
    for name in ("In-Reply-To", "References"):
        if found := _UID.findall(str(letter.get(name, ""))):
            return str(found[-1])
    return None


def _calendar(letter: EmailMessage) -> tuple[Answer | None, str | None, int | None]:
    """Reads a calendar's reply: the answer, the meeting's id and the version that was answered."""
    for part in letter.walk():
        if part.get_content_type() != "text/calendar":
            continue
        payload = part.get_payload(decode=True)
        if not isinstance(payload, bytes):
            continue
        from core.ical_reply import read_reply

        if (reply := read_reply(payload)) and (answer := _ANSWERS.get(reply.status)):
            return answer, reply.meeting, reply.version
    return None, None, None


def _subject(letter: EmailMessage) -> str:
    """Gives the subject without what mail programs put before it: some people write nothing else."""
    return re.sub(r"^((re|fw|fwd|aw)\s*:\s*)+", "", str(letter.get("Subject", "")), flags=re.IGNORECASE).strip()


def _date(letter: EmailMessage) -> datetime | None:
    try:
        when = parsedate_to_datetime(str(letter.get("Date", "")))
    except (TypeError, ValueError):
        return None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)


def _text(letter: EmailMessage) -> str:
    """Gives the plain text of a letter; an HTML part is read as text where there is no other."""
    part = letter.get_body(("plain", "html"))
    if part is None:
        return ""
    try:
        content = part.get_content()
    except (LookupError, UnicodeError):  # a character set that does not exist
        payload = part.get_payload(decode=True)
        content = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    text = str(content)[: LONGEST * 5]
    return _plain(text) if part.get_content_type() == "text/html" else text


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
