# ruff: noqa: DTZ001 - a wall-clock time has no offset
from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given

from core.errors import UserError
from core.meetings import LONGEST, Aspect, Meeting, MeetingState, changes, check, doubts, succeed
from tests.core.given_meetings import MEETINGS

MEETING = Meeting("m1", "Planning meeting", datetime(2027, 5, 14, 14), "Europe/London", 90, "Town Hall, Room 2")
NOW = datetime(2027, 1, 1, tzinfo=UTC)


def test_a_meeting_ends_its_length_after_it_starts_also_over_a_change_of_the_clocks() -> None:
    night = replace(MEETING, starts=datetime(2027, 3, 27, 23), minutes=180)
    assert night.starts_at == datetime(2027, 3, 27, 23, tzinfo=UTC)
    assert night.ends_at == datetime(2027, 3, 28, 2, tzinfo=UTC)
    assert MEETING.starts_at == datetime(2027, 5, 14, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "aspects"),
    [
        ({"starts": datetime(2027, 5, 15, 14)}, (Aspect.TIME,)),
        ({"zone": "America/New_York"}, (Aspect.TIME,)),
        ({"minutes": 120}, (Aspect.LENGTH,)),
        ({"place": "Library"}, (Aspect.PLACE,)),
        ({"link": "https://meet.example.org"}, (Aspect.LINK,)),
        ({"join_phone": "01632 960999"}, (Aspect.JOIN_PHONE,)),
        ({"state": MeetingState.CANCELLED}, (Aspect.STATE,)),
        ({"starts": datetime(2027, 5, 15, 14), "place": "Library"}, (Aspect.TIME, Aspect.PLACE)),
        ({"zone": "Europe/Jersey"}, ()),
        ({"title": "Planning"}, ()),
        ({"access": "Step-free"}, ()),
        ({"agenda": "Budget"}, ()),
        ({"thanks": "Thank you all"}, ()),
        ({}, ()),
    ],
)
def test_the_version_rises_with_what_people_must_hear_of_and_with_nothing_else(
    change: dict[str, Any], aspects: tuple[Aspect, ...]
) -> None:
    new = replace(MEETING, **change)
    assert changes(MEETING, new) == aspects
    assert succeed(MEETING, new).version == (2 if aspects else 1)


def test_nobody_hears_of_edits_to_a_cancelled_meeting_until_it_is_on_again() -> None:
    cancelled = replace(MEETING, state=MeetingState.CANCELLED, version=2)
    edited = replace(cancelled, starts=datetime(2027, 6, 1, 10))
    assert changes(cancelled, edited) == ()
    assert succeed(edited, replace(edited, state=MeetingState.PLANNED)).version == 3


@given(old=MEETINGS, new=MEETINGS)
def test_a_version_rises_by_one_or_stays_and_never_falls(old: Meeting, new: Meeting) -> None:
    assert succeed(old, new).version - old.version == (1 if changes(old, new) else 0)
    assert succeed(old, old) == old


@given(MEETINGS)
def test_a_meeting_with_usual_words_is_well(meeting: Meeting) -> None:
    check(meeting)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"title": "  "}, r"The title is empty \(the title\)"),
        ({"title": "One\nTwo"}, r"more than one line \(the title\)"),
        ({"title": "x" * 101}, r"101 characters long, and the most is 100 \(the title\)"),
        ({"title": "bell \x07"}, r"U\+0007\) \(the title\)"),
        ({"place": "see www.example.org"}, r"web address \(the place\)\. .* as the online link"),
        ({"why": "see https://example.org"}, r"web address \(the reason\)"),
        ({"link": "meet.example.org"}, r"no web address \(the link\)\. It begins with https://"),
        ({"link": "https://a b"}, r"\(the link\)"),
        ({"join_phone": "1" * 61}, r"how to join by phone"),
        ({"zone": "Europe/Lundon"}, r"\(the zone\)\. Did you mean Europe/London\?"),
        ({"starts": datetime(2027, 5, 14, 14, tzinfo=UTC)}, r"\(the start\)"),
        ({"starts": datetime(27, 5, 14, 14)}, r"\(the start\)\. Check the year"),
        ({"minutes": 0}, r"0 minutes long \(the length\)"),
        ({"minutes": 100_000}, r"\(the length\)"),
        ({"thanks": "Thank you, {frist_name}"}, r"\(the thanks\)\. Did you mean \{first_name\}"),
        ({"agenda": "- " * 60 + "x"}, r"too many lists inside lists \(the agenda\)"),
    ],
)
def test_a_field_that_can_not_be_used_is_named(change: dict[str, Any], says: str) -> None:
    check(MEETING)
    with pytest.raises(UserError, match=says) as raised:
        check(replace(MEETING, **change))
    assert raised.value.mend


def test_every_text_of_a_meeting_has_its_longest() -> None:
    texts = {name for name, kind in Meeting.__annotations__.items() if kind == "str"}
    assert texts - {"id", "zone", "series"} == LONGEST.keys()


def test_a_date_in_the_past_is_asked_about() -> None:
    assert doubts(MEETING, NOW) == []
    assert doubts(MEETING, MEETING.starts_at) == ["Friday 14 May 2027 at 2pm is in the past."]
    assert doubts(MEETING, MEETING.starts_at - timedelta(minutes=1)) == []


def test_a_time_that_does_not_exist_is_said_with_the_time_that_is_used() -> None:
    (doubt,) = doubts(replace(MEETING, starts=datetime(2027, 3, 28, 1, 30)), NOW)
    assert "1:30am does not exist on Sunday 28 March 2027. It counts as 2:30am." in doubt
    (doubt,) = doubts(replace(MEETING, starts=datetime(2027, 10, 31, 1, 30)), NOW)
    assert "Sunday 31 October 2027 at 1:30am comes twice. The first is used." in doubt


def test_a_meeting_nowhere_is_asked_about() -> None:
    assert doubts(replace(MEETING, place=""), NOW) == [
        "There is no place, no online link and no number to join by phone."
    ]
    assert doubts(replace(MEETING, place="", link="https://meet.example.org"), NOW) == []
