# ruff: noqa: DTZ001 - a wall-clock time has no offset
from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendar import exists, instant, on_day, wall
from core.meetings import Aspect, Meeting, MeetingState
from core.notices import Kind
from core.quiet import QuietHours
from core.strategy import DEFAULT_RULES, UNTIL_START, Anchor, Audience, NotAfter, Rule, Strategy
from core.timetable import BEGUN, NIGHT, TOO_LATE, Entry, after_change, entries, left_out, sort_entries
from tests.core.given_meetings import MEETINGS, STRATEGIES
from tests.core.zones import CHANGES, ZONES

USUAL = Strategy()
MEETING = Meeting("m1", "Planning", datetime(2027, 5, 14, 14), "Europe/London", 90, "Town Hall", thanks="Thank you.")
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC))


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


def names(found: list[Entry]) -> list[str]:
    return [f"{entry.kind} {entry.name}" for entry in found]


def test_the_usual_strategy_makes_four_notices_at_their_local_times() -> None:
    found = entries(MEETING, USUAL)
    assert [(entry.key, entry.due_local, entry.due_at) for entry in found] == [
        ("meeting:m1:invitation:P14D:1", datetime(2027, 4, 30, 10), at(2027, 4, 30, 9)),
        ("meeting:m1:reminder:P2D:1", datetime(2027, 5, 12, 10), at(2027, 5, 12, 9)),
        ("meeting:m1:reminder:P0D:1", datetime(2027, 5, 14, 8, 30), at(2027, 5, 14, 7, 30)),
        ("meeting:m1:thanks:P1D:1", datetime(2027, 5, 15, 10), at(2027, 5, 15, 9)),
    ]
    assert {entry.not_after for entry in found[:3]} == {MEETING.starts_at}
    assert found[3].not_after == at(2027, 5, 18, 9)
    assert left_out(MEETING, USUAL) == []


def test_thanks_go_out_only_where_somebody_wrote_them() -> None:
    quiet = replace(MEETING, thanks=" ")
    assert "thanks P1D" not in names(entries(quiet, USUAL))
    assert [(one.rule.kind, one.why) for one in left_out(quiet, USUAL)] == [(Kind.THANKS, "nobody has written them")]


def test_nothing_goes_out_for_a_cancelled_meeting() -> None:
    assert entries(replace(MEETING, state=MeetingState.CANCELLED), USUAL) == []


def test_a_morning_reminder_of_a_meeting_that_has_begun_by_then_is_left_out_and_shown() -> None:
    early = replace(MEETING, starts=datetime(2027, 5, 14, 8, 15))
    assert names(entries(early, USUAL)) == ["invitation P14D", "reminder P2D", "thanks P1D"]
    assert [(one.rule.name, one.why) for one in left_out(early, USUAL)] == [("P0D", BEGUN)]


def test_a_due_time_in_the_group_s_quiet_hours_moves_to_their_end() -> None:
    # 10:00 in New York is 15:00 in London; 10:00 on Lord Howe Island (UTC+10:30) is half past midnight in London.
    far = replace(MEETING, zone="Australia/Lord_Howe")
    found = entries(far, USUAL, "Europe/London")[0]
    assert wall(found.due_at, "Europe/London") == datetime(2027, 4, 30, 8)
    assert found.due_local == datetime(2027, 4, 30, 17, 30)
    assert entries(far, USUAL)[0].due_local == datetime(2027, 4, 30, 10)


def test_a_notice_that_would_wait_past_its_use_is_left_out_and_shown() -> None:
    # The morning of a meeting on Lord Howe Island at noon is before midnight in London, and noon still night.
    far = replace(MEETING, zone="Australia/Lord_Howe", starts=datetime(2027, 5, 14, 12))
    assert "reminder P0D" not in names(entries(far, USUAL, "Europe/London"))
    assert (USUAL.timed[2], NIGHT) in left_out(far, USUAL, "Europe/London")


def test_a_notice_that_is_too_late_when_it_is_due_is_left_out_and_shown() -> None:
    hasty = Rule(Kind.REMINDER, 0, time(12), not_after=NotAfter(Anchor.START, timedelta(hours=3)))
    assert entries(MEETING, Strategy((hasty,))) == []
    assert left_out(MEETING, Strategy((hasty,))) == [(hasty, TOO_LATE)]


