"""Meetings: put one in, move it, cancel it, note who comes; and see first what would leave at once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from actions.leaving import Leaving, Surroundings, made_since, newest_notice
from actions.notices import check_words, is_rehearsal
from core.answers import Answer
from core.calendar import read_wall, read_zone, wall
from core.errors import UserError
from core.meeting_words import notice_words
from core.meetings import Meeting, MeetingState, check, doubts
from core.notices import Kind
from core.people import Role
from core.planned import NOBODY, PlannedState
from core.repeats import dates
from core.roles import Actor
from core.strategy import AT_ONCE
from core.timetable import after_change, entries
from store import making, meetings, planned, withdraw
from store.audit import note
from store.database import Session
from store.groups import find_group
from store.making import Making
from store.tables import Meeting as MeetingRow
from store.tables.base import known, new_uid


@dataclass(frozen=True, slots=True)
class NewMeeting:
    """A meeting as somebody writes it down. `starts` is like "2027-05-14 14:00"; no zone means the group's own.

    `repeat` is an iCalendar rule (RFC 5545, section 3.3.10) that ends; each date becomes a meeting of its own.
    """

    title: str
    starts: str
    minutes: int
    zone: str = ""
    place: str = ""
    link: str = ""
    join_phone: str = ""
    access: str = ""
    agenda: str = ""
    group: str | None = None
    thanks: str = ""
    repeat: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be different about the meeting `id`; None leaves it as it is. `starts` is as in `NewMeeting`."""

    id: str
    title: str | None = None
    starts: str | None = None
    minutes: int | None = None
    zone: str | None = None
    place: str | None = None
    link: str | None = None
    join_phone: str | None = None
    access: str | None = None
    agenda: str | None = None
    thanks: str | None = None


@dataclass(frozen=True, slots=True)
class Cancellation:
    """That the meeting `id` is cancelled, and why, in words for the people who were told of it."""

    id: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Later:
    """One notice that does not leave at once: it waits for its time, or is skipped for the `reason`."""

    kind: Kind
    title: str
    due_local: datetime
    due_at: datetime
    zone: str
    reason: str = ""


@dataclass(slots=True)
class Leaves:
    """What would follow at once, if it were done now; nothing is changed by asking.

    `doubts` are whole sentences that somebody should confirm. `withdrawn` counts messages that have not left yet and
    never will. `late` is skipped, `coming` waits for its time. In rehearsal it is shown as if it were live.
    """

    rehearsal: bool
    meetings: int = 0
    doubts: list[str] = field(default_factory=list)
    at_once: list[Leaving] = field(default_factory=list)
    late: list[Later] = field(default_factory=list)
    coming: list[Later] = field(default_factory=list)
    withdrawn: int = 0


def add(session: Session, actor: Actor, new: NewMeeting, around: Surroundings, *, sure: bool = False) -> list[str]:
    """Puts a meeting, or each date of a series, in; returns their ids. What is due by now leaves at once.

    Raises `UserError` that names the field: no time, an unknown zone or group, an endless rule, a date in the past
    (unless `sure`), words that can't go out on some channel.
    """
    rows, _ = _add(session, actor, new, around, around.making, sure=sure)
    note(session, actor, "meeting.add", rows[0].uid, str(len(rows)), around.now)
    return [row.uid for row in rows]


def move(session: Session, actor: Actor, change: Change, around: Surroundings, *, sure: bool = False) -> str:
    """Changes a meeting; returns its id. Raises `UserError` as `add` does, and for a meeting that is cancelled.

    A new time, length, place or way to join makes a new version: what has not left of the old one is withdrawn, and
    everyone who was told of it is told what has changed.
    """
    row, _ = _move(session, actor, change, around, around.making, sure=sure)
    note(session, actor, "meeting.move", row.uid, f"version {row.version}", around.now)
    return row.uid


def cancel(session: Session, actor: Actor, cancellation: Cancellation, around: Surroundings) -> str:
    """Cancels a meeting and tells everyone who was told of it; returns its id. Doing it again changes nothing."""
    row, _ = _cancel(session, actor, cancellation, around, around.making)
    note(session, actor, "meeting.cancel", row.uid, f"version {row.version}", around.now)
    return row.uid


def what_leaves(
    session: Session, actor: Actor, order: NewMeeting | Change | Cancellation, around: Surroundings
) -> Leaves:
    """Says what an order would set going at once, to how many and by which channels.

    It is done and taken back again, so what is said is what will happen; the session must be one that may write.
    """
    found = Leaves(is_rehearsal(session, around.settings))
    live = replace(around.making, live=True)
    before = newest_notice(session)
    trial = session.begin_nested()
    try:
        if isinstance(order, NewMeeting):
            rows, found.withdrawn = _add(session, actor, order, around, live, sure=True)
        elif isinstance(order, Change):
            row, found.withdrawn = _move(session, actor, order, around, live, sure=True)
            rows = [row]
        else:
            row, found.withdrawn = _cancel(session, actor, order, around, live)
            rows = [row]
        _look(session, rows, before, around, found)
    finally:
        trial.rollback()
        session.expire_all()
    return found


def answer(
    session: Session, actor: Actor, meeting: str, person: str, value: str, medium: str, around: Surroundings
) -> None:
    """Notes what somebody answered to a meeting; the latest answer counts."""
    actor.must_be(Role.CALLER, "note answers")
    if value not in list(Answer):
        raise UserError(f"There is no answer {value[:40]!r}", mend=f"Use one of: {', '.join(Answer)}.")
    row = meetings.find(session, meeting)
    meetings.answer(session, row, person, Answer(value), medium, around.now)
    note(session, actor, "meeting.answer", row.uid, value, around.now)


