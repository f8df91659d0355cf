"""In whose hand an e-mail is, by the marks that programs put on it (RFC 3834).

Auto-Submitted, X-Autoreply, Precedence: auto_reply     a machine's: nobody wrote it
"Out of office:" and one more mark                      a machine's
Precedence: bulk, and it answers nothing of ours        a machine's
a list, a no-reply address, no return path              doubtful: a person reads it
X-Auto-Response-Suppress                                somebody's own, and no machine answers it
"""

from __future__ import annotations

import re
from email.message import Message

from channels.mail_headers import header, sender
from core.receipts import Hand

_AUTOMATIC = ("X-Autoreply", "X-Auto-Reply", "X-Autorespond", "X-Autoresponder", "X-AutoReply-From", "X-Mail-Autoreply")
_AWAY = re.compile(
    r"(automatic reply|auto(matic)?[ -]?(reply|response)|out of (the )?office|away from (the )?office|"
    r"ymateb awtomatig|allan o'r swyddfa)\b",
    re.IGNORECASE,
)
_NO_REPLY = re.compile(r"(no|do[-_.]?not)[-_.]?reply(\+.*)?|postmaster", re.IGNORECASE)


def hand_of(letter: Message, *, answers_us: bool, calendar: bool = False) -> Hand | None:
    """Says in whose hand a letter is; None for a machine's, which nobody wrote.

    A calendar's answer is sent by a machine, but somebody has pressed it: it is doubtful at most.
    """
    return _hand(letter, answers_us) or (Hand.DOUBTFUL if calendar else None)


def automatic(letter: Message) -> bool:
    """Tells whether a letter says of itself that a machine made it."""
    submitted = header(letter, "Auto-Submitted").partition(";")[0].strip().lower()
    if submitted not in ("", "no"):
        return True
    if header(letter, "Precedence").lower().replace("-", "_") == "auto_reply":
        return True
    return any(header(letter, name).lower() not in ("", "no") for name in _AUTOMATIC)


def without_return(letter: Message) -> bool:
    """Tells whether a letter wants no answer whatever becomes of it, as reports do (RFC 5321, 4.5.5)."""
    return header(letter, "Return-Path") == "<>"


def _hand(letter: Message, answers_us: bool) -> Hand | None:
    precedence = header(letter, "Precedence").lower()
    if automatic(letter) or (precedence in ("bulk", "junk") and not answers_us):
        return None
    suppressed = header(letter, "X-Auto-Response-Suppress").lower() not in ("", "none")
    doubtful = (
        precedence in ("bulk", "junk", "list")
        or bool(header(letter, "List-Id"))
        or without_return(letter)
        or bool(_NO_REPLY.fullmatch(sender(letter).partition("@")[0]))
    )
    if (suppressed or doubtful) and _AWAY.match(header(letter, "Subject")):
        return None
    if doubtful:
        return Hand.DOUBTFUL
    return Hand.UNANSWERED if suppressed else Hand.PERSON
