"""Bounces: what a mail server reports later about an e-mail (delivery status notifications, RFC 3464).

Action: failed       refused, as the same code would have been at once
Action: delivered    delivered
Action: delayed, relayed, expanded    says nothing for certain
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage, Message
from typing import NamedTuple

from channels.smtp_replies import NAME, Reply, Stage, refusal
from core.receipts import Outcome, Receipt

_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_UID = re.compile(r"<([0-9a-f-]{36})@")


def is_report(letter: EmailMessage) -> bool:
    """Tells whether a letter is a report about another one (RFC 3464, RFC 8098), not somebody's own words."""
    return letter.get_content_type() == "multipart/report"


def read_report(letter: EmailMessage) -> list[Receipt]:
    """Gives a receipt for each statement of a report about an e-mail of ours; none where it is about something else.

    The report names our e-mail by the headers that it brings back. The codes are read as in `channels.smtp_replies`,
    never the words: those hold the address as often as not.
    """
    about = _about(letter)
    if about is None:
        return []
    found = []
    for fields in _recipients(letter):
        action = str(fields.get("Action", "")).strip().lower()
        status = _STATUS.search(str(fields.get("Status", "")))
        code = status[0] if status else ""
        if action == "delivered":
            found.append(Receipt(Outcome.DELIVERED, NAME, f"report {code}".strip()))
        elif action == "failed":
            found.append(_failed(code))
    return [replace(receipt, ref=about.ref, delivery=about.delivery, attempt=about.attempt) for receipt in found]


def _failed(code: str) -> Receipt:
    """Reads a failure: whatever the server thought of trying later, it has given up by now."""
    said = refusal(Stage.RCPT, Reply(550, code.replace("4.", "5.", 1) if code.startswith("4.") else code))
    dead = said.dead and bool(code) and not code.startswith("4.")
    reason = said.reason if said.outcome is Outcome.REFUSED else "The mail server could not deliver the e-mail."
    status = f"report {code or 'failed'}"
    return Receipt(Outcome.REFUSED, NAME, status, reason=reason, dead=dead)


def _recipients(letter: EmailMessage) -> Iterator[Message]:
    """Gives the group of fields for each recipient (RFC 3464, section 2.3); the first group is about the message."""
    for part in letter.walk():
        if part.get_content_type() == "message/delivery-status":
            blocks = part.get_payload()
            if isinstance(blocks, list):
                yield from (block for block in blocks if isinstance(block, Message) and "Action" in block)


class _About(NamedTuple):
    """The e-mail of ours that came back: `ref` is its Message-ID."""

    ref: str | None
    delivery: str
    attempt: int | None


def _about(letter: EmailMessage) -> _About | None:
    """Finds which delivery and attempt of ours a report is about, by the headers of the e-mail that came back."""
    for part in letter.walk():
        kind = part.get_content_type()
        if kind == "message/rfc822":
            inner = part.get_payload()
            headers = inner[0] if isinstance(inner, list) and inner else None
        elif kind == "text/rfc822-headers":
            headers = _headers(part)
        else:
            continue
        if isinstance(headers, Message):
            found = _UID.search(str(headers.get("Message-ID", "")))
            delivery = str(headers.get("X-Ringround-Delivery", "")).strip() or (found[1] if found else "")
            attempt = str(headers.get("X-Ringround-Attempt", "")).strip()
            if re.fullmatch(r"[0-9a-f-]{36}", delivery):
                number = int(attempt) if attempt.isdecimal() and len(attempt) < 6 else None
                return _About(str(headers.get("Message-ID", "")).strip() or None, delivery, number)
    return None


def _headers(part: Message) -> Message | None:
    from email.parser import HeaderParser

    payload = part.get_payload(decode=True)
    return HeaderParser().parsestr(payload.decode("utf-8", "replace")) if isinstance(payload, bytes) else None
