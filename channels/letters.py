"""E-mails that people, calendars and mail servers send to us: what each of them says.

A report of a mail server gives receipts, a calendar's reply (iTIP, RFC 5546) an answer, a person's own words an
inbound. What a machine sends for somebody who is away gives nothing. What can't be told apart a person reads.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import parsedate_to_datetime
from hashlib import sha256

from channels import calendar_replies
from channels.bounces import is_report, of_a_server, read_report
from channels.hands import hand_of
from channels.mail_headers import Bounded, answered, header, sender
from channels.own_words import LONGEST, own_words, text_of
from channels.smtp_replies import NAME
from core.receipts import Hand, Inbound, Receipt

_BEFORE_SUBJECT = re.compile(r"^((re|fw|fwd|aw)\s*:\s*)+", re.IGNORECASE)


def read_letter(data: bytes) -> list[Receipt | Inbound]:
    """Understands one letter as it came in. Raises ValueError for what is no letter at all."""
    try:
        letter = message_from_bytes(data, policy=Bounded())
        assert isinstance(letter, EmailMessage)  # so says the policy
        said = read_report(letter, _ref(letter, data)) if is_report(letter) else _inbound(letter, data)
    except Exception:  # noqa: BLE001 - what Python's parser stumbles over may be somebody's letter all the same
        said = _unread(data)
    if any(isinstance(one, Inbound) and not (one.sender or one.delivery) for one in said):
        raise ValueError("this letter says neither who sent it nor what it answers")
    return said


def _inbound(letter: EmailMessage, data: bytes) -> list[Receipt | Inbound]:
    delivery, calendar = answered(letter), calendar_replies.stands_in(letter)
    hand = hand_of(letter, answers_us=delivery is not None, calendar=calendar)
    if hand is None:
        return []
    own = own_words(text_of(letter))
    reply = calendar_replies.read(letter, sender(letter)) if calendar else None
    answer = calendar_replies.ANSWERS.get(reply.status) if reply else None
    if reply:
        own = calendar_replies.own_words_in(reply, own) if answer else f"{reply.comment}\n{own}".strip()
    return [
        Inbound(
            NAME,
            sender(letter),
            own if answer else own or _subject(letter),
            _ref(letter, data),
            _date(letter),
            delivery=delivery,
            answer=answer,
            meeting=reply.meeting if reply and answer else None,
            version=reply.version if reply and answer else None,
            attendee=reply.attendee if reply and answer else "",
            hand=hand,
        )
    ]


def _unread(data: bytes) -> list[Receipt | Inbound]:
    """Gives a letter that can't be taken apart as it is, for a person to read."""
    letter = BytesHeaderParser(policy=compat32).parsebytes(data)
    delivery = answered(letter)
    if hand_of(letter, answers_us=delivery is not None) is None:
        return []
    body = letter.get_payload()
    text = body[:LONGEST].encode("utf-8", "surrogateescape").decode("utf-8", "replace") if isinstance(body, str) else ""
    words = text.strip() or _subject(letter)
    hand = Hand.SERVER if of_a_server(letter) else Hand.DOUBTFUL
    return [Inbound(NAME, sender(letter), words, _ref(letter, data), delivery=delivery, hand=hand)]


def _ref(letter: Message, data: bytes) -> str:
    """Gives the Message-ID, or what else tells this letter from all others: some programs leave it out."""
    return header(letter, "Message-ID")[:500] or f"sha256:{sha256(data).hexdigest()}"


def _subject(letter: Message) -> str:
    """Gives the subject without what mail programs put before it: some people write nothing else."""
    return _BEFORE_SUBJECT.sub("", header(letter, "Subject")).strip()


def _date(letter: Message) -> datetime | None:
    try:
        when = parsedate_to_datetime(header(letter, "Date"))
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None
