"""What an order about meetings would set going, said before anybody gives it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from actions.leaving import Leaving, Surroundings, made_since, newest_notice
from actions.meeting_orders import Order
from actions.meetings import carry_out
from actions.notices import is_rehearsal
from core.calendar import wall
from core.meetings import MeetingState, doubts
from core.notices import Kind
from core.planned import NOBODY, PlannedState
from core.roles import Actor
from store import meetings, timetable
from store.database import Session
from store.tables import Meeting as MeetingRow
from store.tables.base import known


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
    never will. `late` is skipped, `coming` waits for its time or for somebody who releases it. In rehearsal it is shown
    as if it were live.
    """

    rehearsal: bool
    meetings: int = 0
    doubts: list[str] = field(default_factory=list)
    at_once: list[Leaving] = field(default_factory=list)
    late: list[Later] = field(default_factory=list)
    coming: list[Later] = field(default_factory=list)
    withdrawn: int = 0


def what_leaves(session: Session, actor: Actor, order: Order, around: Surroundings) -> Leaves:
    """Says what an order would set going at once, to how many and by which channels.

    It is done and taken back again, so what is said is what will happen; the session must be one that may write.
    """
    found = Leaves(is_rehearsal(session, around.settings))
    live = replace(around.making, live=True)
    before = newest_notice(session)
    trial = session.begin_nested()
    try:
        rows, found.withdrawn = carry_out(session, actor, order, around, live, sure=True)
        _look(session, rows, before, around, found)
    finally:
        trial.rollback()
        session.expire_all()
    return found


def _look(session: Session, rows: list[MeetingRow], before: int, around: Surroundings, found: Leaves) -> None:
    """Reads what an order has set going."""
    found.meetings = len(rows)
    for row in rows:
        meeting = meetings.meeting_of(session, row)
        if meeting.state is MeetingState.PLANNED:
            found.doubts += [doubt for doubt in doubts(meeting, around.now) if doubt not in found.doubts]
        for one in timetable.lines(session, states=PlannedState, meeting=known(row.id)):
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
