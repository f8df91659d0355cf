"""Bounces: what a mail server reports later about an e-mail (RFC 3464, RFC 6533, and older ones in words alone).

Action: failed                       refused, as the same code would have been at once
Action: delivered                    delivered
Action: delayed, relayed, expanded   says nothing for certain
no Action, X-Failed-Recipients       refused (Exim, Gmail)
"Hi. This is the qmail-send program" refused (qmail)
anything else                        a person reads it
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from email.message import EmailMessage, Message

from channels.hands import automatic, without_return
from channels.mail_headers import header, sender
from channels.own_words import text_of
from channels.returned import about, parts, source
from channels.smtp_replies import NAME, Reply, Stage, refusal
from core.receipts import Hand, Inbound, Outcome, Receipt

_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_STATUS_PARTS = ("message/delivery-status", "message/global-delivery-status")
_READ_PART = "message/disposition-notification"
_SETTLES_NOTHING = {"delayed", "relayed", "expanded"}
_SERVERS = re.compile(r"mailer[-_.]?daemon|mail[-_.]daemon|mdaemon|microsoftexchange[0-9a-f]*", re.IGNORECASE)

# In words a code counts only where it can be nothing else, such as a version or an address of the network.
_CODE_IN_WORDS = re.compile(r"(?:#|\b[45]\d\d[ -])([245]\.\d{1,3}\.\d{1,3})(?![.\d])")
_FIELD = re.compile(r"^([\w-]+)[ \t]*:(.*)$", re.MULTILINE)
_COPY = re.compile(r"^-{2,80}.{0,100}\b(copy|original message|below this line)\b", re.IGNORECASE | re.MULTILINE)
_ONLY_LATE = re.compile(r"\b(delay(ed)?|warning)\b", re.IGNORECASE)
_QMAIL = re.compile(r"\s*Hi\. This is the .{1,300}?This is a permanent error", re.DOTALL)


def is_report(letter: EmailMessage) -> bool:
    """Tells whether a letter is a mail server's report about another one, not somebody's own words."""
    if letter.get_content_type() == "multipart/report" or "X-Failed-Recipients" in letter:
        return True
    return of_a_server(letter) or any(part.get_content_type() in _STATUS_PARTS for part in parts(letter))


def of_a_server(letter: Message) -> bool:
    """Tells whether a mail server itself sent a letter; a postmaster may be a person."""
    name = sender(letter).partition("@")[0]
    nobody = header(letter, "From").lower().startswith("<>") or name.lower() == "postmaster"
    return bool(_SERVERS.fullmatch(name)) or (nobody and (automatic(letter) or without_return(letter)))


def read_report(letter: EmailMessage, ref: str) -> list[Receipt | Inbound]:
    """Gives what a report states about an e-mail; `ref` is its own Message-ID.

    What is about no e-mail of ours keeps the id of the one that it is about. What nothing can be read from is for a
    person. The codes are read as in `channels.smtp_replies`, never the words: those hold the address as often as not.
    """
    said, subject = _said(letter), about(letter)
    if said is None:
        text = text_of(letter)
        return [Inbound(NAME, sender(letter), text, ref, delivery=subject.delivery, hand=Hand.SERVER)]
    name = subject.ref or ref
    return [replace(one, ref=name, delivery=subject.delivery, attempt=subject.attempt) for one in said]


def _said(letter: EmailMessage) -> list[Receipt] | None:
    """Gives what a report states: nothing for certain, one receipt, or None where it can't be read."""
    inner = list(parts(letter))
    if any(part.get_content_type() == _READ_PART for part in inner):
        return []  # somebody has opened it, or thrown it away: that says nothing of whether they know (RFC 8098)
    about_each = [fields for part in inner if part.get_content_type() in _STATUS_PARTS for fields in _groups(part)]
    actions = [_action(fields) for fields in about_each]
    if "delivered" in actions:  # one address may stand for several: whom it has reached is told
        return [Receipt(Outcome.DELIVERED, NAME, f"report {_code(about_each[actions.index('delivered')])}".strip())]
    failed = [fields for fields, action in zip(about_each, actions, strict=True) if action == "failed"]
    if failed:
        receipts = [_failed(_code(fields)) for fields in failed]
        dead = len(failed) == len(actions) and all(one.dead for one in receipts)
        return [replace(receipts[0], dead=dead)]
    if actions:
        return [] if set(actions) <= _SETTLES_NOTHING else None
    return _in_words(letter)


def _in_words(letter: EmailMessage) -> list[Receipt] | None:
    """Reads a report that is in words alone: those of three kinds of servers are known."""
    if _ONLY_LATE.search(header(letter, "Subject")):
        return []
    text = _COPY.split(text_of(letter), 1)[0]
    if not (_QMAIL.match(text) or ("X-Failed-Recipients" in letter and not _ONLY_LATE.search(text))):
        return None
    code = _CODE_IN_WORDS.search(text)
    return [_failed(code[1] if code else "")]


def _failed(code: str) -> Receipt:
    """Reads a failure: whatever the server thought of trying later, it has given up by now."""
    said = refusal(Stage.RCPT, Reply(550, code.replace("4.", "5.", 1) if code.startswith("4.") else code))
    dead = said.dead and bool(code) and not code.startswith("4.")
    reason = (
        said.reason if code and said.outcome is Outcome.REFUSED else "The mail server could not deliver the e-mail."
    )
    status = f"report {code or 'failed'}"
    return Receipt(Outcome.REFUSED, NAME, status, reason=reason, dead=dead)


def _groups(part: Message) -> list[Mapping[str, str]]:
    """Gives the group of fields for each recipient (RFC 3464, section 2.3); the first group is about the message."""
    groups = [dict(_FIELD.findall(block)) for block in re.split(r"\n{2,}", source(part))]
    folded = [{name.lower(): value.strip() for name, value in fields.items()} for fields in groups]
    return [fields for fields in folded if "action" in fields or "final-recipient" in fields]


def _action(fields: Mapping[str, str]) -> str:
    """Gives the first word of the action; some servers put a remark beside it."""
    word = re.search(r"[a-z-]+", re.sub(r"\([^()]*\)", " ", fields.get("action", "").lower()))
    if word is None and _code(fields).startswith("5."):
        return "failed"
    return word[0] if word else ""


def _code(fields: Mapping[str, str]) -> str:
    code = _STATUS.search(fields.get("status", ""))
    return code[0] if code else ""
