"""A shift of callers: who has which call in hand, whom to ring next, and what was promised to be rung back when.

A person is in one pair of hands at a time: nobody else gets another notice's call to the same person, or another
person's call to the same number, meanwhile. Callers pick one after the other (SQLite has one writer; on PostgreSQL a
lock that belongs to picking), so any number of them may ask at once.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, delete, select

from core.calls import GRACE, KEPT, LEASE, RING_AGAIN, RING_AGAIN_SOON
from core.delivery import State
from core.notices import NoticeState
from store import bulk
from store.tables import CallBack, CallLease, Delivery, Notice

_PICKING = 7_264_001
"""The key of PostgreSQL's advisory lock for picking; any number that nothing else here uses."""

_OPEN = """
SELECT d.id, d.urgent, d.not_after, r.person_id, r.address, p.name, p.usual_caller,
       m.starts_at, b.at AS back_at, b.by AS back_by, d.route_id, COALESCE(NULLIF(p.timezone, ''), ?) AS zone
FROM delivery d JOIN notice n ON n.id = d.notice_id JOIN route r ON r.id = d.route_id
     JOIN person p ON p.id = r.person_id LEFT JOIN meeting m ON m.id = n.meeting_id
     LEFT JOIN call_back b ON b.delivery_id = d.id
WHERE d.state = 'accepted' AND d.channel = 'phone' AND n.state = 'open' AND d.not_after > ?
      AND (m.id IS NULL OR m.version = n.meeting_version) AND r.state = 'active' AND r.address IS NOT NULL
      AND p.stopped_at IS NULL AND (p.status = 'active' OR (p.status = 'paused' AND p.paused_until <= ?))
"""
"""The calls that may be made at all, sooner or later: the group's zone, the moment, and the day."""

_BUSY = """
SELECT y.person_id, y.address FROM call_lease l
JOIN delivery x ON x.id = l.delivery_id JOIN route y ON y.id = x.route_id WHERE l.until > ?
"""
"""The people and numbers that somebody has in hand: the moment."""

_RESTING = """
SELECT y.person_id FROM call_outcome o JOIN delivery x ON x.id = o.delivery_id JOIN route y ON y.id = x.route_id
WHERE o.at > ? AND (o.at > ? OR (o.outcome <> 'engaged' AND x.urgent <> 0))
      AND o.outcome IN ('no_answer', 'voicemail', 'engaged', 'call_back')
"""
"""The people who were rung in vain a short while ago: the moments an hour and ten minutes back."""

_ASKED = """
SELECT 1 FROM call_back k JOIN delivery x ON x.id = k.delivery_id JOIN route y ON y.id = x.route_id
WHERE y.person_id = c.person_id AND k.at > ? AND k.at < c.not_after
"""
"""Whether the person of `c` asked, about whatever it was, to be rung at a later moment that is still in time."""


@dataclass(frozen=True, slots=True)
class Hours:
    """What binds ringing at a moment.

    `zone` is the group's own and `today` its day. `ringing` are the zones in whose calling hours the moment lies,
    `awake` those in which it is not quiet: news that can't wait is rung then, too.
    """

    now: datetime
    today: date
    zone: str
    ringing: Collection[str]
    awake: Collection[str]


@dataclass(frozen=True, slots=True)
class Lease:
    """A call in somebody's hands: the delivery's key, who has it, and until when."""

    delivery_id: int
    token: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """The calls that are left, by why nobody is offered: `free` may be made now, `later` are not due or out of hours.

    `held` are on other callers' screens, `paper` on lists that were handed out. `next_at` is when the first promise
    falls due, None where nothing was promised.
    """

    free: int
    later: int
    held: int
    paper: int
    next_at: datetime | None


def alone(session: Session) -> None:
    """Makes whoever picks calls wait for one another until this transaction ends."""
    if bulk.postgres(session):
        bulk.rows(session, "SELECT pg_advisory_xact_lock(?)", (_PICKING,))


def take_next(session: Session, by: str, hours: Hours) -> Lease | None:
    """Puts the next call into a caller's hands for a quarter of an hour, or returns None where there is none to make.

    A caller who still has one is given the same again, for as long anew. Whoever was promised a call at this time
    comes first among what is equally urgent, then the earliest meeting, then those whom this caller has reached
    before, then those whom nobody has, then those who were rung least.
    """
    alone(session)
    if own := held_by(session, by, hours.now):
        return _lease(session, own.delivery_id, by, hours.now, own.token)
    may, values = _may_ring(session, by, hours)
    found = bulk.rows(
        session,
        f"WITH busy AS ({_BUSY}), resting AS ({_RESTING}) SELECT c.id FROM ({_OPEN}) c WHERE {may} "
        "AND c.person_id NOT IN (SELECT person_id FROM busy) "
        "AND c.address NOT IN (SELECT address FROM busy WHERE address IS NOT NULL) "
        "ORDER BY c.urgent, CASE WHEN c.back_at IS NULL THEN 1 ELSE 0 END, COALESCE(c.starts_at, c.not_after), "
        "CASE WHEN c.usual_caller = ? THEN 0 WHEN c.usual_caller IS NULL THEN 1 ELSE 2 END, "
        "(SELECT count(*) FROM call_outcome o WHERE o.delivery_id = c.id), c.name, c.id LIMIT 1",
        (*_moments(session, hours), *values, by),
    )
    return _lease(session, found[0][0], by, hours.now) if found else None


