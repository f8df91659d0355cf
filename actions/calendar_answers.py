"""What calendar programs answer to our invitations: noted where it is certain whose it is, else read by staff."""

from __future__ import annotations

from dataclasses import replace

from actions import hearing
from actions.answers import answer_meeting
from actions.incoming import Heard, Incoming
from actions.leaving import Surroundings
from core.answers import Answer
from core.errors import UserError
from core.inbox import Why
from core.people import EMAIL
from core.receipts import Inbound
from store import meetings
from store.database import Session
from store.tables import Meeting, Person

CALENDAR = "calendar"
"""How we heard an answer that a calendar program gave."""


def note(session: Session, one: Inbound, heard: Heard, answer: Answer, around: Surroundings, *, ours: bool) -> bool:
    """Notes what a calendar program answered: for the version that it was asked about, and for one person alone.

    What a person wrote with it is read by staff, whatever became of the answer. Returns whether it was for us: `ours`
    says that it answers a message of ours; else it must come from somebody on file, or be about a meeting of ours.
    """
    message, person = _whose(session, one, heard, around)
    meeting = _meeting(session, one.meeting or "")
    if one.provider == EMAIL and not (ours or message.homes or meeting):
        return False
    words = f"A calendar program answered: {answer}."
    if message.sender.casefold() != one.sender.casefold():
        words += f" It came from another address: {one.sender}."
    message = Incoming(session, replace(message.heard, text=f"{words}\n\n{one.text}"), around)
    certain = meeting is not None and person is not None and (one.version or 0) >= meeting.version
    if not certain:  # nobody can tell whose answer it is, or it is about an older date
        hearing.for_people(message, Why.WHICH)
    elif one.text:
        hearing.for_people(message, Why.QUESTION)
    else:
        message.keep(Why.HANDLED)
    if certain and meeting is not None and person is not None:
        _answer(session, person, meeting, answer, around)
    return True


def _answer(session: Session, person: Person, meeting: Meeting, answer: Answer, around: Surroundings) -> None:
    try:
        answer_meeting(session, person.uid, meeting.uid, answer, CALENDAR, around)
    except UserError:
        return  # the meeting is over or cancelled: there is nothing to answer any more


def _whose(session: Session, one: Inbound, heard: Heard, around: Surroundings) -> tuple[Incoming, Person | None]:
    """Finds whose answer it is: of whoever was invited, unless it came from the address of somebody else."""
    sender = Incoming(session, heard, around)
    if not one.attendee:
        return sender, sender.alone
    attendee = Incoming(session, replace(heard, address=one.attendee), around)
    if not attendee.homes:
        return sender, sender.alone
    if not sender.homes or (attendee.alone and attendee.alone.uid in sender.people):
        return attendee, attendee.alone
    same = sender.alone is not None and sender.alone.uid in attendee.people
    return sender, sender.alone if same else None


def _meeting(session: Session, uid: str) -> Meeting | None:
    try:
        return meetings.find(session, uid)
    except UserError:
        return None
