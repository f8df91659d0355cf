"""Personal links: whose they are, whether they still hold, and what their owner's pages show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, or_, select

from core.answers import Answer
from core.meetings import Meeting
from core.people import Status
from store import meetings
from store.routes import for_whom
from store.tables import Attempt, Delivery, MeetingAnswer, Membership, Notice, Person, Recipient, Route
from store.tables import Meeting as MeetingRow
from store.tables.base import known


@dataclass(frozen=True, slots=True)
class Visit:
    """Who a personal link belongs to. `person` and `route` are outside ids.

    `sent_at` is when the message that brought the link last left, or was made. `shared` says that others may read what
    comes on this route. `revoked` says that the person has had newer links made, or is not on file any more.
    """

    person: str
    name: str
    language: str
    route: str
    channel: str
    sent_at: datetime
    shared: bool
    revoked: bool


@dataclass(frozen=True, slots=True)
class Invited:
    """A meeting that a person may come to, and what they said last."""

    meeting: Meeting
    answer: Answer | None


def visit(session: Session, delivery: str) -> Visit | None:
    """Finds whose delivery this is; None where there is none."""
    found = session.exec(
        select(Delivery, Person, Route, Notice)
        .join(Recipient, col(Recipient.id) == Delivery.recipient_id)
        .join(Person, col(Person.id) == Recipient.person_id)
        .join(Route, col(Route.id) == Delivery.route_id)
        .join(Notice, col(Notice.id) == Delivery.notice_id)
        .where(Delivery.uid == delivery)
    ).first()
    if found is None:
        return None
    one, person, route, notice = found
    left: datetime | None = session.exec(
        select(func.max(Attempt.started_at)).where(Attempt.delivery_id == one.id)
    ).one()
    sent_at = left or notice.created_at
    return Visit(
        person=person.uid,
        name=person.called or person.name,
        language=person.language,
        route=route.uid,
        channel=route.channel,
        sent_at=sent_at,
        shared=for_whom(session, person, route) is not None,
        revoked=not _here(person) or (person.links_from is not None and sent_at < person.links_from),
    )


def calendar_key(person: Person) -> str:
    """Gives what a person's calendar addresses are made of: it changes when they have new links made."""
    return person.uid if person.links_from is None else f"{person.uid}.{person.links_from.timestamp():.0f}"


def calendar_owner(session: Session, key: str) -> Person | None:
    """Gives whose calendar addresses are made of this; None where they were revoked or the person is gone."""
    person = session.exec(select(Person).where(Person.uid == key.partition(".")[0])).first()
    return person if person is not None and _here(person) and calendar_key(person) == key else None


def invited_to(session: Session, person: Person, since: datetime) -> list[Invited]:
    """Lists the meetings that end after `since` and are for this person: their groups', and those they were told of."""
    groups = select(Membership.group_id).where(Membership.person_id == person.id)
    told = (
        select(Notice.meeting_id)
        .join(Recipient, col(Recipient.notice_id) == Notice.id)
        .where(Recipient.person_id == person.id, col(Recipient.left_out).is_(None), col(Notice.meeting_id).is_not(None))
    )
    said = {
        one.meeting_id: Answer(one.value)
        for one in session.exec(
            select(MeetingAnswer).where(MeetingAnswer.person_id == person.id).order_by(col(MeetingAnswer.id))
        )
    }
    rows = session.exec(
        select(MeetingRow)
        .where(MeetingRow.ends_at > since)
        .where(
            or_(col(MeetingRow.group_id).is_(None), col(MeetingRow.group_id).in_(groups), col(MeetingRow.id).in_(told))
        )
        .order_by(col(MeetingRow.starts_at), col(MeetingRow.id))
    )
    return [Invited(meetings.meeting_of(session, row), said.get(known(row.id))) for row in rows]


def changed_at(session: Session, uids: list[str]) -> datetime | None:
    """Gives when any of these meetings was last changed."""
    return session.exec(select(func.max(MeetingRow.changed_at)).where(col(MeetingRow.uid).in_(uids))).one()


def revoke(session: Session, person: Person, now: datetime) -> None:
    """Ends every personal link that a person was sent so far."""
    person.links_from = person.changed_at = now
    session.add(person)
    session.flush()


def _here(person: Person) -> bool:
    return person.status in (Status.ACTIVE, Status.PAUSED, Status.LEFT)
