"""The timetable: what goes out for meetings, when and to how many; hold an entry back and release it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from actions.leaving import Leaving, Surroundings
from core.calendar import instant, wall
from core.meetings import Meeting
from core.notices import Kind, Plan, Whom
from core.people import Role
from core.planned import PlannedState
from core.roles import Actor
from core.strategy import Rule
from store import late, making, meetings, notices, planned
from store import timetable as rows
from store.audit import note
from store.database import Session
from store.tables import Meeting as MeetingRow
from store.tables import Planned

Counted = dict[tuple[Any, ...], Leaving]
"""Whom entries would go to, by their key and version, and audiences, by what they depend on."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timetable. `people` and `channels` count whom it would go to as things stand now, once live.

    `left_out` counts by the reason those who belong to its audience and are left out on purpose.

    `number` stays the same, `key` names it for `hold` and `release`; `notice` is the id of what was made of it, where
    anything was.
    """

    number: int
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
    left_out: Counter[str]
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


class Sent(NamedTuple):
    """What became of an entry that was to be sent late. `repeat`: it was made before, and nothing was done now.

    `waits` says why it is held instead, or nothing; `due_local` is when it should have gone out.
    """

    kind: Kind
    title: str
    due_local: datetime
    repeat: bool
    waits: str


def send(session: Session, actor: Actor, key: str, around: Surroundings) -> Sent:
    """Sends what was skipped or missed after all, by its key or number; once, however often it is asked for.

    It is useful from now on until the meeting starts. Raises `UserError` where it can't help anybody any more.
    """
    actor.must_be(Role.COORDINATOR, "send what was missed")
    one, done = late.send_late(session, key, around.making, around.now)
    if done:
        note(session, actor, "timetable.send", one.key, "", around.now)
    meeting = session.get_one(MeetingRow, one.meeting_id)
    waits = one.reason if one.state == PlannedState.HELD else ""
    return Sent(Kind(one.kind), meeting.title, wall(one.due_at, meeting.zone), not done, waits)


def timetable(
    session: Session,
    actor: Actor,
    around: Surroundings,
    *,
    missed: bool = False,
    since: date | None = None,
    limit: int = 50,
    count: bool = True,
    known: Counted | None = None,
) -> list[Line]:
    """Lists what will go out, when, to how many on each channel and at what cost, the next first.

    `missed` lists what did not go out instead, the newest first. `since` is the first day, by the group's own clocks,
    on which what is listed was or is due. Without `count` nobody is counted, which takes no time however many there
    are. `known` holds the audiences that were counted a moment ago, and takes up those that are counted now.
    """
    actor.must_be(Role.VIEWER, "see the timetable")
    states = (PlannedState.MISSED, PlannedState.SKIPPED) if missed else (PlannedState.COMING, PlannedState.HELD)
    known = {} if known is None else known
    found = []
    midnight = None if since is None else instant(datetime.combine(since, datetime.min.time()), around.zone)
    all_ = rows.lines(session, states=states, since=midnight, newest_first=missed, limit=limit)
    for one, meeting, notice in all_:
        rule = planned.rule_of(one, around.strategy)
        leaving = Leaving(Kind(one.kind), meeting.title)
        if rule is not None and count and not missed:
            if (one.key, one.version) not in known:
                known[one.key, one.version] = _leaving(session, one, meeting, rule, around, known)
            leaving = known[one.key, one.version]
        found.append(
            Line(
                number=one.id or 0,
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
                left_out=leaving.left_out,
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
    known: Counted,
) -> Leaving:
    """Counts whom an entry would go to; entries with the same audience are counted once."""
    row = meetings.find(session, meeting.id)
    entry = planned.entry_of(one, meeting, rule)
    live = replace(around.making, live=True)  # in a rehearsal too: the question is what this will mean
    total = Leaving(entry.kind, meeting.title)
    for plan in making.plans_of(session, entry, row, meeting, live, around.now):
        leaving = Leaving(entry.kind, meeting.title)
        key = _audience(session, plan, one)
        if key not in known:
            today = around.now.astimezone(around.settings.zone).date()
            for _, steps in notices.steps_of(session, plan, around.channels, today, around.now):
                leaving.add(steps)
            known[key] = leaving
        counted = known[key]
        leaving = replace(counted, kind=entry.kind, title=meeting.title)
        leaving.price(plan.content, around)
        total.people += leaving.people
        total.channels = total.channels + leaving.channels
        total.left_out = total.left_out + leaving.left_out
        total.cost += leaving.cost
    return total


def _audience(session: Session, plan: Plan, one: Planned) -> tuple[Any, ...]:
    """Says what an audience depends on: of a meeting nobody has heard of yet, only the group."""
    same: tuple[Any, ...] = (plan.group, plan.calls, plan.all_routes, plan.rehearsal)
    if plan.about is None or (plan.about.whom is not Whom.TOLD and not meetings.begun(session, one.meeting_id)):
        whom = Whom.EVERYONE if plan.about is None or plan.about.whom is not Whom.YES else Whom.YES
        return (*same, whom)
    return (*same, plan.about)