def waiting(session: Session, by: str, hours: Hours) -> Waiting:
    """Counts the calls that are left, for a caller who is offered none."""
    may, values = _may_ring(session, by, hours)
    at = bulk.stamp(session, hours.now)
    counts = bulk.rows(
        session,
        f"WITH busy AS ({_BUSY}), resting AS ({_RESTING}) SELECT "
        "CASE WHEN l.paper THEN 'paper' WHEN l.delivery_id IS NOT NULL THEN 'held' "
        "WHEN c.person_id IN (SELECT person_id FROM busy) OR c.address IN (SELECT address FROM busy) THEN 'held' "
        f"WHEN {may} THEN 'free' ELSE 'later' END AS why, count(*) FROM ({_OPEN}) c "
        "LEFT JOIN call_lease l ON l.delivery_id = c.id AND l.until > ? GROUP BY 1",
        (*_moments(session, hours)[:3], *values, *_moments(session, hours)[3:], at),
    )
    found = dict(counts)
    promised = select(CallBack.at).join(Delivery).where(Delivery.state == State.ACCEPTED, CallBack.at > hours.now)
    return Waiting(
        free=found.get("free", 0),
        later=found.get("later", 0),
        held=found.get("held", 0),
        paper=found.get("paper", 0),
        next_at=session.exec(promised.order_by(col(CallBack.at)).limit(1)).first(),
    )


def held_by(session: Session, by: str, now: datetime) -> CallLease | None:
    """Returns the call that a caller has on their screen, where it is still open."""
    wanted = (
        select(CallLease)
        .join(Delivery)
        .join(Notice, col(Notice.id) == Delivery.notice_id)
        .where(CallLease.by == by, col(CallLease.paper).is_(False), col(CallLease.until) > now)
        .where(Delivery.state == State.ACCEPTED, Notice.state == NoticeState.OPEN)
    )
    return session.exec(wanted.order_by(col(CallLease.until).desc())).first()


def lease_of(session: Session, delivery_id: int, now: datetime) -> CallLease | None:
    """Returns who has a call in hand at a moment, on a screen or on paper."""
    wanted = select(CallLease).where(CallLease.delivery_id == delivery_id, col(CallLease.until) > now)
    return session.exec(wanted.execution_options(populate_existing=True)).first()


def take(session: Session, delivery_id: int, by: str, now: datetime) -> Lease | None:
    """Puts one certain call into a caller's hands; None where somebody else has it, the person or the number."""
    alone(session)
    lease = lease_of(session, delivery_id, now)
    if lease is not None and (lease.by != by or lease.paper):
        return None
    if lease is None:
        busy = bulk.rows(
            session,
            f"SELECT 1 FROM ({_BUSY}) q JOIN delivery d ON d.id = ? JOIN route r ON r.id = d.route_id "
            "WHERE q.person_id = r.person_id OR q.address = r.address",
            (bulk.stamp(session, now), delivery_id),
        )
        if busy:
            return None
    return _lease(session, delivery_id, by, now, lease.token if lease else "")


def give_back(session: Session, token: str) -> bool:
    """Puts a call back on the list; returns whether the lease still stood."""
    return bool(session.exec(delete(CallLease).where(col(CallLease.token) == token)).rowcount)


def promise(session: Session, delivery_id: int, at: datetime, by: str) -> None:
    """Writes down when a person is to be rung back, by one caller or (empty) by anyone."""
    session.merge(CallBack(delivery_id=delivery_id, at=at, by=by))
    session.flush()


def _lease(session: Session, delivery_id: int, by: str, now: datetime, token: str = "") -> Lease:
    token = token or _token()
    lease = session.get(CallLease, delivery_id, populate_existing=True) or CallLease(
        delivery_id=delivery_id, token=token, by=by, until=now
    )
    lease.token, lease.by, lease.until, lease.paper = token, by, now + LEASE, False
    session.add(lease)
    session.flush()
    return Lease(delivery_id, token, lease.until)


def _may_ring(session: Session, by: str, hours: Hours) -> tuple[str, tuple[object, ...]]:
    """Says when a call may be made just now, as a condition on `c`: within the hours, or as was promised.

    A promise to a person holds for all their calls: none is made before, unless it would come too late. From its time
    on it beats the calling hours for a while, and never the quiet ones.
    """
    ringing, awake = (", ".join("?" * len(zones)) or "NULL" for zones in (hours.ringing, hours.awake))
    condition = (
        f"(NOT EXISTS ({_ASKED}) AND CASE WHEN c.back_at > ? "
        f"THEN c.zone IN ({awake}) AND (c.back_by IN ('', ?) OR c.back_at <= ?) "
        f"ELSE (c.zone IN ({ringing}) OR (c.urgent = 0 AND c.zone IN ({awake}))) "
        "AND c.person_id NOT IN (SELECT person_id FROM resting) END)"
    )
    at, late, old = (bulk.stamp(session, one) for one in (hours.now, hours.now - GRACE, hours.now - KEPT))
    return condition, (at, old, *hours.awake, by, late, *hours.ringing, *hours.awake)


def _moments(session: Session, hours: Hours) -> tuple[object, ...]:
    """Gives the values of `_BUSY`, `_RESTING` and `_OPEN`, in this order."""
    now = hours.now
    today = hours.today if bulk.postgres(session) else hours.today.isoformat()
    at, soon, later = (bulk.stamp(session, one) for one in (now, now - RING_AGAIN_SOON, now - RING_AGAIN))
    return (at, later, soon, hours.zone, at, today)


def _token() -> str:
    return secrets.token_urlsafe(16)
