"""Meetings: put one in, move it, cancel it, and note who comes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from actions.leaving import Surroundings
from actions.meeting_orders import Cancellation, Change, NewMeeting, Order, changed, dated
from actions.notices import check_words
from core.answers import Answer
from core.errors import UserError
from core.meeting_words import notice_words
from core.meetings import Meeting, MeetingState, check, doubts
from core.notices import Kind
from core.people import Role
from core.roles import Actor
from core.strategy import AT_ONCE
from core.timetable import after_change, entries
from store import answers, late, making, meetings, planned, withdraw
from store.audit import note
from store.database import Session
from store.groups import find_group
from store.making import Making
from store.rebuild import rebuild
from store.tables import Meeting as MeetingRow
from store.tables.base import known


class InThePast(UserError):
    """A meeting would start in the past, and nobody has said that they are sure: each door has its own way to ask."""


class Done(NamedTuple):
    """The meetings that an order made or changed, and how many messages it withdrew before they left."""

    rows: list[MeetingRow]
    withdrawn: int = 0


def add(session: Session, actor: Actor, new: NewMeeting, around: Surroundings, *, sure: bool = False) -> list[str]:
    """Puts a meeting, or each date of a series, in; returns their ids. What is due by now leaves at once.

    Raises `UserError` that names the field: no time, an unknown zone or group, an endless rule, words that can't go
    out on some channel; and `InThePast`, which is one, for a date in the past, unless somebody is `sure`.
    """
    rows = carry_out(session, actor, new, around, around.making, sure=sure).rows
    note(session, actor, "meeting.add", rows[0].uid, str(len(rows)), around.now)
    return [row.uid for row in rows]


def move(session: Session, actor: Actor, change: Change, around: Surroundings, *, sure: bool = False) -> str:
    """Changes a meeting; returns its id. Raises `UserError` as `add` does, and for a meeting that is cancelled.

    A new time, length, place or way to join makes a new version: what has not left of the old one is withdrawn, and
    everyone who was told of it is told what has changed.
    """
    (row,) = carry_out(session, actor, change, around, around.making, sure=sure).rows
    note(session, actor, "meeting.move", row.uid, f"version {row.version}", around.now)
    return row.uid


def cancel(session: Session, actor: Actor, cancellation: Cancellation, around: Surroundings) -> str:
    """Cancels a meeting and tells everyone who was told of it; returns its id. Doing it again changes nothing."""
    (row,) = carry_out(session, actor, cancellation, around, around.making).rows
    note(session, actor, "meeting.cancel", row.uid, f"version {row.version}", around.now)
    return row.uid


def answer(
    session: Session, actor: Actor, meeting: str, person: str, value: str, medium: str, around: Surroundings
) -> None:
    """Notes what somebody answered to a meeting, the latest answer counts; what makes no sense any more is stopped."""
    actor.must_be(Role.CALLER, "note answers")
    if value not in list(Answer):
        raise UserError(f"There is no answer {value[:40]!r}", mend=f"Use one of: {', '.join(Answer)}.")
    row = meetings.find(session, meeting, lock=True)
    answers.answer(session, row, person, Answer(value), medium, around.now)
    note(session, actor, "meeting.answer", row.uid, value, around.now)


def carry_out(
    session: Session, actor: Actor, order: Order, around: Surroundings, making_: Making, *, sure: bool = False
) -> Done:
    """Does what an order asks for with all that follows at once, and writes no line in the audit."""
    if isinstance(order, NewMeeting):
        return _add(session, actor, order, around, making_, sure=sure)
    if isinstance(order, Change):
        return _move(session, actor, order, around, making_, sure=sure)
    return _cancel(session, actor, order, around, making_)


def _add(session: Session, actor: Actor, new: NewMeeting, around: Surroundings, making_: Making, *, sure: bool) -> Done:
    actor.must_be(Role.COORDINATOR, "put meetings in")
    all_ = dated(new, around.zone, find_group(session, new.group).name if new.group else None)
    for meeting in all_:
        _check_date(meeting, around.now, sure=sure)
    _check_all_words(all_[0], around)
    rows = []
    for meeting in all_:
        row = meetings.add(session, meeting, actor.name, around.now)
        planned.plan_first(session, row, entries(meeting, around.strategy, around.zone), around.now)
        making.make_due(session, row, making_, around.now)
        if new.late:
            late.send_all_late(session, row, making_, around.now)
        rows.append(row)
    return Done(rows)


def _move(session: Session, actor: Actor, change: Change, around: Surroundings, making_: Making, *, sure: bool) -> Done:
    actor.must_be(Role.COORDINATOR, "change meetings")
    row = meetings.find(session, change.id, lock=True)
    old = meetings.meeting_of(session, row)
    if old.state is MeetingState.CANCELLED:
        raise UserError("This meeting is cancelled", where=f"meeting {row.uid}", mend="Put a new one in.")
    new = changed(old, change)
    check(new)
    if (new.starts, new.zone) != (old.starts, old.zone):
        _check_date(new, around.now, sure=sure)
    _check_all_words(new, around)
    withdrawn = _replace(session, row, old, new, around, making_)
    if change.late:
        late.send_all_late(session, row, making_, around.now)
    return Done([row], withdrawn)


def _cancel(session: Session, actor: Actor, cancellation: Cancellation, around: Surroundings, making_: Making) -> Done:
    actor.must_be(Role.COORDINATOR, "cancel meetings")
    row = meetings.find(session, cancellation.id, lock=True)
    old = meetings.meeting_of(session, row)
    if old.state is MeetingState.CANCELLED:
        return Done([row])
    new = replace(old, state=MeetingState.CANCELLED, why=cancellation.why.strip())
    check(new)
    rule = around.strategy.rule(Kind.CANCELLATION)
    check_words(notice_words(rule, new, old=old, zone=around.zone, speech=around.speech()), around)
    return Done([row], _replace(session, row, old, new, around, making_))


def _replace(
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
        rebuild(session, around.strategy, around.zone, around.now, only=known(row.id))
    making.make_due(session, row, making_, around.now)
    return withdrawn


def _check_date(meeting: Meeting, now: datetime, *, sure: bool) -> None:
    if meeting.starts_at <= now and not sure:
        raise InThePast(doubts(meeting, now)[0], where="the start", mend="Check the date.")


def _check_all_words(meeting: Meeting, around: Surroundings) -> None:
    """Raises `UserError` where a notice that the meeting may make can't go out on some channel."""
    for rule in around.strategy.rules:
        if rule.kind is not Kind.THANKS or meeting.thanks:
            old = meeting if rule.kind in AT_ONCE else None
            check_words(notice_words(rule, meeting, old=old, zone=around.zone, speech=around.speech()), around)
