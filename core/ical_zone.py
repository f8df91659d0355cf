"""The clocks of a zone as an iCalendar file describes them (VTIMEZONE, RFC 5545 3.6.5).

`icalendar` can make one too, but its changes in spring come an hour late (their times are told by the new offset
instead of the old one), and it lists dates where Outlook wants a yearly rule with BYDAY ([MS-OXCICAL] 2.1.3.1.1.19).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

if TYPE_CHECKING:  # it takes a third of a second to import
    from icalendar import Timezone

_DAY: Final = 24 * 60 * 60  # seconds
_WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class _Change:
    """The clocks go from one offset to another; `onset` is what they show just before."""

    onset: datetime
    before: timedelta
    after: timedelta
    called: str

    @property
    def kind(self) -> tuple[timedelta, timedelta, str]:
        return self.before, self.after, self.called


@lru_cache(64)
def timezone(zone: str, first: int, last: int) -> Timezone:
    """Describes the clocks of `zone` (an IANA name) for all of the years `first` to `last`; not to be changed."""
    from icalendar import Timezone, TimezoneDaylight, TimezoneStandard, vRecur

    clocks = ZoneInfo(zone)
    changes = _changes(clocks, first - 1, last)
    if not changes or changes[0].onset.year >= first:  # what the clocks show before the first of them
        changes.insert(0, _standing(clocks, first - 1))
    winter = min(change.after for change in changes)
    described = Timezone()
    described.add("TZID", zone)
    for _, group in groupby(sorted(changes, key=lambda change: change.kind), key=lambda change: change.kind):
        alike = list(group)
        rule = _yearly([change.onset for change in alike], last)
        for change in alike[:1] if rule else alike:
            part = TimezoneStandard() if change.after == winter else TimezoneDaylight()
            part.add("DTSTART", change.onset)
            part.add("TZOFFSETFROM", change.before)
            part.add("TZOFFSETTO", change.after)
            part.add("TZNAME", change.called)
            if rule:
                part.add("RRULE", vRecur(rule))
            described.add_component(part)
    return described


def _changes(clocks: ZoneInfo, first: int, last: int) -> list[_Change]:
    """Finds every change of the clocks in the years `first` to `last`, to the second."""

    def offset(second: int) -> timedelta:
        return datetime.fromtimestamp(second, clocks).utcoffset() or timedelta()

    found = []
    begin, end = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (first, last + 1))
    for day in range(begin, end, _DAY):
        before, after = offset(day), offset(day + _DAY)
        if before != after:
            second = _first(range(day, day + _DAY + 1), offset, before)
            onset = datetime.fromtimestamp(second, UTC).replace(tzinfo=None) + before
            found.append(_Change(onset, before, after, datetime.fromtimestamp(second, clocks).tzname() or ""))
    return found


def _first(seconds: range, offset: Callable[[int], timedelta], before: timedelta) -> int:
    """Gives the first second at which the offset is no longer what it was before."""
    return seconds[bisect_left(seconds, True, key=lambda second: offset(second) != before)]


def _standing(clocks: ZoneInfo, year: int) -> _Change:
    """Gives what the clocks show as a year begins, as a change from the same to the same."""
    begin = datetime(year, 1, 1, tzinfo=clocks)
    offset = begin.utcoffset() or timedelta()
    return _Change(begin.replace(tzinfo=None), offset, offset, begin.tzname() or "")


def _yearly(onsets: Sequence[datetime], last: int) -> dict[str, str | int] | None:
    """Finds the rule that gives exactly these onsets up to the year `last`, such as the last Sunday in March."""
    begin = onsets[0]
    every_year = [onset.year for onset in onsets] == list(range(begin.year, last + 1))
    same = {(onset.month, onset.weekday(), onset.time()) for onset in onsets}
    if len(onsets) < 2 or not every_year or len(same) > 1:
        return None
    weekday = _WEEKDAYS[begin.weekday()]
    if all((onset + timedelta(days=7)).month != onset.month for onset in onsets):
        return {"FREQ": "YEARLY", "BYMONTH": begin.month, "BYDAY": f"-1{weekday}"}
    weeks = {(onset.day - 1) // 7 + 1 for onset in onsets}
    if len(weeks) > 1:
        return None
    return {"FREQ": "YEARLY", "BYMONTH": begin.month, "BYDAY": f"{weeks.pop()}{weekday}"}