def test_a_reminder_counted_from_when_it_is_due_is_never_of_use_after_the_start() -> None:
    long = Rule(Kind.REMINDER, 1, time(10), not_after=NotAfter(Anchor.DUE, timedelta(days=5)))
    short = replace(long, not_after=NotAfter(Anchor.DUE, timedelta(hours=5)))
    assert entries(MEETING, Strategy((long,)))[0].not_after == MEETING.starts_at
    assert entries(MEETING, Strategy((short,)))[0].not_after == at(2027, 5, 13, 14)


def test_thanks_on_the_day_wait_for_the_end_of_the_meeting_and_of_the_night() -> None:
    soon = Strategy((Rule(Kind.THANKS, 0, time(9), not_after=NotAfter(Anchor.DUE, timedelta(days=2))),))
    assert entries(MEETING, soon)[0].due_at == MEETING.ends_at
    evening = replace(MEETING, starts=datetime(2027, 5, 14, 20, 30))
    assert entries(evening, soon)[0].due_local == datetime(2027, 5, 15, 8)


@pytest.mark.parametrize(("zone", "change"), CHANGES)
def test_around_every_change_of_the_clocks_each_notice_is_due_at_its_local_time(zone: str, change: datetime) -> None:
    turn = wall(change, zone)
    for hours in range(-30, 16 * 24, 11):
        meeting = replace(MEETING, zone=zone, starts=(turn + timedelta(hours=hours)).replace(second=0))
        due = {entry.name: entry for entry in entries(meeting, USUAL) if entry.kind is not Kind.THANKS}
        day = meeting.starts.replace(hour=0, minute=0)
        assert due["P14D"].due_local == day - timedelta(days=14) + timedelta(hours=10)
        assert due["P2D"].due_local == day - timedelta(days=2) + timedelta(hours=10)
        assert ("P0D" in due) == (meeting.starts > day + timedelta(hours=8, minutes=30))
        for entry in due.values():
            assert entry.due_at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == entry.due_local
            assert entry.due_at == instant(entry.due_local, zone)


@pytest.mark.parametrize(("zone", "change"), CHANGES)
def test_a_notice_due_in_the_gap_is_later_and_one_due_twice_goes_out_the_first_time(
    zone: str, change: datetime
) -> None:
    wide_awake = QuietHours(time(0), time(0))
    for minutes in range(-60, 60, 15):
        rule_at = wall(change - timedelta(minutes=1), zone) + timedelta(minutes=1 + minutes)
        rule = Rule(Kind.REMINDER, 3, rule_at.time())
        meeting = replace(MEETING, zone=zone, starts=rule_at + timedelta(days=3))
        (entry,) = entries(meeting, Strategy((rule,), wide_awake))
        if exists(rule_at, zone):
            assert entry.due_local == rule_at
            earlier = entry.due_at - timedelta(hours=1), entry.due_at - timedelta(minutes=30)
            assert all(wall(moment, zone) != rule_at for moment in earlier)
        else:
            assert entry.due_local > rule_at


@given(meeting=MEETINGS, strategy=STRATEGIES, zone=st.sampled_from(("", *ZONES)))
def test_every_rule_makes_one_entry_with_its_own_key_or_says_why_not(
    meeting: Meeting, strategy: Strategy, zone: str
) -> None:
    found = entries(meeting, strategy, zone)
    keys = [entry.key for entry in found]
    assert len(set(keys)) == len(keys)
    assert len(found) + len(left_out(meeting, strategy, zone)) == len(strategy.timed)
    assert found == sorted(found, key=lambda entry: entry.due_at)
    if meeting.state is MeetingState.CANCELLED:
        assert found == []
    quiet_zone = ZoneInfo(zone or meeting.zone)
    for entry in found:
        assert entry.version == meeting.version
        assert entry.due_at < entry.not_after
        assert entry.due_local == wall(entry.due_at, meeting.zone)
        assert not strategy.quiet.cover(entry.due_at, quiet_zone)
        assert (
            (entry.due_at >= meeting.ends_at)
            if entry.kind is Kind.THANKS
            else (entry.due_at < entry.not_after <= meeting.starts_at)
        )
        assert entry.rule.at is not None
        planned = on_day(meeting.starts, entry.rule.days_after, entry.rule.at.hour, entry.rule.at.minute)
        assert entry.due_at >= instant(planned, meeting.zone)
        if entry.due_at > instant(planned, meeting.zone):
            assert strategy.quiet.cover(entry.due_at - timedelta(minutes=1), quiet_zone) or (
                entry.due_at == meeting.ends_at
            )


