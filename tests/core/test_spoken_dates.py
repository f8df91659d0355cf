from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.spoken_dates import Understanding, question, read_back, understand_when

LONDON = "Europe/London"
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
"""Monday 23 November 2026, 10am in London."""


def at(text: str) -> datetime:
    """A wall-clock time."""
    return datetime.fromisoformat(text)


WAS = at("2026-11-26 15:30")


def understood(text: str, now: datetime = MONDAY, language: str = "en", was: datetime | None = None) -> str:
    """What a text means: its days, then its times."""
    found = understand_when(text, LONDON, now, language, was=was)
    days = " or ".join(f"{day:%a %d %b %Y}" for day in found.days)
    times = " or ".join(f"{one:%H:%M}" for one in found.times)
    return f"{days or '-'} {times or '-'}"


CERTAIN = [
    ("tomorrow at half past ten", "Tue 24 Nov 2026 10:30"),
    ("Tomorrow, 2 PM", "Tue 24 Nov 2026 14:00"),
    ("2pm tomorrow", "Tue 24 Nov 2026 14:00"),
    ("the day after tomorrow at 10.30", "Wed 25 Nov 2026 10:30"),
    ("today at 11", "Mon 23 Nov 2026 11:00"),
    ("tonight at 7", "Mon 23 Nov 2026 19:00"),
    ("this afternoon at 3", "Mon 23 Nov 2026 15:00"),
    ("tomorrow evening 7", "Tue 24 Nov 2026 19:00"),
    ("7 in the evening tomorrow", "Tue 24 Nov 2026 19:00"),
    ("tomorrow at 1430", "Tue 24 Nov 2026 14:30"),
    ("12 May 14:00", "Wed 12 May 2027 14:00"),
    ("12th of May at two o'clock", "Wed 12 May 2027 14:00"),
    ("May 12 2027, 2 p.m.", "Wed 12 May 2027 14:00"),
    ("12 May '27 2pm", "Wed 12 May 2027 14:00"),
    ("the 12th May, 10 o'clock in the morning", "Wed 12 May 2027 10:00"),
    ("23 November 2pm", "Mon 23 Nov 2026 14:00"),
    ("22 November 2pm", "Mon 22 Nov 2027 14:00"),
    ("29 Feb 2pm", "Tue 29 Feb 2028 14:00"),
    ("Sept 3rd 2pm", "Fri 03 Sep 2027 14:00"),
    ("2027-05-14 14:00", "Fri 14 May 2027 14:00"),
    ("2027-05-14T14:00", "Fri 14 May 2027 14:00"),
    ("2027-05-14 2pm", "Fri 14 May 2027 14:00"),
    ("14/5/2027 at 10", "Fri 14 May 2027 10:00"),
    ("14/05 10am", "Fri 14 May 2027 10:00"),
    ("12.05.2027 14.00", "Wed 12 May 2027 14:00"),
    ("5/5 2pm", "Wed 05 May 2027 14:00"),
    ("Friday 2pm", "Fri 27 Nov 2026 14:00"),
    ("on Thursday at half ten", "Thu 26 Nov 2026 10:30"),
    ("this Monday 7pm", "Mon 23 Nov 2026 19:00"),
    ("next Monday 7pm", "Mon 30 Nov 2026 19:00"),
    ("Tuesday week at 2", "Tue 01 Dec 2026 14:00"),
    ("a week on Tuesday, 2.30pm", "Tue 01 Dec 2026 14:30"),
    ("a fortnight on Friday at noon", "Fri 11 Dec 2026 12:00"),
    ("Thursday in two weeks 3pm", "Thu 10 Dec 2026 15:00"),
    ("Tuesday next week 2pm", "Tue 01 Dec 2026 14:00"),
    ("next week on Tuesday 2pm", "Tue 01 Dec 2026 14:00"),
    ("Wednesday afternoon at 3", "Wed 25 Nov 2026 15:00"),
    ("Weds 9:15", "Wed 25 Nov 2026 09:15"),
    ("Tuesday 1st December 2pm", "Tue 01 Dec 2026 14:00"),
    ("2pm on 1 December, Tuesday", "Tue 01 Dec 2026 14:00"),
    ("the first Tuesday in December, 2pm", "Tue 01 Dec 2026 14:00"),
    ("last Friday of next month 10am", "Fri 25 Dec 2026 10:00"),
    ("second Monday of May 2027 2pm", "Mon 10 May 2027 14:00"),
    ("the 14th at 10", "Mon 14 Dec 2026 10:00"),
    ("14:00 on the 30th", "Mon 30 Nov 2026 14:00"),
    ("Thursday the 31st, 2pm", "Thu 31 Dec 2026 14:00"),
    ("in 10 days at 3", "Thu 03 Dec 2026 15:00"),
    ("in a month at 3pm", "Wed 23 Dec 2026 15:00"),
    ("in three weeks' time at 11am", "Mon 14 Dec 2026 11:00"),
    ("two weeks today at 3pm", "Mon 07 Dec 2026 15:00"),
    ("a week tomorrow, 3pm", "Tue 01 Dec 2026 15:00"),
    ("tomorrow week 3pm", "Tue 01 Dec 2026 15:00"),
    ("quarter to three tomorrow", "Tue 24 Nov 2026 14:45"),
    ("twenty past two tomorrow", "Tue 24 Nov 2026 14:20"),
    ("20 to 3 on Friday", "Fri 27 Nov 2026 14:40"),
    ("half past noon tomorrow", "Tue 24 Nov 2026 12:30"),
    ("midday on 5 January", "Tue 05 Jan 2027 12:00"),
    ("Saturday 09:00", "Sat 28 Nov 2026 09:00"),
    ("Saturday 07:30", "Sat 28 Nov 2026 07:30"),
    ("Saturday at half past 7 in the evening", "Sat 28 Nov 2026 19:30"),
    ("Let's make it Friday at 2pm please", "Fri 27 Nov 2026 14:00"),
    ("FRIDAY 2PM!", "Fri 27 Nov 2026 14:00"),
    ("  friday \t 2pm ", "Fri 27 Nov 2026 14:00"),
]


