"""E-mails in which a calendar program answers an invitation: the answer, and what the person wrote with it.

Programs fill such a letter with words of their own: who has accepted, and the whole meeting once more. Those go, line
by line, so that staff see what somebody wrote. A line that is not for certain a program's stays: to read too much costs
a minute.
"""

from __future__ import annotations

import re
from collections.abc import Set
from email.message import Message

from channels.own_words import LONGEST
from core.answers import Answer
from core.ical_reply import CalendarReply, read_reply

ANSWERS = {"ACCEPTED": Answer.YES, "DECLINED": Answer.NO, "TENTATIVE": Answer.MAYBE}

_LONG = 25
"""Characters from which on a line that stands in the meeting's own description is a copy of it."""

# Names begin with capitals: "I can't cope but have accepted your invitation" is nobody's name.
_NAME = r"((?:[^\W\d_a-z][\w.'’-]*[ ,]{1,2}){1,5}|\S+@\S+ )"
_SAID = r"(accepted|declined|tentatively accepted|replied [\"“]?maybe[\"”]? to|responded to)"
_WHAT = r"(this|your|the|an)( event| meeting| calendar)? (invitation|invite|event|meeting)"
_ANSWERED = re.compile(
    rf"{_NAME}?(?i:(has )?{_SAID}( {_WHAT})?(,? (to|for|with) (the event|the meeting|this note))?)[\s:.,]*"
)
_LABEL = re.compile(
    r"(when|where|who|what|title|location|organi[sz]er|guests|attendees|invitees|calendar|time|date|description|subject|"
    r"joining info|view map|view all guest info|reply for \S+)( ?[:*]|$)",
    re.IGNORECASE,
)
_ROLE = re.compile(r" ?[-–] ?(organi[sz]er|creator|optional)$", re.IGNORECASE)
_ADDRESS = re.compile(r"<?(https?://\S+|[^\s@]+@[^\s@]+)>?", re.IGNORECASE)
_FOOT = re.compile(
    r"(invitation from google calendar|you are receiving this (e-?mail|courtesy)|you received this (e-?mail|message)|"
    r"forwarding this invitation|to stop receiving these e-?mails|change your notification settings)\b",
    re.IGNORECASE,
)
_RULE = re.compile(r"[-_=~*#.:|/\s]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_YEAR = re.compile(r"\b20\d\d\b")
_ZONES = ("united kingdom time", "british summer time", "greenwich mean time")
_OF_DATES = frozenset(
    _LETTERS.findall(
        "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun january "
        "february march april may june july august september october november december jan feb mar apr jun jul aug sep "
        "sept oct nov dec st nd rd th am pm from to until at gmt bst utc europe london " + " ".join(_ZONES)
    )
)


def stands_in(letter: Message) -> bool:
    """Tells whether a calendar entry comes with a letter."""
    return any(part.get_content_type() == "text/calendar" for part in letter.walk())


def read(letter: Message, sender: str) -> CalendarReply | None:
    """Reads the first calendar's reply in a letter, or gives None."""
    for part in letter.walk():
        payload = part.get_payload(decode=True) if part.get_content_type() == "text/calendar" else None
        if isinstance(payload, bytes) and (reply := read_reply(payload, sender)):
            return reply
    return None


def own_words_in(reply: CalendarReply, text: str) -> str:
    """Gives what somebody wrote with their answer, in the calendar entry or in the letter; empty where nothing."""
    comment = reply.comment[:LONGEST].strip()
    event = _folded(reply.event)
    known = {*_ZONES, *map(_folded, reply.event.split("\n"))}
    lines = ((line, _bare(" ".join(line.split()), reply.title)) for line in text.split("\n"))
    own = (line for line, bare in lines if not line.strip() or (bare and not _of_a_program(bare, known, event)))
    said = re.sub(r"\n{3,}", "\n\n", "\n".join(own)).strip()
    repeated = _folded(said).strip("\"'“”") in _folded(comment)
    return comment if repeated else f"{comment}\n{said}".strip()


def _bare(line: str, title: str) -> str:
    """Gives a line without the meeting's title, and without a label such as "When:"."""
    bare = line.replace(title, "") if title else line
    label = _LABEL.match(bare)
    return _ROLE.sub("", bare[label.end() :] if label else bare).strip()


def _of_a_program(line: str, known: Set[str], event: str) -> bool:
    folded = _folded(line)
    if folded in known or (len(folded) >= _LONG and folded in event) or _FOOT.match(line):
        return True
    if len(line) < 500 and any(one.fullmatch(line) for one in (_ANSWERED, _ADDRESS, _RULE)):
        return True
    return bool(_YEAR.search(line)) and _OF_DATES.issuperset(_LETTERS.findall(_without_ends(line)))


def _without_ends(date: str) -> str:
    """Parts "2pm" and "14th" into a number and letters that dates are made of."""
    return re.sub(r"(\d)([^\W\d_])", r"\1 \2", date.casefold())


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
