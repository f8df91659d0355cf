"""Sends on purpose what was too late to go out by itself."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from core.errors import UserError
from core.meetings import Meeting, MeetingState
from core.notices import Kind
from core.planned import PlannedState
from core.strategy import Rule
from store import meetings, planned
from store.making import Making, make
from store.tables import Meeting as MeetingRow
from store.tables import Planned


def send_late(session: Session, key: str, making: Making, now: datetime) -> tuple[Planned, bool]:
    """Makes at once what was skipped or missed, useful from now on until the meeting starts.

    Returns the entry, and whether anything was done: what was made already is not made again. Raises `UserError` where
    it can't help anybody any more: a newer version, a cancellation, a meeting that has begun.
    """
    row, one = planned.with_meeting(session, key)
    where = f"entry {key[:80]}"
    if one.state == PlannedState.MADE:
        return one, False
    if one.state not in (PlannedState.SKIPPED, PlannedState.MISSED, PlannedState.WITHDRAWN):
        mend = "ringround timetable release lets it go." if one.state == PlannedState.HELD else "It goes out by itself."
        raise UserError(f"This is {one.state}, and not late", where=where, mend=mend)
    meeting = meetings.meeting_of(session, row)
    if meeting.state is MeetingState.CANCELLED and one.version != row.version:
        raise UserError("The meeting is cancelled, so nothing else is sent about it", where=where)
    if one.version != row.version:
        mend = "People are told of the newer one: ringround timetable"
        raise UserError("The meeting has a newer version, so this would be wrong", where=where, mend=mend)
    rule = planned.rule_of(one, making.strategy)
    if rule is None or one.state == PlannedState.WITHDRAWN:
        raise UserError("The strategy no longer asks for this", where=where)
    if not _send_late(session, one, rule, row, meeting, making, now):
        raise UserError("The meeting has begun, so this is too late", where=where)
    if one.state not in (PlannedState.MADE, PlannedState.HELD):
        raise UserError(f"This can't be sent: {one.reason}", where=where)
    return one, True


def send_all_late(session: Session, row: MeetingRow, making: Making, now: datetime) -> int:
    """Makes at once all of a meeting that was skipped because it was late; returns of how many entries."""
    meeting = meetings.meeting_of(session, row)
    rules = ((one, planned.rule_of(one, making.strategy)) for one in planned.late_of(session, row))
    return sum(_send_late(session, one, rule, row, meeting, making, now) for one, rule in rules if rule)


def _send_late(
    session: Session, one: Planned, rule: Rule, row: MeetingRow, meeting: Meeting, making: Making, now: datetime
) -> bool:
    until = now + rule.not_after.span if one.kind == Kind.THANKS else meeting.starts_at
    if until <= now:
        return False
    one.not_after = until
    make(session, planned.entry_of(one, meeting, rule), one, row, meeting, making, now)
    return True
