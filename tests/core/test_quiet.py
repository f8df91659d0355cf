from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.quiet import QuietHours

MINUTE = timedelta(minutes=1)
ZONES = ("Europe/London", "America/New_York", "Australia/Lord_Howe")


def zone_changes(zone: ZoneInfo) -> list[datetime]:
    """The hours, in UTC, in which the clocks of a zone are changed from 2024 to 2030."""
    hour, found = datetime(2024, 1, 1, tzinfo=UTC), []
    while hour.year < 2031:
        later = hour + timedelta(hours=1)
        if hour.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
            found.append(hour)
        hour = later
    return found


def slowly(quiet: QuietHours, moment: datetime, zone: ZoneInfo) -> datetime:
    """The first minute that is not quiet, by looking at each."""
    while quiet.cover(moment, zone):
        moment += MINUTE
    return moment


@pytest.mark.parametrize("name", ZONES)
def test_quiet_hours_end_at_the_first_minute_that_is_not_quiet_around_every_change_of_the_clocks(name: str) -> None:
    zone = ZoneInfo(name)
    changes = zone_changes(zone)
    assert len(changes) == 14
    for quiet in (
        QuietHours(time(21), time(8)),
        QuietHours(time(22), time(1, 30)),
        QuietHours(time(21), time(2, 15)),
        QuietHours(time(1, 10), time(1, 50)),
        QuietHours(time(2, 5), time(2, 25)),
    ):
        for change in changes:
            for minutes in range(-8 * 60, 4 * 60, 25):
                moment = change + minutes * MINUTE
                assert quiet.over(moment, zone) == slowly(quiet, moment, zone), (quiet, moment)


@given(
    start=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    end=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    moment=st.integers(0, 7 * 365 * 1440).map(lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + minutes * MINUTE),
    name=st.sampled_from(ZONES),
)
def test_over_is_never_quiet_never_earlier_and_the_same_again(
    start: time, end: time, moment: datetime, name: str
) -> None:
    quiet, zone = QuietHours(start, end), ZoneInfo(name)
    over = quiet.over(moment, zone)
    assert not quiet.cover(over, zone)
    assert moment <= over <= moment + timedelta(hours=26)
    assert quiet.over(over, zone) == over
    assert (over == moment) == (not quiet.cover(moment, zone))


@pytest.mark.parametrize(
    ("start", "end", "local", "quiet"),
    [
        (time(21), time(8), time(20, 59), False),
        (time(21), time(8), time(21), True),
        (time(21), time(8), time(7, 59), True),
        (time(21), time(8), time(8), False),
        (time(12), time(14), time(13), True),
        (time(12), time(14), time(14), False),
        (time(9), time(9), time(9), False),
    ],
)
def test_the_start_is_quiet_and_the_end_is_not(start: time, end: time, local: time, quiet: bool) -> None:
    zone = ZoneInfo("Europe/London")
    moment = datetime.combine(date(2026, 6, 1), local, tzinfo=zone)
    assert QuietHours(start, end).cover(moment, zone) is quiet


def test_an_end_that_is_left_out_comes_when_the_clocks_have_gone_forward() -> None:
    zone = ZoneInfo("Europe/London")
    midnight = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)
    assert QuietHours(time(21), time(1, 30)).over(midnight, zone) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_an_end_that_comes_twice_counts_the_first_time() -> None:
    zone = ZoneInfo("Europe/London")
    evening = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)
    assert QuietHours(time(21), time(1, 30)).over(evening, zone) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
