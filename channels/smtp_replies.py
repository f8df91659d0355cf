"""What a mail server's answers mean for a message.

    5.1.1 and its like          this mailbox does not exist: refused, and the address is dead
    4.2.2, 5.2.2, 552           mailbox full: deferred
    4.7.1, 450, 451             greylisted: deferred for at least five minutes
    421                         the server is closing: deferred, and the connection is given up
    5.7.x                       policy: refused, and nothing is said about the address
    MAIL refused, 530, 535      nothing of ours would be taken: broken
    lost before the content     deferred;  lost after it: unknown

The enhanced code (RFC 3463) wins over the basic one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from enum import Enum
from typing import NamedTuple

from core.receipts import Outcome, Receipt

NAME = "email"

_ENHANCED = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})\b")
_GREYLISTED = timedelta(minutes=5)
_NO_MAILBOX = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
_FULL = frozenset({"4.2.2", "5.2.2"})
_TOO_BIG = frozenset({"5.2.3", "5.3.4"})
_LOG_IN = frozenset({530, 534, 535, 538})

_SILENT = "The mail server did not say whether it took the message."
_NO_SMTP = "The mail server's answer makes no sense."


class Reply(NamedTuple):
    """What a server answered: the code (0 for something that is no SMTP) and the last line's text."""

    code: int
    text: str

    @property
    def good(self) -> bool:
        """Whether the server agreed: 2xx, or 354, which asks for the content."""
        return 200 <= self.code < 400

    @property
    def last(self) -> bool:
        """Whether nothing sensible can follow: 421 says goodbye, and the rest is not SMTP."""
        return self.code == 421 or not 200 <= self.code < 600


class Stage(Enum):
    """What a reply answers."""

    MAIL = 0
    RCPT = 1
    DATA = 2
    CONTENT = 3


def after_envelope(replies: Sequence[Reply]) -> Receipt | None:
    """Says what became of a message that was not taken; None where the server waits for the content."""
    for stage, reply in zip(Stage, replies, strict=False):
        if not reply.good:
            return refusal(stage, reply)
    if len(replies) < len(Stage) - 1:
        return mail_receipt(Outcome.DEFERRED, "lost", "The connection to the mail server was lost.", wide=True)
    return None if replies[-1].code == 354 else mail_receipt(Outcome.DEFERRED, "protocol", _NO_SMTP, wide=True)


def after_content(reply: Reply | None) -> Receipt:
    """Says what became of a message whose content has gone out; `reply` is None where none came."""
    if reply is None or reply.code // 100 not in (2, 4, 5):
        return mail_receipt(Outcome.UNKNOWN, "no answer", _SILENT, wide=True)
    return mail_receipt(Outcome.ACCEPTED, _status(reply)[0]) if reply.good else refusal(Stage.CONTENT, reply)


def refusal(stage: Stage, reply: Reply) -> Receipt:
    """Reads one refusal; the enhanced code wins over the basic one (RFC 3463)."""
    status, enhanced = _status(reply)
    temporary = enhanced.startswith("4.") if enhanced else reply.code < 500
    if reply.code == 421 or reply.last:
        return mail_receipt(Outcome.DEFERRED, status, "The mail server closed the connection.", wide=True)
    if enhanced in _FULL or (not enhanced and reply.code == 552):
        return mail_receipt(Outcome.DEFERRED, status, "The mailbox is full.")
    if temporary:
        greylisted = reply.code in (450, 451) or enhanced.startswith("4.7.")
        wait = _GREYLISTED if greylisted else None
        return mail_receipt(Outcome.DEFERRED, status, "The mail server asks to try again later.", retry_after=wait)
    if enhanced in _TOO_BIG:
        return mail_receipt(Outcome.REFUSED, status, "The message is too big for the mail server.")
    if stage is Stage.MAIL or reply.code in _LOG_IN:
        return mail_receipt(Outcome.BROKEN, status, "The mail server takes no mail from our address or account.")
    if enhanced in _NO_MAILBOX or (stage is Stage.RCPT and not enhanced and reply.code in (550, 556)):
        return mail_receipt(Outcome.REFUSED, status, "There is no such mailbox.", dead=True)
    if enhanced.startswith("5.7."):
        return mail_receipt(Outcome.REFUSED, status, "A rule of the mail server forbids this message.")
    return mail_receipt(Outcome.REFUSED, status, "The mail server refused the message.")


def _status(reply: Reply) -> tuple[str, str]:
    """Gives the codes alone, never the server's words: those hold the address as often as not."""
    found = _ENHANCED.match(reply.text)
    return (f"{reply.code} {found[0]}", found[0]) if found else (str(reply.code), "")


def mail_receipt(
    outcome: Outcome,
    status: str,
    reason: str = "",
    *,
    dead: bool = False,
    retry_after: timedelta | None = None,
    wide: bool = False,
) -> Receipt:
    """Makes a receipt of this channel."""
    return Receipt(outcome, NAME, status, reason=reason, dead=dead, retry_after=retry_after, wide=wide)