@given(meetings=st.lists(MEETINGS, max_size=4), strategy=STRATEGIES, now=MOMENTS)
def test_sorting_puts_every_entry_in_exactly_one_place(
    meetings: list[Meeting], strategy: Strategy, now: datetime
) -> None:
    moments = [now, *(meeting.starts_at - timedelta(hours=20) for meeting in meetings)]
    found = [entry for meeting in meetings for entry in entries(meeting, strategy)]
    for moment in moments:
        parts = sort_entries(reversed(found), moment)
        assert sorted(entry.key for part in parts for entry in part) == sorted(entry.key for entry in found)
        assert all(part == sorted(part, key=lambda entry: entry.due_at) for part in parts)
        assert all(entry.due_at > moment for entry in parts.coming)
        assert all(entry.due_at <= moment < entry.not_after for entry in parts.now)
        before = [entry.meeting for entry in parts.now if entry.kind is not Kind.THANKS]
        assert len(before) == len(set(before))
        useful = {entry.meeting for entry in found if entry.due_at <= moment < entry.not_after}
        assert {entry.meeting for entry in parts.now} == useful  # no meeting is passed over in silence


def test_a_meeting_planned_late_is_announced_once_and_what_would_be_late_is_shown() -> None:
    parts = sort_entries(entries(MEETING, USUAL), at(2027, 5, 13, 12))
    assert names(parts.now) == ["invitation P14D"]
    assert names(parts.late) == ["reminder P2D"]
    assert names(parts.coming) == ["reminder P0D", "thanks P1D"]


def test_after_downtime_the_reminder_that_reaches_most_people_goes_out() -> None:
    unmade = entries(MEETING, USUAL)[1:]
    parts = sort_entries(unmade, at(2027, 5, 14, 9))
    assert names(parts.now) == ["reminder P2D"]  # it is rung out and goes to everyone; that of the morning does not
    assert names(parts.late) == ["reminder P0D"]


def test_what_is_past_its_use_is_late() -> None:
    parts = sort_entries(entries(MEETING, USUAL), MEETING.starts_at)
    assert names(parts.now) == []
    assert names(parts.late) == ["invitation P14D", "reminder P2D", "reminder P0D"]
    assert names(sort_entries(entries(MEETING, USUAL), at(2027, 5, 20)).late)[-1] == "thanks P1D"


def test_an_entry_is_due_at_its_moment_and_not_before() -> None:
    (invitation, *_) = entries(MEETING, USUAL)
    assert sort_entries([invitation], invitation.due_at).now == [invitation]
    assert sort_entries([invitation], invitation.due_at - timedelta(seconds=1)).coming == [invitation]


MOVED = replace(MEETING, starts=datetime(2027, 5, 21, 16))


def test_a_move_by_day_is_told_at_once() -> None:
    now = at(2027, 5, 3, 12)
    meeting, aspects, news = after_change(MEETING, MOVED, USUAL, now)
    assert (meeting.version, aspects) == (2, (Aspect.TIME,))
    assert news is not None
    assert (news.key, news.due_at, news.not_after) == ("meeting:m1:change:now:2", now, MOVED.starts_at)
    assert not news.urgent
    assert not news.every_route
    assert news.rule.kind is Kind.CHANGE


def test_a_move_at_night_waits_for_the_morning_if_the_strategy_says_so() -> None:
    now = at(2027, 5, 3, 22)
    news = after_change(MEETING, MOVED, USUAL, now).news
    assert news is not None
    assert (news.due_local, news.urgent) == (datetime(2027, 5, 4, 8), False)
    news = after_change(MEETING, MOVED, replace(USUAL, changes_wait_for_morning=False), now).news
    assert news is not None
    assert (news.due_at, news.urgent, news.every_route) == (now, True, False)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (MEETING, replace(MEETING, starts=datetime(2027, 6, 30, 14))),  # away from tomorrow
        (replace(MEETING, starts=datetime(2027, 6, 30, 14)), MEETING),  # to tomorrow
        (MEETING, replace(MEETING, place="Library")),
        (MEETING, replace(MEETING, state=MeetingState.CANCELLED)),
    ],
)
def test_less_than_a_day_ahead_a_change_goes_at_once_by_every_route_also_at_night(old: Meeting, new: Meeting) -> None:
    now = at(2027, 5, 13, 23)
    news = after_change(old, new, USUAL, now).news
    assert news is not None
    assert (news.due_at, news.urgent, news.every_route) == (now, True, True)
    day_before = after_change(old, new, USUAL, at(2027, 5, 13, 12)).news
    assert day_before is not None
    assert not day_before.every_route


