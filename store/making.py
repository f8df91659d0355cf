"""Makes the notices that a meeting's timetable asks for: each once, and news to all who know an older version."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from core import planned as reasons
from core.content import Content
from core.errors import UserError
from core.meeting_words import notice_words
from core.meetings import Meeting
from core.notices import About, Kind, Plan, Whom
from core.people import SMS
from core.planned import PlannedState
from core.speech import IN_ENGLISH, Speech
from core.strategy import Audience, Rule, Strategy
from core.timetable import Entry, sort_entries
from store import meetings, notices, planned
from store.alerts import tell_staff
from store.installation import live_since
from store.planned import NEWS
from store.tables import Meeting as MeetingRow
from store.tables import Planned
from store.tables.base import known
from store.told import versions_to_tell

_WHOM = {
    Audience.EVERYONE: Whom.EVERYONE,
    Audience.YES_OR_NOTHING: Whom.YES_OR_NOTHING,
    Audience.YES: Whom.YES,
}


@dataclass(frozen=True, slots=True)
class Making:
    """What it takes to make notices: the strategy, the channels that are on, the group's zone (IANA), and whether the
    settings say that messages really go to everybody.

    `price` says what so many text messages of some words cost, in `currency`; None where texts cost nothing here.
    """

    strategy: Strategy
    channels: Collection[str]
    zone: str
    live: bool = False
    speech: Speech = IN_ENGLISH
    price: Callable[[Content, int], Decimal] | None = None
    currency: str = ""


def make_next(session: Session, making: Making, now: datetime) -> int | None:
    """Makes what is due for one meeting; returns how many notices, or None where nothing is due any more.

    Any number of schedulers may do this at once: the meeting's row decides who makes its notices.
    """
    row = planned.next_meeting(session, now)
    return None if row is None else make_due(session, row, making, now)


def make_due(session: Session, row: MeetingRow, making: Making, now: datetime) -> int:
    """Makes what is due for a meeting whose row is ours; returns how many notices.

    Of what is late, what is still useful goes out, the invitation or one reminder of several; the rest is written down
    as skipped or missed, and staff are told what was missed.
    """
    meeting = meetings.meeting_of(session, row)
    rows: dict[str, Planned] = {}
    due: list[Entry] = []
    for one in planned.due_of(session, row, now):
        rule = planned.rule_of(one, making.strategy)
        if one.version != row.version:
            planned.settle(session, one, PlannedState.WITHDRAWN, reasons.NEWER, now)
        elif rule is None:
            planned.settle(session, one, PlannedState.WITHDRAWN, reasons.NOT_IN_STRATEGY, now)
        else:
            rows[one.key] = one
            due.append(planned.entry_of(one, meeting, rule))
    at_once = sort_entries(due, now)
    for entry in at_once.late:
        if entry.not_after <= now:
            _miss(session, rows[entry.key], meeting, reasons.MISSED, now)
        else:
            planned.settle(session, rows[entry.key], PlannedState.SKIPPED, reasons.TOGETHER, now)
    news_first = sorted(at_once.now, key=lambda entry: entry.kind not in NEWS)
    return sum(make(session, entry, rows[entry.key], row, meeting, making, now) for entry in news_first)


def make(
    session: Session, entry: Entry, one: Planned, row: MeetingRow, meeting: Meeting, making: Making, now: datetime
) -> int:
    """Makes the notice of one entry whose meeting is ours, and writes down what became of it; returns how many."""
    try:
        with session.begin_nested():
            plans = plans_of(session, entry, row, meeting, making, now)
            if one.reason != reasons.COST_AGREED and (dear := _too_dear(session, entry.rule, plans, making, now)):
                _wait_for_money(session, one, meeting, dear, now)
                return 0
            made = [_publish(session, plan, making, now) for plan in plans]
    except notices.Nobody:
        planned.settle(session, one, PlannedState.SKIPPED, reasons.NOBODY, now)
        return 0
    except UserError as error:
        _miss(session, one, meeting, error.what, now)
        return 0
    one.notice_id = made[0] if made else None
    planned.settle(session, one, PlannedState.MADE, "", now)
    return len(made)


def _too_dear(session: Session, rule: Rule, plans: Sequence[Plan], making: Making, now: datetime) -> str:
    """Says what a notice's texts cost where that is more than the strategy allows, or nothing.

    Counted are the texts that it begins with: nobody knows yet whom another message fails to reach.
    """
    if rule.max_cost is None or making.price is None:
        return ""
    today = now.astimezone(ZoneInfo(making.zone)).date()
    cost = Decimal(0)
    for plan in plans:
        steps = notices.steps_of(session, plan, making.channels, today, now)
        texts = sum(step.route is not None and step.route.channel == SMS for _, all_ in steps for step in all_)
        cost += making.price(plan.content, texts)
    if cost <= rule.max_cost:
        return ""
    return f"{reasons.TOO_DEAR} {making.currency}{cost:.2f}, more than {making.currency}{rule.max_cost:.2f}"


def _wait_for_money(session: Session, one: Planned, meeting: Meeting, dear: str, now: datetime) -> None:
    """Holds an entry until somebody agrees to its cost, and tells staff."""
    planned.settle(session, one, PlannedState.HELD, dear, now)
    tell_staff(
        session,
        f"cost:{one.key}",
        f"Waiting because of its cost: {one.kind}, {meeting.title}",
        f"The {one.kind} for {meeting.title!r} has not gone out: {dear}, which is all that the strategy allows for it. "
        f"To send it at that cost: ringround timetable release {one.key}",
        now,
    )


def plans_of(
    session: Session, entry: Entry, row: MeetingRow, meeting: Meeting, making: Making, now: datetime
) -> list[Plan]:
    """Plans what one entry makes: one notice, or for news one for each older version that somebody knows."""
    if entry.kind not in NEWS:
        whom = Whom.UNTOLD if entry.kind is Kind.INVITATION else _WHOM[entry.rule.to]
        return [_plan(session, entry, entry.key, meeting, making, now, whom)]
    plans = []
    for version in versions_to_tell(session, known(row.id), entry.version):
        key = entry.key if version == entry.version - 1 else f"{entry.key}:from{version}"
        old = meetings.version_of(session, row, version)
        plans.append(_plan(session, entry, key, meeting, making, now, Whom.TOLD, old))
    return plans


def _plan(
    session: Session,
    entry: Entry,
    key: str,
    meeting: Meeting,
    making: Making,
    now: datetime,
    whom: Whom,
    old: Meeting | None = None,
) -> Plan:
    return Plan(
        key=key,
        kind=entry.kind,
        content=notice_words(entry.rule, meeting, old=old, zone=making.zone, speech=making.speech),
        not_before=min(entry.due_at, now),
        not_after=entry.not_after,
        policy=entry.rule.policy,
        created_by="service",
        group=meeting.group,
        rehearsal=not making.live and live_since(session) is None,
        urgent=entry.urgent,
        about=About(meeting.id, entry.version, whom, old.version if old else None),
        calls=entry.rule.calls,
        all_routes=entry.every_route,
    )


def _publish(session: Session, plan: Plan, making: Making, now: datetime) -> int:
    today = now.astimezone(ZoneInfo(making.zone)).date()
    published = notices.publish(session, plan, making.channels, today, now)
    if published.repeat and plan.about and plan.about.whom is Whom.TOLD:
        notices.spread_again(session, published.id, making.channels, today, now)
    return published.id


def latecomers(session: Session, now: datetime) -> list[int]:
    """Returns the keys of meetings of which somebody was told an older version while the news had gone out already."""
    wanted = (
        select(MeetingRow.id, MeetingRow.version)
        .join(Planned, (col(Planned.meeting_id) == MeetingRow.id) & (col(Planned.version) == MeetingRow.version))
        .where(col(Planned.kind).in_(tuple(NEWS)), Planned.state == PlannedState.MADE, Planned.not_after > now)
        .distinct()
    )
    return [known(id_) for id_, version in session.exec(wanted) if versions_to_tell(session, known(id_), version)]


def tell_latecomers(session: Session, meeting_id: int, making: Making, now: datetime) -> int:
    """Tells them; returns how many notices they get."""
    row = session.exec(
        select(MeetingRow)
        .where(MeetingRow.id == meeting_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    meeting = meetings.meeting_of(session, row)
    one = session.exec(
        select(Planned)
        .where(Planned.meeting_id == meeting_id, Planned.version == row.version, Planned.not_after > now)
        .where(col(Planned.kind).in_(tuple(NEWS)), Planned.state == PlannedState.MADE)
    ).first()
    rule = planned.rule_of(one, making.strategy) if one else None
    if one is None or rule is None:
        return 0
    try:
        with session.begin_nested():
            plans = plans_of(session, planned.entry_of(one, meeting, rule), row, meeting, making, now)
            made = [_publish(session, plan, making, now) for plan in plans]
    except UserError:
        return 0
    one.notice_id = one.notice_id or (made[0] if made else None)
    session.flush()
    return len(made)


def _miss(session: Session, one: Planned, meeting: Meeting, reason: str, now: datetime) -> None:
    planned.settle(session, one, PlannedState.MISSED, reason, now)
    tell_staff(
        session,
        f"missed:{one.key}",
        f"Not sent: {one.kind}, {meeting.title}",
        f"The {one.kind} for {meeting.title!r} did not go out: {reason}. "
        "See: ringround timetable --missed. Please tell people yourself where they still need it.",
        now,
    )