@pytest.mark.parametrize(("text", "meant"), CERTAIN)
def test_what_is_certain_is_understood(text: str, meant: str) -> None:
    assert understood(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("next Tuesday 2pm", "Tue 24 Nov 2026 or Tue 01 Dec 2026 14:00"),
        ("next Friday 2pm", "Fri 27 Nov 2026 or Fri 04 Dec 2026 14:00"),
        ("the Tuesday after next 2pm", "Tue 01 Dec 2026 or Tue 08 Dec 2026 14:00"),
        ("Monday 7pm", "Mon 23 Nov 2026 or Mon 30 Nov 2026 19:00"),
        ("Monday 9am", "Mon 30 Nov 2026 09:00"),  # today it is over
        ("03/04 2pm", "Sat 03 Apr 2027 or Thu 04 Mar 2027 14:00"),
        ("3/4/2027 at 10", "Sat 03 Apr 2027 or Thu 04 Mar 2027 10:00"),
        ("Saturday 3/4 2pm", "Sat 03 Apr 2027 14:00"),  # the day of the week tells
        ("Tuesday 2 December 2pm", "Wed 02 Dec 2026 or Tue 01 Dec 2026 14:00"),
        ("Saturday at 8", "Sat 28 Nov 2026 08:00 or 20:00"),
        ("Saturday at half past 7", "Sat 28 Nov 2026 07:30 or 19:30"),
        ("today at 8", "Mon 23 Nov 2026 20:00"),  # this morning is over
    ],
)
def test_what_may_mean_two_things_comes_back_as_two(text: str, meant: str) -> None:
    assert understood(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Friday", "Fri 27 Nov 2026 -"),
        ("Wednesday afternoon", "Wed 25 Nov 2026 -"),
        ("12 May", "Wed 12 May 2027 -"),
        ("2pm", "- 14:00"),
        ("noon", "- 12:00"),
        ("same time", "- -"),
        ("next week", "- -"),
        ("next month", "- -"),
        ("May", "- -"),
        ("in the spring", "- -"),
        ("every Tuesday 2pm", "- 14:00"),
        ("12 May EST 2pm", "- 14:00"),
        ("Sat 8", "- -"),
        ("I do not know yet", "- -"),
        ("", "- -"),
        ("🙂", "- -"),
        ("\u202e\x00", "- -"),
        ("tomorrow 2pm " + "and " * 60, "- -"),
    ],
)
def test_what_is_missing_stays_missing(text: str, meant: str) -> None:
    assert understood(text) == meant


def test_next_tuesday_said_late_in_the_week_is_certain() -> None:
    wednesday = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
    assert understood("next Tuesday 2pm", wednesday) == "Tue 01 Dec 2026 14:00"
    assert understood("next Wednesday 2pm", wednesday) == "Wed 02 Dec 2026 14:00"


@pytest.mark.parametrize(
    "text", ["yesterday 2pm", "last Tuesday 2pm", "12 May 2020 14:00", "today 9am", "12/5/2020 2pm"]
)
def test_the_past_is_said(text: str) -> None:
    found = understand_when(text, LONDON, MONDAY)
    assert found.past
    assert "is in the past. When is it?" in question(found, LONDON, MONDAY)


