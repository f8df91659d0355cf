"""The timetable as it is read: what is coming, and what became of the rest."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session, col, select

from core.meetings import Meeting
from core.planned import PlannedState
from store import bulk
from store.meetings import meetings_by_key
from store.tables import Meeting as MeetingRow
from store.tables import Planned


class Coming(NamedTuple):
    """What the clock rings for: `id` names the job."""

    id: str
    at: datetime


def coming(session: Session, now: datetime, until: datetime) -> list[Coming]:
    """Returns what is due after `now` and up to `until`, the earliest first."""
    wanted = (
        select(Planned.kind, Planned.version, Planned.due_at, MeetingRow.uid)
        .join(MeetingRow, col(MeetingRow.id) == Planned.meeting_id)
        .where(Planned.state == PlannedState.COMING, Planned.due_at > now, Planned.due_at <= until)
        .order_by(col(Planned.due_at), col(Planned.id))
    )
    return [Coming(f"notice:{uid}:{kind}:{version}", at) for kind, version, at, uid in session.exec(wanted)]


class Line(NamedTuple):
    """One line of the timetable. `meeting` is as it is now; `notice` is the outside id of what was made of it."""

    planned: Planned
    meeting: Meeting
    notice: str | None


def lines(
    session: Session,
    *,
    states: Iterable[PlannedState] = (PlannedState.COMING, PlannedState.HELD),
    since: datetime | None = None,
    until: datetime | None = None,
    meeting: int | None = None,
    newest_first: bool = False,
    limit: int = 200,
) -> list[Line]:
    """Lists entries in the order in which they are due, or the other way round; both moments are those of the due
    time.
    """
    wanted = select(Planned).where(col(Planned.state).in_(tuple(states)))
    if since is not None:
        wanted = wanted.where(Planned.due_at >= since)
    if until is not None:
        wanted = wanted.where(Planned.due_at < until)
    if meeting is not None:
        wanted = wanted.where(Planned.meeting_id == meeting)
    order = col(Planned.due_at), col(Planned.id)
    wanted = wanted.order_by(*(one.desc() for one in order) if newest_first else order)
    found = session.exec(wanted.limit(limit)).all()
    keys = sorted({one.meeting_id for one in found})
    places = ", ".join("?" * len(keys))
    meetings = meetings_by_key(session, f"m.id IN ({places})", tuple(keys)) if keys else {}
    made = [one.notice_id for one in found if one.notice_id is not None]
    places = ", ".join("?" * len(made))
    notices = (
        dict(bulk.rows(session, f"SELECT id, uid FROM notice WHERE id IN ({places})", tuple(made))) if made else {}
    )
    return [Line(one, meetings[one.meeting_id], notices.get(one.notice_id)) for one in found]
