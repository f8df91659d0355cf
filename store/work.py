"""The work that waits for staff, of all notices: people whom no machine reaches, and messages in doubt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from core.delivery import State
from core.notices import Kind, NoticeState
from core.reach import Task
from store.tables import Delivery, Notice, Person, Recipient
from store.tables.base import literally


@dataclass(frozen=True, slots=True)
class OpenTask:
    """Somebody who is to be told by a person. `about` is the notice's subject with its placeholders."""

    notice: str
    about: str
    until: datetime
    person: str
    name: str
    called: str
    reason: str
    support: str
    notes: str
    held_by: str


@dataclass(frozen=True, slots=True)
class OpenDoubt:
    """A message of which nobody knows whether it was sent; `id` is the delivery's outside id."""

    id: str
    about: str
    name: str
    called: str
    channel: str
    reason: str
    since: datetime


def tasks(session: Session, limit: int = 200) -> list[OpenTask]:
    """Lists the people who need a person, those first for whom there is least time."""
    wanted = (
        select(Recipient, Notice, Person)
        .join(Notice, col(Notice.id) == Recipient.notice_id)
        .join(Person, col(Person.id) == Recipient.person_id)
        .where(literally(Recipient.task, Task.OPEN), col(Recipient.left_out).is_(None))
        .where(Notice.state != NoticeState.CANCELLED, Notice.kind != Kind.ALERT)
        .order_by(col(Notice.not_after), col(Person.name), col(Recipient.id))
        .limit(limit)
    )
    return [
        OpenTask(
            notice=notice.uid,
            about=notice.subject,
            until=notice.not_after,
            person=person.uid,
            name=person.name,
            called=person.called,
            reason=recipient.task_reason or "",
            support="; ".join(filter(None, (person.language, person.format, person.support))),
            notes=person.notes,
            held_by=person.held_by,
        )
        for recipient, notice, person in session.exec(wanted).all()
    ]


def doubts(session: Session, limit: int = 200) -> list[OpenDoubt]:
    """Lists the messages in doubt, the oldest first."""
    wanted = (
        select(Delivery, Notice, Person)
        .join(Notice, col(Notice.id) == Delivery.notice_id)
        .join(Recipient, col(Recipient.id) == Delivery.recipient_id)
        .join(Person, col(Person.id) == Recipient.person_id)
        .where(literally(Delivery.state, State.REVIEW))
        .order_by(col(Delivery.changed_at), col(Delivery.id))
        .limit(limit)
    )
    return [
        OpenDoubt(
            delivery.uid,
            notice.subject,
            person.name,
            person.called,
            delivery.channel,
            delivery.reason,
            delivery.changed_at,
        )
        for delivery, notice, person in session.exec(wanted).all()
    ]
