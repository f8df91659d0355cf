# ruff: noqa: DTZ001 - a wall-clock time has no offset
from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from core import spoken


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (time(0), "12 midnight"),
        (time(0, 5), "12:05am"),
        (time(8, 30), "8:30am"),
        (time(11, 59), "11:59am"),
        (time(12), "12 noon"),
        (time(12, 1), "12:01pm"),
        (time(14), "2pm"),
        (time(23, 45), "11:45pm"),
    ],
)
def test_a_time_of_day_is_said_as_people_say_it(at: time, words: str) -> None:
    assert spoken.clock(at) == words


def test_a_day_has_its_name_and_no_leading_zero() -> None:
    assert spoken.day(date(2027, 5, 4)) == "Tuesday 4 May 2027"
    assert spoken.day(date(2028, 2, 29), year=False) == "Tuesday 29 February"
    assert spoken.when(datetime(2027, 5, 14, 14)) == "Friday 14 May 2027 at 2pm"


def test_every_day_of_four_years_is_the_one_that_the_calendar_names() -> None:
    for number in range(1461):
        day = date(2027, 1, 1) + timedelta(days=number)
        assert spoken.day(day) == f"{day:%A} {day.day} {day:%B} {day.year}"  # tests run in the C locale's English


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(days=14), "14 days"),
        (timedelta(hours=24), "24 hours"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(hours=36), "36 hours"),
    ],
)
def test_a_length_of_time_is_in_the_largest_unit_that_fits(length: timedelta, words: str) -> None:
    assert spoken.span(length) == words


def test_a_list_is_said_as_people_say_it() -> None:
    assert [spoken.listed(list("abc")[:count]) for count in range(4)] == ["", "a", "a and b", "a, b and c"]
    assert spoken.listed(["a", "b"], "or") == "a or b"
