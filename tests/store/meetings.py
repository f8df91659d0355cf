"""Puts meetings into a database, moves them and makes their notices, in a line or two."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlmodel import select

from core.calendar import wall
from core.meetings import Meeting, MeetingState
from core.strategy import Strategy
from core.timetable import after_change, entries
from store import making, meetings, planned, withdraw
from store.database import Session
from store.making import Making
from store.tables import Meeting as MeetingRow
from store.tables import Planned
from store.tables.base import known, new_uid
from tests.store.people import CHANNELS, NOON

ZONE = "Europe/London"
MAKING = Making(Strategy(), CHANNELS, ZONE, live=True)


def a_meeting(starts: datetime, **more: Any) -> Meeting:
    values: dict[str, Any] = {"title": "Spring meeting", "zone": ZONE, "minutes": 90, "place": "The library"}
    return Meeting(id=new_uid(), starts=wall(starts, ZONE), **(values | more))


def put_in(session: Session, /, starts: datetime, at: datetime = NOON, **more: Any) -> MeetingRow:
    """Puts a meeting in; nothing is made of it yet."""
    meeting = a_meeting(starts, **more)
    row = meetings.add(session, meeting, "terminal", at)
    planned.plan_first(session, row, entries(meeting, MAKING.strategy, ZONE), at)
    return row


def move(session: Session, row: MeetingRow, starts: datetime, at: datetime) -> None:
    change(session, row, at, starts=wall(starts, ZONE))


def cancel(session: Session, row: MeetingRow, at: datetime) -> None:
    change(session, row, at, state=MeetingState.CANCELLED)


def change(session: Session, row: MeetingRow, at: datetime, **fields: Any) -> None:
    """Changes a meeting with all that follows, and makes what is due."""
    old = meetings.meeting_of(session, row)
    after = after_change(old, replace(old, **fields), MAKING.strategy, at, ZONE)
    meetings.save(session, row, after.meeting, at)
    if after.aspects:
        news = [after.news] if after.news else []
        planned.replan(session, row, [*news, *entries(after.meeting, MAKING.strategy, ZONE)], at)
        withdraw.withdraw_older(session, known(row.id), at)
    making.make_due(session, row, MAKING, at)


def make_all(session: Session, at: datetime) -> None:
    """Makes everything that is due."""
    planned.expire_held(session, at)
    while making.make_next(session, MAKING, at) is not None:
        pass


def states_of(session: Session, row: MeetingRow) -> set[tuple[str, str]]:
    """The kind and state of a meeting's entries."""
    wanted = select(Planned).where(Planned.meeting_id == row.id).execution_options(populate_existing=True)
    return {(one.kind, one.state) for one in session.exec(wanted)}
