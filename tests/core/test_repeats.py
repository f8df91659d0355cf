# ruff: noqa: DTZ001 - a wall-clock time has no offset
from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UserError
from core.repeats import dates

STARTS = datetime(2027, 3, 2, 19)


def test_the_first_tuesday_of_twelve_months_keeps_the_time_on_the_wall() -> None:
    found = dates(STARTS, "FREQ=MONTHLY;BYDAY=1TU;COUNT=12")
    assert len(found) == 12
    assert found[0] == STARTS
    assert {(day.weekday(), day.hour, day.minute, day.tzinfo) for day in found} == {(1, 19, 0, None)}
    assert all(day.day <= 7 for day in found)
    assert [day.month for day in found] == [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2]


def test_a_last_day_is_itself_a_day_on_which_the_group_may_meet() -> None:
    assert dates(STARTS, "FREQ=WEEKLY;UNTIL=20270316") == [STARTS + timedelta(weeks=week) for week in range(3)]
    assert len(dates(STARTS, "FREQ=WEEKLY;UNTIL=20270316T185959")) == 2


def test_a_last_moment_in_utc_is_read_in_the_zone_of_the_meeting() -> None:
    rule = "FREQ=WEEKLY;UNTIL=20270615T180000Z"
    assert dates(datetime(2027, 6, 1, 19), rule, zone="Europe/London")[-1] == datetime(2027, 6, 15, 19)
    assert dates(datetime(2027, 6, 1, 19), rule)[-1] == datetime(2027, 6, 8, 19)


@pytest.mark.parametrize("rule", ["RRULE:FREQ=DAILY;COUNT=2", "freq=daily; count=2;", " FREQ=DAILY;COUNT=2 "])
def test_a_rule_may_be_written_as_programs_write_it_or_by_hand(rule: str) -> None:
    assert dates(STARTS, rule) == [STARTS, STARTS + timedelta(days=1)]


def test_a_start_that_does_not_fit_the_rule_is_not_among_the_dates() -> None:
    assert dates(STARTS, "FREQ=MONTHLY;BYDAY=-1FR;COUNT=2") == [datetime(2027, 3, 26, 19), datetime(2027, 4, 30, 19)]


def test_a_month_without_the_day_is_passed_over() -> None:
    found = dates(datetime(2027, 1, 31, 10), "FREQ=MONTHLY;COUNT=3")
    assert [day.month for day in found] == [1, 3, 5]


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("FREQ=WEEKLY", r"for ever \(the repeat rule\)\. End it with a number .*COUNT=12.* or a last day"),
        ("FREQ=DAILY;COUNT=1000", "more than 200 meetings"),
        ("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30;COUNT=2", "makes no date"),
        ("FREQ=WEEKLY;UNTIL=20200101", "makes no date"),
        ("FREQ=YEARLY;COUNT=40", "more than 20 years ahead"),
        ("FREQ=YEARLY;UNTIL=20990101", "more than 20 years ahead"),
        ("FREQ=HOURLY;COUNT=3", "Write FREQ=DAILY, FREQ=WEEKLY, FREQ=MONTHLY or FREQ=YEARLY"),
        ("COUNT=3", "does not say how often"),
        ("FREQ=WEEKLY;COUNT=3;UNTIL=20280101", "both COUNT and UNTIL"),
        ("FREQ=WEEKLY;COUNT=3;COUNT=4", "stands there twice"),
        ("FREQ=WEEKLY;BYDAY=1TU;COUNT=3", r"counts days of a month.*Write TU, or FREQ=MONTHLY"),
        ("FREQ=WEEKLY;BYDAY=TUE;COUNT=3", "1TU is the first Tuesday"),
        ("FREQ=WEEKLY;BYHOUR=9;COUNT=3", "The start gives the time of day"),
        ("FREQ=WEEKLY;INTERVAL=0;COUNT=3", "INTERVAL=0 can't be understood"),
        ("FREQ=WEEKLY;COUNT=0", "COUNT=0 can't be understood"),
        ("FREQ=WEEKLY;UNTIL=20271399", "Write the last day like 20271231"),
        ("FREQ=MONTHLY;BYMONTHDAY=45;COUNT=2", "BYMONTHDAY=45 can't be understood"),
        ("every Tuesday", "A rule looks like FREQ=MONTHLY;BYDAY=1TU;COUNT=12"),
        ("", "A rule looks like FREQ=MONTHLY;BYDAY=1TU;COUNT=12"),
        ("FREQ=WEEKLY\nDTSTART:20200101T000000;COUNT=3", "can't be understood"),
    ],
)
def test_a_rule_that_can_not_be_followed_is_refused_in_plain_words(rule: str, says: str) -> None:
    with pytest.raises(UserError, match=says) as raised:
        dates(STARTS, rule)
    assert raised.value.where == "the repeat rule"
    assert raised.value.mend


def test_the_most_dates_can_be_asked_for() -> None:
    assert len(dates(STARTS, "FREQ=DAILY;COUNT=5", most=5)) == 5
    with pytest.raises(UserError, match="more than 4"):
        dates(STARTS, "FREQ=DAILY;COUNT=5", most=4)


@given(
    freq=st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"]),
    count=st.integers(1, 30),
    interval=st.integers(1, 5),
    starts=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)).map(lambda at: at.replace(microsecond=0)),
)
def test_dates_rise_begin_with_a_start_that_fits_and_are_as_many_as_asked(
    freq: str, count: int, interval: int, starts: datetime
) -> None:
    found = dates(starts, f"FREQ={freq};INTERVAL={interval};COUNT={count}")
    assert found[0] == starts
    assert len(found) == count
    assert found == sorted(set(found))
    assert {day.time() for day in found} == {starts.time()}


@given(
    st.text(max_size=60) | st.from_regex(r"FREQ=(WEEKLY|MONTHLY);[A-Z]{2,8}=[-+0-9A-Z,]{0,8};COUNT=3", fullmatch=True)
)
def test_whatever_is_written_gives_dates_or_an_error_for_people(rule: str) -> None:
    found, mend = [STARTS], "none needed"
    try:
        found = dates(STARTS, rule)
    except UserError as error:
        mend = error.mend
    assert mend
    assert all(day >= STARTS for day in found)
