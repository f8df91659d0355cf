"""Meetings and strategies of every kind that may be, for tests by property."""

# ruff: noqa: DTZ001 - a wall-clock time has no offset
from __future__ import annotations

from datetime import datetime, time, timedelta

from hypothesis import strategies as st

from core.meetings import Meeting, MeetingState
from core.notices import Kind
from core.quiet import QuietHours
from core.strategy import DEFAULT_RULES, Anchor, Audience, NotAfter, Rule, Strategy
from tests.core.zones import CHANGES, ZONES

NEAR_CHANGES = st.builds(
    lambda change, minutes: change[1].replace(tzinfo=None) + timedelta(minutes=minutes),
    st.sampled_from(CHANGES),
    st.integers(-4 * 1440, 20 * 1440),
)
STARTS = (st.datetimes(datetime(2024, 2, 1), datetime(2030, 12, 1)) | NEAR_CHANGES).map(
    lambda at: at.replace(second=0, microsecond=0)
)
LINES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Zl", "Zp"]), max_size=60).map(
    lambda text: text.replace("www.", "").replace("://", "")
)

MEETINGS = st.builds(
    Meeting,
    id=st.uuids().map(str),
    title=LINES.filter(str.strip),
    starts=STARTS,
    zone=st.sampled_from(ZONES),
    minutes=st.integers(1, 600),
    place=LINES,
    link=st.sampled_from(["", "https://meet.example.org/a_b*c*"]),
    join_phone=st.sampled_from(["", "01632 960999"]),
    access=LINES,
    agenda=LINES,
    state=st.sampled_from(MeetingState),
    version=st.integers(1, 9),
    why=LINES,
    thanks=st.sampled_from(["", "Thank you, {first_name}."]),
)

MINUTES = st.integers(0, 1439).map(lambda minutes: time(minutes // 60, minutes % 60))
NOT_AFTERS = st.builds(NotAfter, st.sampled_from(Anchor), st.integers(0, 5000).map(lambda n: timedelta(minutes=n)))
TIMED = st.lists(
    st.builds(
        Rule,
        kind=st.sampled_from([Kind.REMINDER, Kind.INVITATION, Kind.THANKS]),
        days=st.integers(0, 30),
        at=MINUTES,
        to=st.sampled_from(Audience),
        calls=st.booleans(),
        not_after=NOT_AFTERS,
    ),
    max_size=5,
    unique_by=lambda rule: (rule.kind, rule.days),
)
QUIET = st.sampled_from([QuietHours(time(21), time(8)), QuietHours(time(0), time(0)), QuietHours(time(12), time(13))])

STRATEGIES = st.builds(
    lambda timed, quiet, within, morning: Strategy(
        (*timed, *DEFAULT_RULES[-2:]), quiet, change_within=timedelta(hours=within), changes_wait_for_morning=morning
    ),
    TIMED,
    QUIET,
    st.integers(0, 72),
    st.booleans(),
) | st.just(Strategy())
