"""What providers and mailboxes tell us later: receipts move deliveries, and what people wrote is heard."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from actions import hearing
from actions.answers import answer_meeting
from actions.incoming import Heard, Incoming
from actions.leaving import Surroundings
from channels.base import RawCallback
from core.answers import Answer
from core.errors import UserError
from core.inbox import Why
from core.people import EMAIL
from core.receipts import Inbound, Receipt
from scheduler.dispatch import ways_of
from store import addressed, inbox, meetings, strays
from store.database import Session

CALENDAR = "calendar"
"""How we heard an answer that a calendar program gave."""


@dataclass(slots=True)
class Taken:
    """How much was understood: `receipts` about our own messages, `heard` messages that people wrote."""

    receipts: int = 0
    heard: int = 0


def take(session: Session, channel: str, raw: RawCallback, around: Surroundings) -> Taken:
    """Takes one callback of a provider, or one letter of the mailbox: a repeat changes nothing.

    Whoever calls has made sure that the provider sent it. Raises `ValueError` for what the provider can't have sent
    and for a channel that is switched off.
    """
    if channel not in around.channels:
        raise ValueError(f"the channel {channel} is switched off")
    return take_all(session, around.channels[channel].read(raw), around)


def take_all(session: Session, statements: Iterable[Receipt | Inbound], around: Surroundings) -> Taken:
    """Takes what a channel has understood: receipts and people's own words, in any order."""
    taken = Taken()
    ways = ways_of(around.channels)
    for one in statements:
        if isinstance(one, Receipt):
            strays.receive(session, one, around.now, ways)
            taken.receipts += 1
        elif _hear(session, one, around):
            taken.heard += 1
    return taken


def _hear(session: Session, one: Inbound, around: Surroundings) -> bool:
    """Hears somebody; returns whether it was for us.

    The mailbox may hold much that is none of ours: a letter of a stranger that answers nothing of ours stays there.
    """
    heard = Heard(one.provider, one.sender, one.text, one.ref, one.at, one.delivery, one.confirmed)
    answers_us = one.delivery is not None and addressed.told_by(session, one.delivery) is not None
    if one.provider == EMAIL and not answers_us and not Incoming(session, heard, around).homes:
        return False
    if one.answer is not None and one.meeting is not None:
        _note_calendar(session, one, one.answer, one.meeting, around)
    else:
        hearing.hear(session, heard, around)
    return True


def _note_calendar(session: Session, one: Inbound, answer: Answer, meeting: str, around: Surroundings) -> None:
    """Notes what a calendar program answered: for the version that it was asked about, and for one person alone."""
    if inbox.heard(session, one.provider, one.ref):
        return
    words = f"A calendar program answered: {answer}."
    message = Incoming(session, Heard(one.provider, one.sender, words, one.ref, one.at, one.delivery), around)
    person = message.alone
    try:
        row = meetings.find(session, meeting)
    except UserError:
        message.tell_staff(Why.WHICH)
        return
    if person is None or (one.version or 0) < row.version:
        message.tell_staff(Why.WHICH)  # nobody can tell whose answer it is, or it is about an older date
        return
    message.keep(Why.HANDLED)
    try:
        answer_meeting(session, person.uid, meeting, answer, CALENDAR, around)
    except UserError:
        return  # the meeting is over or cancelled: there is nothing to answer any more
