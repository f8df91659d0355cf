"""News of a meeting and an older message of which nobody knows whether it was sent."""

from __future__ import annotations

from store.database import Database, Session
from store.sweep import lost
from store.tables import Meeting
from tests.store.meetings import cancel, make_all, move, put_in
from tests.store.people import DAY, HOUR, LEASE, MINUTE, NOON, WAYS, add_person, claim, say


def in_doubt(session: Session) -> Meeting:
    """Somebody was sent the invitation by text, nobody knows whether it went; it was under way until the lease."""
    add_person(session, "Ann", "sms", "email", "phone")
    row = put_in(session, NOON + 20 * HOUR)
    make_all(session, NOON)
    (mine,) = claim(session, "sms")
    say(session, mine, "unknown", provider="sms")
    return row


def test_urgent_news_leaves_at_once_on_the_routes_without_a_doubt(database: Database) -> None:
    with database.writing() as session:
        row = in_doubt(session)
        cancel(session, row, NOON)
        assert len(claim(session, "email")) == 1
        assert len(claim(session, "phone")) == 1
        assert claim(session, "sms") == [], "the text may still be on its way"


def test_urgent_news_leaves_on_the_doubtful_route_when_the_older_can_not_be_under_way_any_more(
    database: Database,
) -> None:
    with database.writing() as session:
        row = in_doubt(session)
        cancel(session, row, NOON)
        assert claim(session, "sms", at=NOON + LEASE - MINUTE) == []
        (mine,) = claim(session, "sms", at=NOON + LEASE)
        assert mine.address.startswith("sms")


def test_urgent_news_waits_on_every_route_while_the_older_is_being_sent(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "sms", "email")
        row = put_in(session, NOON + 20 * HOUR)
        make_all(session, NOON)
        (mine,) = claim(session, "sms")
        cancel(session, row, NOON)
        assert claim(session, "email") == []
        say(session, mine, "accepted", provider="sms", ref="r1")
        assert len(claim(session, "email")) == 1


def test_urgent_news_leaves_after_a_crash_once_the_lease_is_over(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        row = put_in(session, NOON + 20 * HOUR)
        make_all(session, NOON)
        assert len(claim(session)) == 1
        cancel(session, row, NOON)
        lost(session, NOON, WAYS, at_start=True)
        assert claim(session) == []
        assert len(claim(session, at=NOON + LEASE)) == 1


def test_news_that_is_not_urgent_waits_until_the_doubt_is_settled(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "sms", "email")
        row = put_in(session, NOON + 10 * DAY)
        make_all(session, NOON)
        (mine,) = claim(session, "sms")
        say(session, mine, "unknown", provider="sms")
        move(session, row, NOON + 11 * DAY, NOON)
        assert claim(session, "sms", at=NOON + 5 * MINUTE) == []
