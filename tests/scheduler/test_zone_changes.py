"""Clocks that are changed, by law twice a year and by hand at any time: each notice once, at its right local time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select

from config.settings import Settings
from core.calendar import exists, twice, wall
from core.clock import SteppedClock
from core.meetings import Meeting
from core.notices import Kind
from core.planned import PlannedState
from core.quiet import QuietHours
from core.strategy import Anchor, NotAfter, Rule, Strategy
from core.timetable import entries
from scheduler import timetable
from scheduler.meetings import MeetingNotices
from scheduler.timetable import LOOK_EVERY, Timetable
from store import meetings, planned
from store.database import Database, Session
from store.making import Making, make_next
from store.tables import Notice, Planned
from store.tables.base import new_uid
from tests.core.zones import CHANGES, ZONES, changes_of
from tests.scheduler.scripted import until
from tests.store.people import CHANNELS, NOON, add_person

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

TIMES = (time(0, 45), time(1, 15), time(1, 45), time(2, 15))
"""Before and in the hour, or half-hour, that each of the zones leaves out or has twice."""

AROUND_THE_CLOCK = QuietHours(time(0), time(0))
BY_NIGHT = Strategy(tuple(Rule(Kind.REMINDER, days, at) for days, at in enumerate(TIMES, 2)), quiet=AROUND_THE_CLOCK)

AT_THE_END = Strategy((Rule(Kind.THANKS, 0, time(0), not_after=NotAfter(Anchor.DUE, 3 * DAY)),), quiet=AROUND_THE_CLOCK)
"""Thanks leave the moment that the meeting ends."""


def a_meeting(starts: datetime, zone: str, **more: object) -> Meeting:
    return Meeting(new_uid(), "Spring meeting", starts, zone, 60, place="The library", **more)  # type: ignore[arg-type]


def meetings_around(zone: str, change: datetime) -> list[Meeting]:
    """For each rule a meeting that has it on the day of the change."""
    noon = wall(change, zone).replace(hour=12, minute=0)
    return [a_meeting(noon + timedelta(days=rule.days or 0), zone) for rule in BY_NIGHT.rules]


def right_moment(local: datetime, zone: str) -> datetime:
    """When a wall-clock time is, worked out from the offsets of the day before and the day after alone."""
    place, naive = ZoneInfo(zone), local.replace(tzinfo=UTC)
    before, after = ((naive + days).astimezone(place).utcoffset() or timedelta() for days in (-DAY, DAY))
    shown = [naive - offset for offset in (before, after) if wall(naive - offset, zone) == local]
    return min(shown) if shown else naive - before  # in the gap: as late as by the clock that was not put forward


def right_moments(meeting: Meeting) -> dict[str, datetime]:
    """When each notice of a meeting is due, by the name of its rule."""
    return {
        rule.name: right_moment(
            datetime.combine(meeting.starts.date() - timedelta(days=rule.days or 0), rule.at or time()), meeting.zone
        )
        for rule in BY_NIGHT.rules
    }


@pytest.mark.parametrize(("zone", "change"), CHANGES)
def test_around_every_change_of_the_clocks_each_notice_is_planned_once_at_its_right_moment(
    zone: str, change: datetime
) -> None:
    for meeting in meetings_around(zone, change):
        found = entries(meeting, BY_NIGHT)
        assert sorted(entry.name for entry in found) == sorted(rule.name for rule in BY_NIGHT.rules)
        assert {entry.name: entry.due_at for entry in found} == right_moments(meeting)


@pytest.mark.parametrize(("zone", "change"), CHANGES)
def test_one_of_the_tried_times_is_left_out_or_comes_twice_that_day(zone: str, change: datetime) -> None:
    tried = [datetime.combine(wall(change, zone), at) for at in TIMES]
    assert any(twice(local, zone) or not exists(local, zone) for local in tried)


@pytest.mark.parametrize("zone", ZONES)
def test_through_every_change_of_the_clocks_each_notice_is_made_once_and_to_the_second(
    zone: str, database: Database
) -> None:
    changes = changes_of(zone)
    clock = SteppedClock(changes[0] - 30 * DAY)
    making = Making(BY_NIGHT, CHANNELS, "UTC", live=True)
    expected: dict[tuple[str, str], datetime] = {}
    with database.writing() as session:
        add_person(session, "Ann", "email")
    for change in changes:
        clock.step(change - 30 * DAY - clock.now())
        with database.writing() as session:
            dues: set[datetime] = set()
            for meeting in meetings_around(zone, change):
                row = meetings.add(session, meeting, "terminal", clock.now())
                planned.plan_first(session, row, entries(meeting, BY_NIGHT), clock.now())
                expected |= {(meeting.id, name): due for name, due in right_moments(meeting).items()}
                dues |= set(right_moments(meeting).values())
            for due in sorted(dues):
                clock.step(due - SECOND - clock.now())
                assert not planned.anything_due(session, clock.now())
                clock.step(SECOND)
                while make_next(session, making, clock.now()) is not None:
                    pass
    with database.reading() as session:
        made = made_at(session)
    assert len(made) == len(expected) == 14 * len(TIMES) ** 2
    assert {(meeting, name): at for meeting, name, at in made} == expected


def made_at(session: Session) -> list[tuple[str, str, datetime]]:
    """The meeting, the rule and the moment of each notice, with exactly one entry of the timetable to each."""
    rows = session.exec(select(Planned).where(Planned.state == PlannedState.MADE)).all()
    found = session.exec(select(Notice).where(col(Notice.meeting_id).is_not(None))).all()
    assert sorted(row.notice_id or 0 for row in rows) == sorted(notice.id or 0 for notice in found)
    created = {notice.id: notice.created_at for notice in found}
    return [(row.key.split(":")[1], row.name, created[row.notice_id]) for row in rows]


# The clock of the machine is set while the service runs.


def plan_ends(database: Database, first: datetime, last: datetime) -> dict[str, datetime]:
    """Plans a meeting that ends, and is thanked for, every twenty minutes; returns when by the meetings' ids."""
    ends: dict[str, datetime] = {}
    with database.writing() as session:
        add_person(session, "Ann", "email")
        end = first
        while end <= last:
            meeting = a_meeting(wall(end - HOUR, "Europe/London"), "Europe/London", thanks="Thank you.")
            row = meetings.add(session, meeting, "terminal", NOON - 3 * DAY)
            planned.plan_first(session, row, entries(meeting, AT_THE_END), NOON - 3 * DAY)
            ends[meeting.id] = end
            end += 20 * MINUTE
    return ends


