"""Whose an address is, and what was told there: the context of whatever comes back from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session, col, func, select

from core.calls import WRONG_NUMBER
from core.delivery import State
from core.meetings import MeetingState
from core.notices import Kind
from core.people import EMAIL, RouteState, Status
from core.roles import SERVICE
from store.on_file import REPLACED
from store.tables import Delivery, Meeting, Notice, Person, Recipient, Route
from store.tables.base import known

LEFT_US = (State.SENDING, State.ACCEPTED, State.DELIVERED, State.UNKNOWN, State.REVIEW)
"""The states of a message that a person may have read."""


def routes_at(session: Session, channel: str, address: str) -> list[tuple[Route, Person]]:
    """Returns whose address this is, in the order in which they are on file.

    An address that turned out to be somebody else's, or that the person has replaced, is not theirs any more.
    """
    same = func.lower(Route.address) == address.lower() if channel == EMAIL else col(Route.address) == address
    rows = session.exec(
        select(Route, Person)
        .join(Person, col(Person.id) == Route.person_id)
        .where(Route.channel == channel, same, Person.status != Status.ERASED)
        .order_by(col(Person.id), col(Route.id))
    ).all()
    foreign = (WRONG_NUMBER, REPLACED)
    return [
        (route, person)
        for route, person in rows
        if not (route.state == RouteState.DEAD and route.state_reason in foreign)
    ]


class Told(NamedTuple):
    """A message about a meeting that a person may have read on a route: the newest of each meeting."""

    delivery: Delivery
    notice: Notice
    meeting: Meeting
    person: int


def told_on(session: Session, routes: Sequence[int], now: datetime) -> list[Told]:
    """Returns the newest message to these routes about each meeting still to come, for each person, newest first."""
    rows = session.exec(
        select(Delivery, Notice, Meeting, Recipient)
        .join(Notice, col(Notice.id) == Delivery.notice_id)
        .join(Meeting, col(Meeting.id) == Notice.meeting_id)
        .join(Recipient, col(Recipient.id) == Delivery.recipient_id)
        .where(col(Delivery.route_id).in_(routes), col(Delivery.state).in_(LEFT_US))
        .where(Meeting.ends_at > now, Meeting.state == MeetingState.PLANNED)
        .order_by(col(Delivery.changed_at).desc(), col(Delivery.id).desc())
        .execution_options(populate_existing=True)
    ).all()
    found: dict[tuple[int, int], Told] = {}
    for delivery, notice, meeting, recipient in rows:
        key = (recipient.person_id, known(meeting.id))
        found.setdefault(key, Told(delivery, notice, meeting, recipient.person_id))
    return list(found.values())


def told_by(session: Session, delivery_uid: str) -> tuple[Delivery, Notice, Route, Person] | None:
    """Returns a message by its outside id, with its notice, the route that it took and whose that is."""
    return session.exec(
        select(Delivery, Notice, Route, Person)
        .join(Notice, col(Notice.id) == Delivery.notice_id)
        .join(Route, col(Route.id) == Delivery.route_id)
        .join(Person, col(Person.id) == Route.person_id)
        .where(Delivery.uid == delivery_uid)
        .execution_options(populate_existing=True)
    ).first()


def last_told(session: Session, routes: Sequence[int]) -> int | None:
    """Returns the key of the last message of any kind that went to these routes, but for what a machine replied."""
    return session.exec(
        select(Delivery.id)
        .join(Notice, col(Notice.id) == Delivery.notice_id)
        .where(col(Delivery.route_id).in_(routes), col(Delivery.state).in_(LEFT_US))
        .where((col(Notice.kind) != Kind.REPLY) | (Notice.created_by != SERVICE.name))
        .order_by(col(Delivery.changed_at).desc(), col(Delivery.id).desc())
        .limit(1)
    ).first()


def last_uid(session: Session, route: int) -> str | None:
    """Returns the outside id of the newest message that went to a route, or None."""
    wanted = select(Delivery.uid).where(Delivery.route_id == route, col(Delivery.state).in_(LEFT_US))
    return session.exec(wanted.order_by(col(Delivery.id).desc()).limit(1)).first()
