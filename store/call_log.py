"""What callers noted, as people read it: the history of somebody's calls, and who may have rung a number."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_
from sqlmodel import Session, col, func, select

from core.answers import Answer
from core.people import PHONE, SMS
from store.tables import CallOutcome, Delivery, Meeting, MeetingAnswer, Notice, Person, Recipient, Route


@dataclass(frozen=True, slots=True)
class Tried:
    """One try to ring somebody. `by` is the caller's name, `about` the notice's subject with its placeholders."""

    at: datetime
    by: str
    outcome: str
    note: str
    about: str


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody whose number ends like this, and what was last noted when they were rung, newest first."""

    id: str
    name: str
    called: str
    number: str
    tries: list[Tried]


def of_person(session: Session, person_uid: str, limit: int = 10) -> list[Tried]:
    """Returns the last tries to ring a person, newest first, whatever they were about."""
    wanted = (
        select(CallOutcome, Notice.subject)
        .join(Delivery, col(Delivery.id) == CallOutcome.delivery_id)
        .join(Notice, col(Notice.id) == Delivery.notice_id)
        .join(Recipient, col(Recipient.id) == Delivery.recipient_id)
        .join(Person, col(Person.id) == Recipient.person_id)
        .where(Person.uid == person_uid)
        .order_by(col(CallOutcome.id).desc())
        .limit(limit)
    )
    return _tried(session, [(noted, about) for noted, about in session.exec(wanted).all()])


def of_call(session: Session, delivery_id: int) -> list[Tried]:
    """Returns the tries of one call, newest first."""
    wanted = (
        select(CallOutcome, Notice.subject)
        .join(Delivery, col(Delivery.id) == CallOutcome.delivery_id)
        .join(Notice, col(Notice.id) == Delivery.notice_id)
        .where(CallOutcome.delivery_id == delivery_id)
        .order_by(col(CallOutcome.id).desc())
    )
    return _tried(session, [(noted, about) for noted, about in session.exec(wanted).all()])


def owners(session: Session, digits: Collection[str], limit: int = 10) -> list[Owner]:
    """Finds the people who have a phone or mobile number that ends in some of these digits."""
    wanted = (
        select(Person, func.max(Route.address))
        .join(Route, col(Route.person_id) == Person.id)
        .where(col(Route.channel).in_((PHONE, SMS)))
        .where(or_(*(col(Route.address).endswith(some, autoescape=True) for some in digits)))
        .group_by(col(Person.id))
        .order_by(Person.name, col(Person.id))
        .limit(limit)
    )
    return [
        Owner(person.uid, person.name, person.called, number or "", of_person(session, person.uid, 3))
        for person, number in session.exec(wanted).all()
    ]


def answer_of(session: Session, meeting_uid: str, person_uid: str) -> Answer | None:
    """Returns what a person has last answered to a meeting."""
    wanted = (
        select(MeetingAnswer.value)
        .join(Meeting, col(Meeting.id) == MeetingAnswer.meeting_id)
        .join(Person, col(Person.id) == MeetingAnswer.person_id)
        .where(Meeting.uid == meeting_uid, Person.uid == person_uid)
        .order_by(col(MeetingAnswer.id).desc())
    )
    value = session.exec(wanted.limit(1)).first()
    return Answer(value) if value else None


def names_of(session: Session, uids: Collection[str]) -> dict[str, str]:
    """Returns the names of people by their outside ids."""
    found = session.exec(select(Person.uid, Person.name).where(col(Person.uid).in_(set(uids))))
    return dict(found.all()) if uids else {}


def _tried(session: Session, rows: list[tuple[CallOutcome, str]]) -> list[Tried]:
    names = names_of(session, {noted.by for noted, _ in rows})
    return [Tried(one.at, names.get(one.by, one.by), one.outcome, one.note, about) for one, about in rows]
