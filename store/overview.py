"""Notices at a glance: the list of them, how far one has come, and what it still waits for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select as select_many  # SQLModel's is typed for four columns at most
from sqlmodel import Session, col, func, select

from core.delivery import State
from core.notices import Kind
from core.people import PHONE
from store import reach
from store.tables import Delivery, Group, Notice, Person, ProviderPause, Recipient

PERSONAL = (Kind.ALERT, Kind.REPLY)
"""The kinds that are no news to a group: lists show them only where somebody asks."""

WAITING = (State.QUEUED, State.HELD, State.SENDING, State.UNKNOWN)
"""The states in which a machine has something to do, at once or later."""


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A notice in a list: `about` is its subject, `people` counts whom it is meant for, `waiting` what has not left."""

    id: str
    at: datetime
    about: str
    kind: str
    state: str
    group: str
    by: str
    rehearsal: bool
    people: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a notice has come. `spread` says that its whole audience is written down: `people` is the last word."""

    spread: bool
    people: int
    states: Counter[State]

    @property
    def waiting(self) -> int:
        """How many messages a machine has still to do with."""
        return sum(self.states[state] for state in WAITING)

    @property
    def standing(self) -> int:
        """How many people stand somewhere: nothing of theirs waits."""
        return self.people - self.waiting

    @property
    def done(self) -> bool:
        """Whether everybody stands somewhere."""
        return self.spread and not self.waiting


@dataclass(frozen=True, slots=True)
class Waiting:
    """Messages that wait alike. `zone` is empty for the group's own; `due` and `look_at` are the first of theirs."""

    channel: str
    state: State
    reason: str
    zone: str
    urgent: bool
    count: int
    due: datetime
    look_at: datetime | None
    tried: bool


class Doubt(NamedTuple):
    """A message of which nobody knows whether it was sent; `id` is the delivery's outside id."""

    id: str
    name: str
    channel: str
    reason: str


def listing(session: Session, limit: int, *, alerts: bool = False) -> list[NoticeLine]:
    """Lists the newest notices first; `alerts` includes those that told staff something, or answered one person."""
    columns = (
        *(Notice.id, Notice.uid, Notice.created_at, Notice.subject, Notice.kind, Notice.state, Notice.created_by),
        *(Notice.rehearsal, Notice.people, Group.name),
    )
    query = select_many(*(col(column) for column in columns)).join(
        Group, col(Group.id) == Notice.group_id, isouter=True
    )
    if not alerts:
        query = query.where(col(Notice.kind).not_in(PERSONAL))
    found = session.execute(query.order_by(col(Notice.id).desc()).limit(limit)).all()
    ids = [line[0] for line in found]
    waiting = dict(
        session.exec(
            select(Delivery.notice_id, func.count())
            .where(col(Delivery.notice_id).in_(ids), col(Delivery.state).in_(WAITING))
            .group_by(col(Delivery.notice_id))
        ).all()
    )
    return [
        NoticeLine(
            id=uid,
            at=at,
            about=about,
            kind=kind,
            state=state,
            group=group or "",
            by=by,
            rehearsal=rehearsal,
            people=people,
            waiting=waiting.get(id_, 0),
        )
        for id_, uid, at, about, kind, state, by, rehearsal, people, group in found
    ]


def newest(session: Session) -> Notice | None:
    """Returns the newest notice that is neither an alert nor an answer to one person, or None where there is none."""
    return session.exec(
        select(Notice).where(col(Notice.kind).not_in(PERSONAL)).order_by(col(Notice.id).desc()).limit(1)
    ).first()


def progress(session: Session, notice: Notice) -> Progress:
    """Tells how far a notice has come: quick enough to ask four times a second."""
    return Progress(notice.spread_at is not None, notice.people, reach.progress(session, notice))


def waiting(session: Session, notice: Notice) -> list[Waiting]:
    """Tells what a notice still waits for, alike messages together."""
    columns = (Delivery.channel, Delivery.state, Delivery.reason, Person.timezone, Delivery.urgent)
    alike = [col(column) for column in columns]
    query = (
        select_many(
            *alike,
            func.count(),
            func.min(Delivery.not_before),
            func.min(Delivery.lease_until),
            func.min(Delivery.tries),
        )
        .join(Recipient, col(Recipient.id) == Delivery.recipient_id)
        .join(Person, col(Person.id) == Recipient.person_id)
        .where(col(Delivery.notice_id) == notice.id, col(Delivery.state).in_(WAITING))
        .group_by(*alike)
    )
    return [
        Waiting(channel, State(state), reason, zone, urgent == 0, count, due, look_at, tries > 0)
        for channel, state, reason, zone, urgent, count, due, look_at, tries in session.execute(query)
    ]


def in_review(session: Session, notice: Notice) -> list[Doubt]:
    """Returns a notice's messages that staff must settle."""
    query = (
        select(Delivery.uid, Person.name, Delivery.channel, Delivery.reason)
        .join(Recipient, col(Recipient.id) == Delivery.recipient_id)
        .join(Person, col(Person.id) == Recipient.person_id)
        .where(Delivery.notice_id == notice.id, Delivery.state == State.REVIEW)
        .order_by(Person.name)
    )
    return [Doubt(*row) for row in session.exec(query)]


def calls_ending(session: Session, code: str) -> list[str]:
    """Returns the outside ids of the calls whose id ends like this, settled ones too."""
    query = select(Delivery.uid).where(Delivery.channel == PHONE, col(Delivery.uid).endswith(code, autoescape=True))
    return list(session.exec(query.limit(2)))


def paused_providers(session: Session) -> dict[str, str]:
    """Returns the channels whose provider is paused, and why."""
    return {pause.channel: pause.reason for pause in session.exec(select(ProviderPause))}
