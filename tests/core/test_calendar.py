# ruff: noqa: DTZ001 - a wall-clock time has no offset
from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendar import exists, instant, on_day, read_shown, read_wall, read_zone, twice, wall
from core.errors import UserError
from tests.core.zones import CHANGES, ZONES, changes_of

MINUTE = timedelta(minutes=1)
LOCALS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 31)).map(lambda at: at.replace(second=0, microsecond=0))


def moments_showing(local: datetime, zone: str) -> list[datetime]:
    """The moments at which the clocks show a time, by looking at every minute of three days."""
    place, start = ZoneInfo(zone), local.replace(tzinfo=UTC) - timedelta(hours=36)
    around = (start + count * MINUTE for count in range(72 * 60))
    return [moment for moment in around if moment.astimezone(place).replace(tzinfo=None, fold=0) == local]


def test_each_zone_changes_its_clocks_fourteen_times_in_seven_years() -> None:
    assert [len(changes_of(zone)) for zone in ZONES] == [14, 14, 14]


@pytest.mark.parametrize(("zone", "change"), CHANGES)
def test_a_time_near_a_change_is_the_first_moment_that_shows_it_or_is_shifted_by_the_gap(
    zone: str, change: datetime
) -> None:
    place = ZoneInfo(zone)
    before, after = ((change + by).astimezone(place).utcoffset() for by in (-MINUTE, timedelta()))
    assert before is not None
    assert after is not None
    shift = after - before
    assert abs(shift) == (timedelta(minutes=30) if zone == "Australia/Lord_Howe" else timedelta(hours=1))
    turn = (change - MINUTE).astimezone(place).replace(tzinfo=None) + MINUTE  # what the clocks would show unchanged
    for minutes in range(-90, 91, 15):
        local = turn + minutes * MINUTE
        shown = moments_showing(local, zone)
        moment = instant(local, zone)
        if shown:
            assert moment == shown[0]
            assert wall(moment, zone) == local
        else:
            assert wall(moment, zone) == local + shift
        assert exists(local, zone) == bool(shown)
        assert twice(local, zone) == (len(shown) == 2)
        gap = shift > timedelta() and timedelta() <= local - turn < shift
        fold = shift < timedelta() and shift <= local - turn < timedelta()
        assert len(shown) == (0 if gap else 2 if fold else 1)


def test_a_time_in_the_gap_is_later_and_a_time_that_comes_twice_is_the_first() -> None:
    assert instant(datetime(2027, 3, 28, 1, 30), "Europe/London") == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    assert wall(instant(datetime(2027, 3, 28, 1, 30), "Europe/London"), "Europe/London").hour == 2
    assert instant(datetime(2027, 10, 31, 1, 30), "Europe/London") == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    gap = instant(datetime(2027, 10, 3, 2, 15), "Australia/Lord_Howe")
    assert wall(gap, "Australia/Lord_Howe") == datetime(2027, 10, 3, 2, 45)


@given(local=LOCALS, zone=st.sampled_from(ZONES))
def test_every_moment_comes_back_and_every_time_but_one_in_a_gap_does(local: datetime, zone: str) -> None:
    moment = instant(local, zone)
    shown = wall(moment, zone)
    assert (shown == local) == exists(local, zone)
    assert shown >= local
    assert instant(shown, zone) == moment  # what is shown is a time that exists, and its first moment


@given(moment=LOCALS.map(lambda at: at.replace(tzinfo=UTC)), zone=st.sampled_from(ZONES))
def test_a_moment_turned_into_a_time_and_back_is_never_later(moment: datetime, zone: str) -> None:
    back = instant(wall(moment, zone), zone)
    assert back == moment or (back < moment and twice(wall(moment, zone), zone))


@given(local=LOCALS, days=st.integers(-400, 40), zone=st.sampled_from(ZONES))
def test_the_same_time_on_another_day_keeps_the_time_on_the_wall_across_changes(
    local: datetime, days: int, zone: str
) -> None:
    other = on_day(local, days, 10, 0)
    assert other.date() - local.date() == timedelta(days=days)
    assert wall(instant(other, zone), zone).time().hour == 10


@pytest.mark.parametrize("text", ["2027-05-14 14:00", "2027-05-14T14:00", " 2027-05-14 14:00:00 "])
def test_a_start_is_read_as_people_type_it(text: str) -> None:
    assert read_wall(text) == datetime(2027, 5, 14, 14)
    assert read_wall("2027-05-14 9:05") == datetime(2027, 5, 14, 9, 5)


def test_a_day_without_a_time_says_that_the_time_is_missing() -> None:
    with pytest.raises(UserError, match=r"The time is missing \(the start\)"):
        read_wall("2027-05-14")


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "14/05/2027 14:00", "2027-04-31 10:00", "2027-05-14 25:00", "2027-05-14 14:00Z"]
)
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UserError, match="2027-05-14 14:00"):
        read_wall(text)


def test_an_unknown_zone_is_refused_with_the_nearest_one() -> None:
    assert read_zone("Europe/London") == "Europe/London"
    for wrong in ("london", "Europe/Londn", "LONDON"):
        with pytest.raises(UserError, match=r"\(the zone\)\. Did you mean Europe/London\?"):
            read_zone(wrong)
    with pytest.raises(UserError, match="Did you mean America/New_York"):
        read_zone("New York")
    with pytest.raises(UserError, match="Write it like Europe/London"):
        read_zone("../../etc/passwd")


@pytest.mark.parametrize(
    "text",
    [
        "2027-05-14 14:00",
        "2027-05-14T14:00:59",
        "14/05/2027 14:00",
        "14/5/2027 14:00:00",
        "14/05/27 14:00",
        "14.05.2027 14:00",
        "14-05-2027, 14:00",
        "14/05/2027 2:00 pm",
    ],
)
def test_a_time_is_read_as_a_spreadsheet_shows_it(text: str) -> None:
    assert read_shown(text) == datetime(2027, 5, 14, 14)
    assert read_shown("05/06/2027 12:05 am") == datetime(2027, 6, 5, 0, 5)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("14/05/2027", "The time is missing"),
        ("2027-05-14", "The time is missing"),
        ("05/14/2027 14:00", "not a day and a time"),
        ("31/04/2027 10:00", "not a day and a time"),
        ("46521.5833", "not a day and a time"),
        ("14/05/2027 25:00", "not a day and a time"),
    ],
)
def test_a_time_that_a_spreadsheet_can_not_have_meant_is_refused(text: str, what: str) -> None:
    with pytest.raises(UserError, match=what):
        read_shown(text)