@pytest.mark.parametrize(
    "text", ["31 April 2pm", "30/2 2pm", "tomorrow 25:00", "tomorrow 10:75", "2027-13-01 2pm", "31st June 3pm"]
)
def test_what_does_not_exist_is_said(text: str) -> None:
    found = understand_when(text, LONDON, MONDAY)
    assert found.wrong
    assert question(found, LONDON, MONDAY).startswith("There is no such day or time.")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("in two weeks, same time", "Mon 07 Dec 2026 15:30"),
        ("same time next Monday", "Mon 30 Nov 2026 15:30"),
        ("same day at 2", "Thu 26 Nov 2026 14:00"),
        ("same day, same time", "Thu 26 Nov 2026 15:30"),
        ("a week later, same time", "Thu 03 Dec 2026 15:30"),
        ("two days earlier at 11", "Tue 24 Nov 2026 11:00"),
    ],
)
def test_a_move_may_lean_on_when_it_was(text: str, meant: str) -> None:
    assert understood(text, was=WAS) == meant


@pytest.mark.parametrize(
    ("text", "minutes"), [("tomorrow 2-4pm", 120), ("1 December from 10 to 12", 120), ("tomorrow 11 to 12.30pm", 90)]
)
def test_an_end_says_how_long_it_takes(text: str, minutes: int) -> None:
    assert understand_when(text, LONDON, MONDAY).minutes == minutes


def test_another_language_is_read_too() -> None:
    assert understood("yfory 14:00", language="cy") == "Tue 24 Nov 2026 14:00"
    assert understood("12 Mai 2pm", language="cy") == "Wed 12 May 2027 14:00"
    assert understood("tomorrow 2pm", language="cy") == "Tue 24 Nov 2026 14:00"
    assert understood("tomorrow 2pm", language="xx") == "Tue 24 Nov 2026 14:00"


def test_the_days_are_those_of_the_zone() -> None:
    late = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)  # half past midnight of Tuesday in Tokyo
    found = understand_when("tomorrow 2pm", "Asia/Tokyo", late)
    assert found.starts == at("2026-11-25 14:00")


def test_it_is_read_back_in_full() -> None:
    assert read_back(at("2026-12-01 14:00"), LONDON, MONDAY) == "Tuesday 1 December 2026 at 2pm, in 8 days"
    assert read_back(at("2026-11-24 10:30"), LONDON, MONDAY).endswith("at 10:30am, tomorrow")


def test_a_time_that_the_clocks_leave_out_is_said() -> None:
    found = understand_when("28 March 2027 1:30am", LONDON, MONDAY)
    assert found.starts == at("2027-03-28 01:30")
    words = read_back(found.starts, LONDON, MONDAY)
    assert "leave 1:30am out; 2:30am is used" in words
    assert "show this time twice" in read_back(at("2027-10-31 01:30"), LONDON, MONDAY)


def test_what_is_missing_is_asked_for() -> None:
    def asked(text: str) -> str:
        return question(understand_when(text, LONDON, MONDAY), LONDON, MONDAY)

    assert asked("2pm").startswith("On which day?")
    assert asked("Friday").startswith("At what time on Friday 27 November 2026, in 4 days?")
    assert asked("03/04 2pm") == "Which day do you mean?"
    assert asked("Friday at 8") == "In the morning or in the evening?"
    assert asked("hello").startswith("I could not tell the day and the time.")
    assert asked("tomorrow 2pm") == ""


def test_any_text_gets_an_answer() -> None:
    for text in (
        "12/12/0000 2pm",
        "in 99999999 days",
        "9999-12-31 23:59",
        "0 weeks on Tuesday",
        "31/12/99 2pm",
        "-1",
        "00:00",
    ):
        assert isinstance(understand_when(text, LONDON, MONDAY), Understanding)


def test_what_is_known_already_is_kept() -> None:
    known = understand_when("Friday", LONDON, MONDAY)
    assert understand_when("10", LONDON, MONDAY, known=known).starts == at("2026-11-27 10:00")
    assert understand_when("half past two", LONDON, MONDAY, known=known).starts == at("2026-11-27 14:30")
    assert understand_when("Thursday 3pm", LONDON, MONDAY, known=known).starts == at("2026-11-26 15:00")
    later = understand_when("next Tuesday", LONDON, MONDAY, known=understand_when("2pm", LONDON, MONDAY))
    assert (len(later.days), later.times) == (2, understand_when("2pm", LONDON, MONDAY).times)
