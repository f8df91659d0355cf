"""What the timetable does for meetings: makes the notices that are due, and tells coordinators what comes tomorrow.

Any number of processes may do this at once, whether they send or not: the rows decide who makes what.
"""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from core import spoken
from core.calendar import instant, wall
from core.clock import Clock
from core.errors import StoreError
from core.planned import PlannedState
from core.strategy_words import words_for
from store import making, planned, timetable, withdraw
from store.alerts import tell_staff, was_told
from store.database import Database, Session
from store.making import Making
from store.rebuild import rebuild
from store.timetable import Coming

AHEAD = timedelta(hours=1)
"""How far ahead the clock is set to ring; it is set anew at each look."""

SWEEP_EVERY = 30.0
"""Seconds between two looks for those whom a change has missed."""

log = logging.getLogger(__name__)


class MeetingNotices:
    """Makes the notices of meetings when they are due."""

    def __init__(self, database: Database, making_: Making, clock: Clock) -> None:
        self._database, self._making, self._clock = database, making_, clock
        self._rebuilt = False
        self._swept_at: float | None = None

    async def make(self) -> None:
        """Makes all that is due; what can't be written down now is made at the next look."""
        try:
            if not self._rebuilt:
                await self._database.write(rebuild, self._making.strategy, self._making.zone, self._clock.now())
                self._rebuilt = True
            while await self._database.read(planned.anything_due, now := self._clock.now()):
                if await self._database.write(_make_next, self._making, now) is None:
                    break
            await self._sweep()
            await self._tell_what_comes()
        except StoreError as error:
            log.error("The notices of meetings can't be made yet: %s", error)

    async def coming(self) -> list[Coming]:
        """Returns what is due within the hour, and the next evening's list: what the clock is to ring for."""
        now = self._clock.now()
        try:
            found = await self._database.read(timetable.coming, now, now + AHEAD)
        except StoreError:
            found = []
        day, at = self._next_evening(now)
        return [*found, Coming(f"evening:{day.isoformat()}", at)]

    async def _sweep(self) -> None:
        """Finds what an edit could not reach: a call that was being put on the list, somebody told a moment later."""
        if self._swept_at is not None and self._clock.monotonic() - self._swept_at < SWEEP_EVERY:
            return
        self._swept_at = self._clock.monotonic()
        now = self._clock.now()
        for meeting in await self._database.read(withdraw.meetings_with_older, now):
            await self._database.write(withdraw.withdraw_older, meeting, now)
        for meeting in await self._database.read(making.latecomers, now):
            await self._database.write(making.tell_latecomers, meeting, self._making, now)

    async def _tell_what_comes(self) -> None:
        """Gives coordinators tomorrow's list, once this evening has come."""
        now, zone = self._clock.now(), self._making.zone
        today = wall(now, zone).date()
        if now < self._evening(today) or await self._database.read(was_told, _key(today)):
            return
        tomorrow = today + timedelta(days=1)
        if text := await self._database.read(_list, tomorrow, self._making):
            await self._database.write(tell_staff, _key(today), f"What goes out on {spoken.day(tomorrow)}", text, now)

    def _evening(self, day: date) -> datetime:
        at = self._making.strategy.coordinators_evening
        return instant(datetime.combine(day, at), self._making.zone)

    def _next_evening(self, now: datetime) -> tuple[date, datetime]:
        day = now.astimezone(ZoneInfo(self._making.zone)).date()
        if self._evening(day) <= now:
            day += timedelta(days=1)
        return day, self._evening(day)


def _make_next(session: Session, making_: Making, now: datetime) -> int | None:
    planned.expire_held(session, now)
    return making.make_next(session, making_, now)


def _key(day: date) -> str:
    return f"evening:{day.isoformat()}"


def _list(session: Session, day: date, making_: Making) -> str:
    """Writes a day's list, or nothing where nothing goes out."""
    midnight = datetime.combine(day, datetime.min.time())
    since, until = (instant(midnight + timedelta(days=days), making_.zone) for days in (0, 1))
    lines = []
    for one, meeting, _ in timetable.lines(session, since=since, until=until):
        if (rule := planned.rule_of(one, making_.strategy)) is None:
            continue
        at = spoken.clock(wall(one.due_at, making_.zone).time())
        held = " (held back)" if one.state == PlannedState.HELD else ""
        lines.append(f"- {at}: {words_for(rule)}, {meeting.title}, {spoken.when(meeting.starts, year=False)}{held}")
    if not lines:
        return ""
    heading = f"On {spoken.day(day)} these go out by themselves:"
    return "\n".join([heading, "", *lines, "", "ringround timetable shows them, and holds one back."])