def _add(
    session: Session, actor: Actor, new: NewMeeting, around: Surroundings, making_: Making, *, sure: bool
) -> tuple[list[MeetingRow], int]:
    actor.must_be(Role.COORDINATOR, "put meetings in")
    zone = read_zone(new.zone) if new.zone else around.zone
    starts = read_wall(new.starts)
    group = find_group(session, new.group).name if new.group else None
    first = Meeting(
        id=new_uid(),
        title=new.title.strip(),
        starts=starts,
        zone=zone,
        minutes=new.minutes,
        group=group,
        **{name: getattr(new, name).strip() for name in _TEXTS},
    )
    check(first)
    days = dates(starts, new.repeat, zone=zone) if new.repeat.strip() else [starts]
    series = new_uid() if len(days) > 1 else ""
    all_ = [replace(first, id=new_uid(), starts=day, series=series) for day in days]
    for meeting in all_:
        _check_date(meeting, around.now, sure=sure)
    _check_all_words(all_[0], around)
    rows = []
    for meeting in all_:
        row = meetings.add(session, meeting, actor.name, around.now)
        planned.plan_first(session, row, entries(meeting, around.strategy, around.zone), around.now)
        making.make_due(session, row, making_, around.now)
        rows.append(row)
    return rows, 0


def _move(
    session: Session, actor: Actor, change: Change, around: Surroundings, making_: Making, *, sure: bool
) -> tuple[MeetingRow, int]:
    actor.must_be(Role.COORDINATOR, "change meetings")
    row = meetings.find(session, change.id, lock=True)
    old = meetings.meeting_of(session, row)
    if old.state is MeetingState.CANCELLED:
        raise UserError("This meeting is cancelled", where=f"meeting {row.uid}", mend="Put a new one in.")
    new = _changed(old, change)
    check(new)
    if (new.starts, new.zone) != (old.starts, old.zone):
        _check_date(new, around.now, sure=sure)
    _check_all_words(new, around)
    return row, _carry_out(session, row, old, new, around, making_)


def _cancel(
    session: Session, actor: Actor, cancellation: Cancellation, around: Surroundings, making_: Making
) -> tuple[MeetingRow, int]:
    actor.must_be(Role.COORDINATOR, "cancel meetings")
    row = meetings.find(session, cancellation.id, lock=True)
    old = meetings.meeting_of(session, row)
    if old.state is MeetingState.CANCELLED:
        return row, 0
    new = replace(old, state=MeetingState.CANCELLED, why=cancellation.why.strip())
    check(new)
    check_words(notice_words(around.strategy.rule(Kind.CANCELLATION), new, old=old, zone=around.zone), around)
    return row, _carry_out(session, row, old, new, around, making_)


def _carry_out(
    session: Session, row: MeetingRow, old: Meeting, new: Meeting, around: Surroundings, making_: Making
) -> int:
    """Writes a change down with all that follows, in this one transaction; returns how many messages it withdrew."""
    after = after_change(old, new, around.strategy, around.now, around.zone)
    meetings.save(session, row, after.meeting, around.now)
    withdrawn = 0
    if after.aspects:
        wanted = entries(after.meeting, around.strategy, around.zone)
        news = [after.news] if after.news else []
        planned.replan(session, row, [*news, *wanted], around.now)
        withdrawn = withdraw.withdraw_older(session, known(row.id), around.now)
    else:
        planned.rebuild(session, around.strategy, around.zone, around.now, only=known(row.id))
    making.make_due(session, row, making_, around.now)
    return withdrawn


_TEXTS = ("place", "link", "join_phone", "access", "agenda", "thanks")


def _changed(old: Meeting, change: Change) -> Meeting:
    given = {name: value.strip() for name in ("title", *_TEXTS) if (value := getattr(change, name)) is not None}
    return replace(
        old,
        starts=old.starts if change.starts is None else read_wall(change.starts),
        zone=old.zone if change.zone is None else read_zone(change.zone),
        minutes=old.minutes if change.minutes is None else change.minutes,
        **given,
    )


def _check_date(meeting: Meeting, now: datetime, *, sure: bool) -> None:
    if meeting.starts_at <= now and not sure:
        mend = "Check the date. If it is right, confirm it."
        raise UserError(doubts(meeting, now)[0], where="the start", mend=mend)


def _check_all_words(meeting: Meeting, around: Surroundings) -> None:
    """Raises `UserError` where a notice that the meeting may make can't go out on some channel."""
    for rule in around.strategy.rules:
        if rule.kind is not Kind.THANKS or meeting.thanks:
            old = meeting if rule.kind in AT_ONCE else None
            check_words(notice_words(rule, meeting, old=old, zone=around.zone), around)


def _look(session: Session, rows: list[MeetingRow], before: int, around: Surroundings, found: Leaves) -> None:
    """Reads what an order has set going."""
    found.meetings = len(rows)
    for row in rows:
        meeting = meetings.meeting_of(session, row)
        if meeting.state is MeetingState.PLANNED:
            found.doubts += [doubt for doubt in doubts(meeting, around.now) if doubt not in found.doubts]
        for one in planned.lines(session, states=PlannedState, meeting=known(row.id)):
            line = one.planned
            if line.version != row.version:
                continue
            later = Later(
                Kind(line.kind), meeting.title, wall(line.due_at, meeting.zone), line.due_at, meeting.zone, line.reason
            )
            if line.state in (PlannedState.SKIPPED, PlannedState.MISSED) and line.reason != NOBODY:
                found.late.append(later)
            elif line.state in (PlannedState.COMING, PlannedState.HELD):
                found.coming.append(later)
        found.at_once += made_since(session, known(row.id), meeting.title, before, around)
