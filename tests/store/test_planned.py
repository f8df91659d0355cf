from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from core.notices import Kind
from core.strategy import DEFAULT_RULES, Rule, Strategy
from core.timetable import entries
from store import making, meetings, planned, timetable
from store.database import Database
from store.rebuild import rebuild
from store.tables import Notice, Planned, Recipient
from tests.store.meetings import MAKING, a_meeting, cancel, make_all, move, put_in, states_of
from tests.store.people import DAY, HOUR, NOON, add_person, claim, deliveries, say

CHECKOUT = Path(__file__).parents[2]
CROWD = 16


def test_downtime_over_three_due_times_leaves_one_notice_and_says_what_was_not_sent(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        add_person(session, "Cora", "email", staff="coordinator")
        first = put_in(session, starts=NOON + 20 * DAY)
        second = put_in(session, starts=NOON + 21 * DAY, title="Another")
        put_in(session, starts=NOON + 24 * DAY, title="Third")
    late = NOON + 20 * DAY + 2 * HOUR  # the first meeting has begun, the second is tomorrow
    with database.writing() as session:
        make_all(session, late)
        assert states_of(session, first) == {("invitation", "missed"), ("reminder", "missed")}
        assert states_of(session, second) == {("invitation", "made"), ("reminder", "skipped"), ("reminder", "coming")}
        kinds = [(one.kind, one.subject) for one in session.exec(select(Notice).order_by(col(Notice.id)))]
        assert sorted(kind for kind, _ in kinds) == ["alert", "alert", "alert", "invitation", "invitation"]
        make_all(session, late)
        assert len(session.exec(select(Notice)).all()) == 5


def test_nothing_that_is_held_goes_out_and_what_is_held_too_long_is_missed(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        row = put_in(session, starts=NOON + 20 * DAY)
        for one in timetable.lines(session):
            planned.hold(session, one.planned.key, NOON)
        assert not planned.anything_due(session, NOON + 19 * DAY)
        assert planned.anything_due(session, NOON + 21 * DAY)
        assert planned.expire_held(session, NOON + 21 * DAY) == 3
        assert states_of(session, row) == {("invitation", "missed"), ("reminder", "missed")}


def test_a_strategy_that_changes_changes_what_is_coming_and_nothing_that_was_made(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        row = put_in(session, starts=NOON + 10 * DAY)
        make_all(session, NOON)
        assert rebuild(session, Strategy(), "Europe/London", NOON) == 0
        invitation = next(rule for rule in DEFAULT_RULES if rule.kind is Kind.INVITATION)
        week = Rule(Kind.REMINDER, 7, DEFAULT_RULES[1].at)
        earlier = Strategy(rules=(invitation, week, *DEFAULT_RULES[4:]))
        assert rebuild(session, earlier, "Europe/London", NOON) == 3
        assert states_of(session, row) == {
            ("invitation", "made"),
            ("reminder", "withdrawn"),
            ("reminder", "coming"),
        }
        assert rebuild(session, earlier, "Europe/London", NOON) == 0
        late = NOON + 4 * DAY
        assert rebuild(session, Strategy(), "Europe/London", late) == 3
        assert rebuild(session, Strategy(), "Europe/London", late) == 0


def test_a_new_reminder_whose_time_has_passed_is_not_sent_for_it(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        row = put_in(session, starts=NOON + 5 * DAY)
        make_all(session, NOON)
        more = Strategy(rules=(*DEFAULT_RULES, Rule(Kind.REMINDER, 6, DEFAULT_RULES[1].at)))
        rebuild(session, more, "Europe/London", NOON)
        assert ("reminder", "skipped") in states_of(session, row)
        make_all(session, NOON)
        assert len(deliveries(session)) == 1


def test_words_that_cannot_be_sent_hold_up_nothing_else_and_staff_are_told(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email", groups=["a"])
        add_person(session, "Cora", "email", staff="coordinator")
        bad = put_in(session, starts=NOON + 10 * DAY)
        bad.title = "x" * 400  # longer than any subject
        good = put_in(session, starts=NOON + 11 * DAY)
        session.flush()
        make_all(session, NOON)
        assert ("invitation", "missed") in states_of(session, bad)
        assert ("invitation", "made") in states_of(session, good)
        assert "alert" in [one.kind for one in session.exec(select(Notice))]


def test_a_notice_that_nobody_would_get_is_skipped_and_says_so(database: Database) -> None:
    with database.writing() as session:
        row = put_in(session, starts=NOON + 10 * DAY)
        make_all(session, NOON)
        assert ("invitation", "skipped") in states_of(session, row)
        assert session.exec(select(Notice)).all() == []


def test_whoever_turns_out_later_to_have_been_told_is_told_that_it_is_cancelled(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        bea = add_person(session, "Bea", "phone")
        row = put_in(session, starts=NOON + 10 * DAY)
        make_all(session, NOON)
        (mine,) = claim(session)
        say(session, mine, "accepted", ref="r1")
        (call,) = claim(session, "phone")  # put on the list just as the meeting is cancelled
        cancel(session, row, NOON)
        assert making.latecomers(session, NOON) == []
        say(session, call, "delivered", provider="phone")  # rung from an old list, as it turns out
        assert making.latecomers(session, NOON) == [row.id]
        assert making.tell_latecomers(session, row.id or 0, MAKING, NOON) == 1
        assert making.latecomers(session, NOON) == []
        news = session.exec(select(Notice).where(Notice.kind == "cancellation")).one()
        people = session.exec(select(Recipient.person_id).where(Recipient.notice_id == news.id)).all()
        assert len(people) == 2
        assert bea.id in people


def test_each_is_told_what_has_changed_from_the_version_that_they_know(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        add_person(session, "Bea", "sms")
        row = put_in(session, starts=NOON + 10 * DAY)
        make_all(session, NOON)
        for channel in ("email", "sms"):
            (mine,) = claim(session, channel)
            say(session, mine, "accepted", provider=channel, ref=channel)
        move(session, row, NOON + 11 * DAY, NOON)
        (mine,) = claim(session, "email")  # Ann hears of the second version, Bea does not
        say(session, mine, "accepted", ref="r2")
        move(session, row, NOON + 12 * DAY, NOON)
        texts = session.exec(select(Notice.text).where(Notice.meeting_version == 3, Notice.kind == "change")).all()
        assert len(texts) == 2
        assert [("Friday 13" in (text or ""), "Thursday 12" in (text or "")) for text in texts] == [
            (True, False),
            (False, True),
        ]
        assert sum(one.state == "queued" for one in deliveries(session)) == 2


def test_many_meetings_are_planned_anew_as_the_arithmetic_says(database: Database) -> None:
    count = 150
    with database.writing() as session:
        add_person(session, "Ann", "email")
        for number in range(count):
            meetings.add(session, a_meeting(NOON + timedelta(days=30 + number % 300), thanks="Thank you."), "t", NOON)
    with database.writing() as session:
        assert rebuild(session, Strategy(), "Europe/London", NOON) == 4 * count
        assert rebuild(session, Strategy(), "Europe/London", NOON) == 0
        (line,) = timetable.lines(session, limit=1)
        row = meetings.find(session, line.meeting.id)
        wanted = entries(meetings.meeting_of(session, row), Strategy(), "Europe/London")
        kept = session.exec(select(Planned).where(Planned.meeting_id == row.id).order_by(col(Planned.due_at))).all()
        assert [(one.key, one.due_at, one.not_after) for one in kept] == [
            (one.key, one.due_at, one.not_after) for one in wanted
        ]


SCHEDULERS = """
import multiprocessing, os, sys
from datetime import datetime, timedelta
from core.errors import StoreError
from store import making, planned
from store.database import Database
from tests.store.meetings import MAKING

address, began, crowd, ticks, step = sys.argv[1], datetime.fromisoformat(sys.argv[2]), *map(int, sys.argv[3:])

def due(database, now):
    with database.reading() as session:
        return planned.anything_due(session, now)

# They start each tick together, so that no clock is more than a tick ahead of another, and no notice goes stale.
together = multiprocessing.Barrier(crowd)

def schedule(number):
    database = Database(address)
    for tick in range(ticks):
        together.wait(60)
        now = began + timedelta(seconds=(tick + number / crowd) * step)
        try:
            while due(database, now):
                with database.writing() as session:
                    if making.make_next(session, MAKING, now) is None:
                        break
        except StoreError:
            pass  # sixteen on one file may wait for too long; the next tick finds what this one did not make
    database.close()

# Processes, not threads; copies of one that has loaded everything, because loading takes longer than the work.
for number in range(crowd):
    if not os.fork():
        schedule(number)
        os._exit(0)
sys.exit(any([os.wait()[1] for _ in range(crowd)]))
"""


def race(database_url: str, ticks: int, count: int) -> None:
    """Has sixteen processes tick over the same span of time, so many times between them, each with its own offset."""
    database = Database(database_url)
    with database.writing() as session:
        add_person(session, "Ann", "email")
        first = NOON + timedelta(days=15, hours=7)
        rows = [put_in(session, starts=first + timedelta(minutes=5 * number)) for number in range(count)]
        keys = sorted(row.uid for row in rows)
    database.close()
    each = ticks // CROWD
    step = int(timedelta(days=18) / timedelta(seconds=1)) // each
    run = subprocess.run(
        [sys.executable, "-c", SCHEDULERS, database_url, NOON.isoformat(), str(CROWD), str(each), str(step)],
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        timeout=600,
    )
    assert (run.returncode, run.stderr) == (0, b"")
    database = Database(database_url)
    with database.reading() as session:
        made = session.exec(select(Notice.key).order_by(Notice.key)).all()
        assert made == sorted(
            f"meeting:{key}:{kind}:{name}:1"
            for key in keys
            for kind, name in (("invitation", "P14D"), ("reminder", "P2D"), ("reminder", "P0D"))
        )
        assert len(deliveries(session)) == len(made)
        assert session.exec(select(Planned).where(Planned.state != "made")).all() == []
    database.close()


def test_sixteen_schedulers_make_each_notice_once(database_url: str) -> None:
    race(database_url, ticks=2_000, count=4)


@pytest.mark.chaos
def test_sixteen_schedulers_make_each_notice_once_over_ten_thousand_ticks(database_url: str) -> None:
    race(database_url, ticks=10_000, count=40)
