from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.quiet import QuietHours
from store import figures
from store.database import Database
from store.figures import Backlog
from store.pauses import pause_provider
from tests.store.people import NOON, add_person, claim, publish, say

LONDON = ZoneInfo("Europe/London")
QUIET = QuietHours(time(21), time(8))


def test_everything_is_counted_by_channel_and_state(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        add_person(session, "Bea", "email")
        add_person(session, "Cy", "sms")
        publish(session)
        (first, _) = claim(session)
        say(session, first, "accepted")
        pause_provider(session, "sms", "It is away.", NOON)
        found = figures.figures(session, NOON + timedelta(minutes=5), QUIET, LONDON)
        assert found.queued == {"sms": 1}
        assert found.backlog == {"sms": Backlog(1, timedelta(minutes=5))}
        assert found.under_way == {("email", "sending"): 1}
        assert found.attempts == {"email": 2}
        assert found.outcomes == {("email", "accepted"): 1}
        assert (found.paused, found.clock_lag, found.live) == ({"sms"}, timedelta(), False)
        assert figures.last_attempt_at(session) == NOON


def test_what_waits_for_the_end_of_the_night_where_they_live_is_no_backlog(database: Database) -> None:
    evening = datetime(2026, 3, 2, 22, tzinfo=LONDON)
    with database.writing() as session:
        add_person(session, "Ann", "email")
        add_person(session, "Bea", "email", timezone="America/New_York")
        publish(session, not_before=evening)
        assert figures.backlog(session, evening + timedelta(hours=1), QUIET, LONDON) == {
            "email": Backlog(1, timedelta(hours=1))
        }


def test_nothing_is_nothing(database: Database) -> None:
    with database.reading() as session:
        found = figures.figures(session, NOON, QUIET, LONDON)
        assert (found.queued, found.backlog, found.attempts, found.outcomes, found.inbox_open) == ({}, {}, {}, {}, 0)
        assert figures.last_attempt_at(session) is None
