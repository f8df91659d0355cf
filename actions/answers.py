"""Answers to a meeting: one for each person and meeting, whatever it came by, and what they add up to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

from actions.leaving import Surroundings
from core.answers import Answer
from core.errors import UserError
from core.meetings import MeetingState
from core.people import Role
from core.roles import ORDER, Actor
from store import answers, meetings, people
from store import headcount as heads
from store.audit import note
from store.database import Session
from store.headcount import Guest
from store.tables.base import known

SAME_TAP = timedelta(minutes=1)
"""The same answer by the same way within this time is one answer that came twice."""


@dataclass(frozen=True, slots=True)
class Headcount:
    """How many said what. `nothing` counts those who were invited and have not answered.

    `needs` are those who said yes or maybe and need support, another format or another language; it is empty for
    somebody who may see numbers only.
    """

    yes: int
    no: int
    maybe: int
    nothing: int
    needs: list[Guest] = field(default_factory=list)


def takes_answers(session: Session, meeting_uid: str, around: Surroundings) -> bool:
    """Tells whether there is still something to answer, and holds the meeting for the rest of the transaction.

    Whoever writes more than the answer asks first: all hold the meeting before what was sent about it.
    """
    row = meetings.find(session, meeting_uid, lock=True)
    return row.state != MeetingState.CANCELLED and row.ends_at > around.now


def answer_meeting(
    session: Session, person_uid: str, meeting_uid: str, answer: Answer, medium: str, around: Surroundings
) -> None:
    """Writes down what somebody answers to a meeting; `medium` says how we heard it ("sms", "page", "call").

    The latest answer counts, and all are kept. Raises `UserError` where there is nothing to answer any more.
    """
    if not takes_answers(session, meeting_uid, around):
        raise UserError("This meeting is over or was cancelled", mend="There is nothing more to answer.")
    row = meetings.find(session, meeting_uid)
    person = people.person_by_uid(session, person_uid)
    last = heads.latest(session, known(row.id), known(person.id))
    if last and (last.value, last.medium) == (answer, medium) and around.now - last.at < SAME_TAP:
        return
    answers.answer(session, row, person_uid, answer, medium, around.now)
    note(session, Actor(person_uid, Role.VIEWER), "meeting.answer", row.uid, f"{answer} by {medium}", around.now)


def headcount(session: Session, actor: Actor, meeting_uid: str) -> Headcount:
    """Counts what people answered to a meeting, and lists what those who may come need."""
    actor.must_be(Role.VIEWER, "see who comes")
    guests = heads.guests(session, known(meetings.find(session, meeting_uid).id))
    said = Counter(guest.answer for guest in guests)
    may_see = ORDER.index(actor.role) >= ORDER.index(Role.CALLER)
    coming = [guest for guest in guests if guest.answer in (Answer.YES, Answer.MAYBE)]
    needs = [guest for guest in coming if guest.support or guest.format or guest.language]
    return Headcount(said[Answer.YES], said[Answer.NO], said[Answer.MAYBE], said[""], needs if may_see else [])
