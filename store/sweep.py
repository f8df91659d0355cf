"""Finds what time has done: attempts whose lease ran out, and messages that have become stale."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlmodel import Session, col, select

from core.delivery import TOO_LATE, State
from store import bulk
from store.routes import for_whom
from store.settle import Ways
from store.tables import Attempt, Delivery, Person, Route
from store.tables.base import known, literally
from store.withdraw import UNSENT


class Doubt(NamedTuple):
    """A delivery of which nobody knows whether it was sent, and what is needed to ask its provider."""

    id: int
    uid: str
    n: int
    notice_id: int
    address: str
    name: str
    called: str
    for_whom: str | None
    started_at: datetime


class Lost(NamedTuple):
    """An attempt that was interrupted: the delivery's outside id, and its number."""

    channel: str
    delivery: str
    attempt: int


def lost(session: Session, now: datetime, ways: Ways, *, at_start: bool = False) -> list[Lost]:
    """Moves attempts that nobody can still be making to `unknown`; returns them.

    Those are the ones whose lease ran out, and `at_start` (when no other process can be sending) every one.
    """
    wanted = select(Delivery).where(literally(Delivery.state, State.SENDING)).with_for_update(skip_locked=True)
    if not at_start:
        wanted = wanted.where(col(Delivery.lease_until) <= now)
    found = session.exec(wanted).all()
    for delivery in found:
        delivery.state, delivery.reason = State.UNKNOWN, "interrupted while sending"
        delivery.crashes += 1
        delivery.tries += 1
        delivery.lease_until = now + ways.doubt.get(delivery.channel, timedelta())
        delivery.changed_at = now
    session.flush()
    return [Lost(one.channel, one.uid, one.attempts) for one in found]


def stale(session: Session, now: datetime) -> int:
    """Expires what is past its not-after and has not left, and gives staff the people; returns how many.

    That holds for calls too: nobody rings about yesterday's meeting. What was meant for one route alone just ends.
    """
    at = bulk.stamp(session, now)
    late = f"({UNSENT} AND not_after <= ?)"
    bulk.change(
        session,
        "UPDATE recipient SET left_out = ? WHERE task IS NULL AND left_out IS NULL AND notice_id IN "
        f"(SELECT id FROM notice WHERE route_id IS NOT NULL) AND id IN (SELECT recipient_id FROM delivery WHERE {late} "
        "AND channel <> 'phone')",
        (TOO_LATE, at),
    )
    bulk.change(
        session,
        "UPDATE recipient SET task = 'open', task_reason = ? WHERE task IS NULL AND left_out IS NULL "
        f"AND id IN (SELECT recipient_id FROM delivery WHERE {late})",
        (TOO_LATE, at),
    )
    return bulk.change(
        session,
        f"UPDATE delivery SET state = 'expired', reason = ?, lease_until = NULL, changed_at = ? WHERE {late}",
        (TOO_LATE, at, at),
    )


def doubts(session: Session, now: datetime, limit: int) -> dict[str, Sequence[Doubt]]:
    """Returns the deliveries that are due to be looked into, by channel."""
    wanted = (
        select(Delivery, Attempt, Route, Person)
        .join(Attempt, (col(Attempt.delivery_id) == Delivery.id) & (col(Attempt.n) == Delivery.attempts))
        .join(Route, col(Route.id) == Delivery.route_id)
        .join(Person, col(Person.id) == Route.person_id)
        .where(literally(Delivery.state, State.UNKNOWN), col(Delivery.lease_until) <= now)
        .order_by(col(Delivery.lease_until), col(Delivery.id))
        .limit(limit)
    )
    found: dict[str, list[Doubt]] = {}
    for delivery, attempt, route, person in session.exec(wanted).all():
        found.setdefault(delivery.channel, []).append(
            Doubt(
                known(delivery.id),
                delivery.uid,
                attempt.n,
                delivery.notice_id,
                route.address or "",
                person.name,
                person.called,
                for_whom(session, person, route),
                attempt.started_at,
            )
        )
    return dict(found)


def postpone(session: Session, doubt: Doubt, until: datetime) -> None:
    """Puts off looking into a delivery whose provider can't be asked just now."""
    bulk.change(
        session,
        "UPDATE delivery SET lease_until = ? WHERE id = ? AND state = 'unknown' AND attempts = ?",
        (bulk.stamp(session, until), doubt.id, doubt.n),
    )