def test_a_change_that_can_not_wait_for_the_morning_goes_at_night() -> None:
    hourly = replace(USUAL, change_within=timedelta(hours=1))
    early = replace(MEETING, starts=datetime(2027, 5, 14, 7, 30))
    now = at(2027, 5, 13, 22)
    news = after_change(early, replace(early, place="Library"), hourly, now).news
    assert news is not None
    assert (news.due_at, news.urgent, news.every_route) == (now, True, False)


def test_people_who_are_on_their_way_or_waiting_are_told_that_it_was_put_off() -> None:
    news = after_change(MEETING, MOVED, USUAL, MEETING.starts_at + timedelta(minutes=10)).news
    assert news is not None
    assert news.every_route


def test_a_cancellation_is_of_use_until_the_meeting_would_have_begun() -> None:
    gone = replace(MOVED, state=MeetingState.CANCELLED)
    _, aspects, news = after_change(MEETING, gone, USUAL, at(2027, 5, 3, 12))
    assert aspects == (Aspect.TIME, Aspect.STATE)
    assert news is not None
    assert (news.key, news.not_after) == ("meeting:m1:cancellation:now:2", MEETING.starts_at)
    assert after_change(MEETING, gone, USUAL, MEETING.starts_at).news is None


def test_a_meeting_that_is_on_again_is_a_change_and_nobody_set_out_for_the_cancelled_one() -> None:
    gone = replace(MEETING, state=MeetingState.CANCELLED, version=2)
    news = after_change(gone, replace(MOVED, version=2), USUAL, at(2027, 5, 14, 9)).news
    assert news is not None
    assert (news.kind, news.version, news.every_route) == (Kind.CHANGE, 3, False)


def test_what_nobody_must_hear_of_makes_no_news_and_no_version() -> None:
    meeting, aspects, news = after_change(MEETING, replace(MEETING, agenda="Budget"), USUAL, at(2027, 5, 3, 12))
    assert (meeting.version, aspects, news) == (1, (), None)


def test_a_correction_of_a_meeting_long_past_is_told_to_nobody() -> None:
    meeting, _, news = after_change(MEETING, MOVED, USUAL, at(2028, 1, 1))
    assert (meeting.version, news) == (2, None)


@given(old=MEETINGS, new=MEETINGS, strategy=STRATEGIES, offset=st.integers(-200, 50), zone=st.sampled_from(ZONES))
def test_a_change_makes_only_keys_of_the_new_version_and_news_that_are_of_use(
    old: Meeting, new: Meeting, strategy: Strategy, offset: int, zone: str
) -> None:
    new = replace(new, id=old.id, version=old.version)
    now = old.starts_at + timedelta(hours=offset)
    meeting, aspects, news = after_change(old, new, strategy, now, zone)
    made = [*entries(meeting, strategy, zone), *([news] if news else [])]
    assert len({entry.key for entry in made}) == len(made)
    assert {entry.version for entry in made} <= {old.version + bool(aspects)}
    if aspects:
        assert not {entry.key for entry in made} & {entry.key for entry in entries(old, strategy, zone)}
    if news:
        assert aspects
        assert (news.kind is Kind.CANCELLATION) == (new.state is MeetingState.CANCELLED)
        assert now <= news.due_at < news.not_after
        assert news.urgent or not strategy.quiet.cover(news.due_at, ZoneInfo(zone))
        assert news.urgent or not news.every_route
        if news.urgent:
            assert news.due_at == now
    elif aspects:
        awaited = [one.starts_at for one in (old, new) if one.state is MeetingState.PLANNED]
        assert now >= max(awaited)


def test_an_edit_of_the_time_of_day_does_not_make_a_new_key() -> None:
    edited = [replace(rule, at=time(11)) if rule.at else rule for rule in DEFAULT_RULES]
    keys = [[entry.key for entry in entries(MEETING, Strategy(rules))] for rules in (DEFAULT_RULES, tuple(edited))]
    assert keys[0] == keys[1]


def test_the_defaults_say_who_gets_what() -> None:
    whom = {entry.name: (entry.rule.to, entry.rule.calls) for entry in entries(MEETING, USUAL)[:3]}
    assert whom == {
        "P14D": (Audience.EVERYONE, True),
        "P2D": (Audience.EVERYONE, True),
        "P0D": (Audience.YES_OR_NOTHING, False),
    }
    assert {USUAL.rule(kind).not_after for kind in (Kind.CHANGE, Kind.CANCELLATION)} == {UNTIL_START}