@pytest.mark.parametrize("step", [HOUR, -HOUR, DAY, -DAY], ids=["an hour on", "an hour back", "a day on", "a day back"])
async def test_a_clock_that_is_set_while_running_makes_each_notice_once_and_at_most_a_minute_late(
    step: timedelta, database: Database
) -> None:
    ends = plan_ends(database, NOON + 5 * MINUTE, NOON + DAY + 2 * HOUR)
    clock = SteppedClock(NOON)
    notices = MeetingNotices(database, Making(AT_THE_END, CHANNELS, "Europe/London", live=True), clock)
    landed: dict[str, datetime] = {}
    """When a notice could be made at the earliest: when it was due, or when the clock landed beyond that."""

    async def run(hours: float) -> None:
        """Looks as often as the timetable does, whether anything rings or not."""
        for _ in range(round(hours * HOUR.total_seconds() / LOOK_EVERY)):
            clock.step(timedelta(seconds=LOOK_EVERY))
            await notices.make()

    def jump(by: timedelta) -> None:
        before = clock.now()
        clock.step(by)
        for meeting, end in ends.items():
            if before < end <= clock.now():
                landed.setdefault(meeting, clock.now())

    await notices.make()
    await run(1.2)
    jump(step)
    await run(0.5)
    so_far = clock.now()
    jump(max(-step, timedelta()) + 30 * MINUTE)  # a clock that was put back is put right again
    await run(0.3)

    with database.reading() as session:
        made = {meeting: at for meeting, _, at in made_at(session)}
        assert len(made) == len(made_at(session)), "nothing was made twice"
    passed = {meeting: end for meeting, end in ends.items() if end <= max(so_far, clock.now())}
    assert made.keys() == passed.keys()
    for meeting, at in made.items():
        assert ends[meeting] <= at <= landed.get(meeting, ends[meeting]) + MINUTE


async def test_the_service_notices_by_itself_that_the_clock_was_set(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert LOOK_EVERY <= 60
    monkeypatch.setattr(timetable, "LOOK_EVERY", 0.02)
    ends = plan_ends(database, NOON + 5 * MINUTE, NOON + 2 * HOUR)
    clock = SteppedClock(NOON)
    notices = MeetingNotices(database, Making(AT_THE_END, CHANNELS, "Europe/London", live=True), clock)

    def made() -> int:
        with database.reading() as session:
            return len(made_at(session))

    assert database.path is not None
    async with Timetable(database, Settings(data_dir=database.path.parent), clock, notices):
        clock.step(HOUR)
        await until(lambda: made() == 3)
        clock.step(-DAY)
        await asyncio.sleep(0.1)
        clock.step(DAY + HOUR)
        await until(lambda: made() == len(ends))
        await asyncio.sleep(0.1)
        assert made() == len(ends)
