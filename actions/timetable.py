"""The timetable: what goes out for meetings, when and to how many; hold an entry back and release it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from actions.leaving import Leaving, Surroundings
from core.calendar import wall
from core.meetings import Meeting
from core.notices import Kind, Plan, Whom
from core.people import Role
from core.planned import PlannedState
from core.roles import Actor
from core.strategy import Rule
from store import making, meetings, notices, planned
from store.audit import note
from store.database import Session
from store.tables import Planned


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timetable. `people` and `channels` count whom it would go to as things stand now.

    `key` names it for `hold` and `release`; `notice` is the id of what was made of it, where anything was.
    """

    key: str
    kind: Kind
    meeting: str
    title: str
    version: int
    state: PlannedState
    reason: str
    due_local: datetime
    zone: str
    due_at: datetime
    people: int
    channels: Counter[str]
    cost: Decimal
    notice: str | None


def hold(session: Session, actor: Actor, key: str, around: Surroundings) -> None:
    """Holds one entry of the timetable back until it is released."""
    actor.must_be(Role.COORDINATOR, "hold what is planned")
    note(session, actor, "timetable.hold", planned.hold(session, key, around.now).key, "", around.now)


def release(session: Session, actor: Actor, key: str, around: Surroundings) -> None:
    """Lets one held entry go out: when it is due, or at once where that is past and it is still useful."""
    actor.must_be(Role.COORDINATOR, "release what is held")
    note(session, actor, "timetable.release", planned.release(session, key, around.now).key, "", around.now)


def timetable(
    session: Session, actor: Actor, around: Surroundings, *, missed: bool = False, limit: int = 50
) -> list[Line]:
    """Lists what will go out, when, to how many on each channel and at what cost; `missed`: what did not go out."""
    actor.must_be(Role.VIEWER, "see the timetable")
    states = (PlannedState.MISSED, PlannedState.SKIPPED) if missed else (PlannedState.COMING, PlannedState.HELD)
    known: dict[tuple[Any, ...], Leaving] = {}
    found = []
    for one, meeting, notice in planned.lines(session, states=states, limit=limit):
        rule = planned.rule_of(one, around.strategy)
        leaving = Leaving(Kind(one.kind), meeting.title)
        if rule is not None and not missed:
            leaving = _leaving(session, one, meeting, rule, around, known)
        found.append(
            Line(
                key=one.key,
                kind=Kind(one.kind),
                meeting=meeting.id,
                title=meeting.title,
                version=one.version,
                state=PlannedState(one.state),
                reason=one.reason,
                due_local=wall(one.due_at, meeting.zone),
                zone=meeting.zone,
                due_at=one.due_at,
                people=leaving.people,
                channels=leaving.channels,
                cost=leaving.cost,
                notice=notice,
            )
        )
    return found


def _leaving(
    session: Session,
    one: Planned,
    meeting: Meeting,
    rule: Rule,
    around: Surroundings,
    known: dict[tuple[Any, ...], Leaving],
) -> Leaving:
    """Counts whom an entry would go to; entries with the same audience are counted once."""
    row = meetings.find(session, meeting.id)
    entry = planned.entry_of(one, meeting, rule)
    total = Leaving(entry.kind, meeting.title)
    for plan in making.plans_of(session, entry, row, meeting, around.making, around.now):
        leaving = Leaving(entry.kind, meeting.title)
        key = _audience(session, plan, one)
        if key not in known:
            today = around.now.astimezone(around.settings.zone).date()
            for _, steps in notices.steps_of(session, plan, around.channels, today, around.now):
                leaving.add(steps)
            known[key] = leaving
        counted = known[key]
        leaving = Leaving(entry.kind, meeting.title, counted.people, counted.channels)
        leaving.price(plan.content, around)
        total.people += leaving.people
        total.channels = total.channels + leaving.channels
        total.cost += leaving.cost
    return total


def _audience(session: Session, plan: Plan, one: Planned) -> tuple[Any, ...]:
    """Says what an audience depends on: of a meeting nobody has heard of yet, only the group."""
    same: tuple[Any, ...] = (plan.group, plan.calls, plan.all_routes, plan.rehearsal)
    if plan.about is None or (plan.about.whom is not Whom.TOLD and not meetings.begun(session, one.meeting_id)):
        whom = Whom.EVERYONE if plan.about is None or plan.about.whom is not Whom.YES else Whom.YES
        return (*same, whom)
    return (*same, plan.about)
