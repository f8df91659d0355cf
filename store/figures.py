"""The service in figures: what waits, what was tried and what came of it, by channel. No names, no addresses."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, or_, select

from core.delivery import State
from core.inbox import InboxState
from core.planned import PlannedState
from core.quiet import QuietHours
from store.installation import live_since
from store.pauses import paused_providers
from store.strays import unmatched
from store.tables import Attempt, Delivery, Event, InboxItem, Person, Planned, Recipient
from store.tables.base import literally


@dataclass(frozen=True, slots=True)
class Backlog:
    """What could have left by now on one channel: how many messages, and for how long the oldest has waited."""

    due: int = 0
    oldest: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Figures:
    """All of it at one moment. Counters are by channel; `under_way` and `outcomes` by channel and state.

    `unmatched` counts receipts about messages that are none of ours.

    `clock_lag` is how late the timetable is with what it should have made by now.
    """

    queued: Counter[str]
    backlog: dict[str, Backlog]
    under_way: Counter[tuple[str, str]]
    attempts: Counter[str]
    outcomes: Counter[tuple[str, str]]
    paused: set[str]
    clock_lag: timedelta
    inbox_open: int
    unmatched: Counter[str]
    live: bool


def backlog(session: Session, now: datetime, quiet: QuietHours, zone: ZoneInfo) -> dict[str, Backlog]:
    """Tells what waits though it could leave, by channel; what waits for the end of quiet hours is no backlog."""
    query = (
        select(Delivery.channel, Person.timezone, func.count(), func.min(Delivery.not_before))
        .join(Recipient, col(Recipient.id) == Delivery.recipient_id)
        .join(Person, col(Person.id) == Recipient.person_id)
        .where(literally(Delivery.state, State.QUEUED), Delivery.not_before <= now)
        .group_by(Delivery.channel, Person.timezone)
    )
    found: dict[str, Backlog] = {}
    for channel, named, count, oldest in session.exec(query):
        due = quiet.over(oldest, ZoneInfo(named) if named else zone)
        if due <= now:
            so_far = found.get(channel, Backlog())
            found[channel] = Backlog(so_far.due + count, max(so_far.oldest, now - due))
    return found


def last_attempt_at(session: Session) -> datetime | None:
    """Tells when a provider was last asked for anything."""
    return session.exec(select(Attempt.started_at).order_by(col(Attempt.id).desc()).limit(1)).first()


def figures(session: Session, now: datetime, quiet: QuietHours, zone: ZoneInfo) -> Figures:
    """Counts everything."""
    queued = select(Delivery.channel, func.count()).where(literally(Delivery.state, State.QUEUED))
    under_way = select(Delivery.channel, Delivery.state, func.count()).where(
        or_(literally(Delivery.state, State.SENDING), literally(Delivery.state, State.UNKNOWN))
    )
    attempts = select(Delivery.channel, func.count()).join(Attempt, col(Attempt.delivery_id) == Delivery.id)
    outcomes = select(Event.provider, Event.state, func.count()).group_by(Event.provider, Event.state)
    overdue = select(func.min(Planned.due_at)).where(literally(Planned.state, PlannedState.COMING))
    open_ = select(func.count()).where(
        or_(literally(InboxItem.state, InboxState.OPEN), literally(InboxItem.state, InboxState.TAKEN))
    )
    first_due: datetime | None = session.exec(overdue).one()
    return Figures(
        queued=Counter(dict(session.exec(queued.group_by(Delivery.channel)).all())),
        backlog=backlog(session, now, quiet, zone),
        under_way=_counted(session.exec(under_way.group_by(Delivery.channel, Delivery.state)).all()),
        attempts=Counter(dict(session.exec(attempts.group_by(Delivery.channel)).all())),
        outcomes=_counted(session.exec(outcomes).all()),
        paused=set(paused_providers(session)),
        clock_lag=max(timedelta(), now - first_due) if first_due else timedelta(),
        inbox_open=session.exec(open_).one(),
        unmatched=sum((Counter({one.provider: one.count}) for one in unmatched(session, now)), Counter()),
        live=live_since(session) is not None,
    )


def _counted(rows: object) -> Counter[tuple[str, str]]:
    assert isinstance(rows, list)
    return Counter({(first, second): count for first, second, count in rows})
