from __future__ import annotations

import pytest

from core.delivery import DuplicatePolicy
from core.reach import Task
from core.receipts import Receipt
from core.retry import MOST_CRASHES
from core.settling import LOOKS
from store import notices, sweep
from store.database import Database, Session
from store.settle import settle_doubt
from store.sweep import Doubt
from store.tables import Person
from tests.store.people import (
    DAY,
    HOUR,
    LEASE,
    MINUTE,
    NOON,
    WAYS,
    add_person,
    claim,
    deliveries,
    events,
    publish,
    receipt,
    recipient_of,
    say,
    the_delivery,
)

TWICE, SILENCE = DuplicatePolicy.PREFER_TELLING_TWICE, DuplicatePolicy.PREFER_SILENCE


def lost_message(session: Session, policy: DuplicatePolicy = SILENCE, *channels: str) -> Person:
    """One message whose sender was killed."""
    person = add_person(session, "Ann Carter", *(channels or ("email",)))
    publish(session, policy=policy)
    claim(session, channels[0] if channels else "email")
    assert len(sweep.lost(session, NOON, WAYS, at_start=True)) == 1
    return person


def the_doubt(session: Session, at: object = NOON) -> Doubt:
    (found,) = [doubt for doubts in sweep.doubts(session, at, 10).values() for doubt in doubts]  # type: ignore[arg-type]
    return found


def look(session: Session, found: Receipt | None) -> str:
    doubt = the_doubt(session)
    settle_doubt(session, doubt.id, doubt.n, found, NOON, WAYS)
    return the_delivery(session).state


def test_a_lease_that_ran_out_makes_a_doubt_and_one_that_runs_does_not(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        publish(session)
        claim(session)
        assert len(sweep.lost(session, NOON + LEASE - MINUTE, WAYS)) == 0
        assert len(sweep.lost(session, NOON + LEASE, WAYS)) == 1
        delivery = the_delivery(session)
        assert (delivery.state, delivery.crashes, delivery.tries) == ("unknown", 1, 1)
        assert len(sweep.lost(session, NOON + LEASE, WAYS)) == 0


def test_at_the_start_every_message_in_flight_is_in_doubt_and_none_is_sent_again(database: Database) -> None:
    with database.writing() as session:
        for at in range(5):
            add_person(session, f"Person {at}", "email")
        publish(session)
        claim(session, limit=3)
        assert len(sweep.lost(session, NOON, WAYS, at_start=True)) == 3
        assert len(claim(session)) == 2


def test_a_doubt_waits_as_long_as_its_channel_wants(database: Database) -> None:
    with database.writing() as session:
        lost_message(session, SILENCE, "sms")
        assert sweep.doubts(session, NOON + 9 * MINUTE, 10) == {}
        doubt = the_doubt(session, NOON + 10 * MINUTE)
        assert (doubt.name, doubt.n, doubt.started_at) == ("Ann Carter", 1, NOON)


@pytest.mark.parametrize(("policy", "state"), [(TWICE, "queued"), (SILENCE, "review")])
def test_where_the_provider_cannot_say_the_policy_decides(
    database: Database, policy: DuplicatePolicy, state: str
) -> None:
    with database.writing() as session:
        lost_message(session, policy)
        assert look(session, None) == state
        assert len(claim(session)) == (1 if policy is TWICE else 0)


@pytest.mark.parametrize("outcome", ["accepted", "delivered"])
@pytest.mark.parametrize("policy", list(DuplicatePolicy))
def test_what_is_found_was_sent(database: Database, policy: DuplicatePolicy, outcome: str) -> None:
    with database.writing() as session:
        lost_message(session, policy)
        assert look(session, receipt(outcome, ref="found")) == outcome
        assert [one.ref for one in events(session)] == ["found"]


@pytest.mark.parametrize("policy", list(DuplicatePolicy))
def test_what_is_absent_twice_is_sent_again(database: Database, policy: DuplicatePolicy) -> None:
    with database.writing() as session:
        lost_message(session, policy)
        for _ in range(LOOKS - 1):
            assert look(session, receipt("deferred", status="absent")) == "unknown"
        assert look(session, receipt("deferred", status="absent")) == "queued"


def test_what_was_found_to_be_refused_takes_the_next_rung(database: Database) -> None:
    with database.writing() as session:
        lost_message(session, SILENCE, "email", "phone")
        look(session, receipt("refused"))
        assert [(one.channel, one.state) for one in deliveries(session)] == [("email", "failed"), ("phone", "queued")]


@pytest.mark.parametrize("policy", list(DuplicatePolicy))
def test_a_message_that_ended_three_processes_is_given_up(database: Database, policy: DuplicatePolicy) -> None:
    with database.writing() as session:
        person = lost_message(session, policy)
        for _ in range(MOST_CRASHES - 1):
            while look(session, receipt("deferred", status="absent")) == "unknown":
                pass
            assert len(claim(session)) == 1
            sweep.lost(session, NOON, WAYS, at_start=True)
        assert look(session, None) == "failed"
        notice = notices.find_notice(session, notices.contents(session, [1])[1].uid)
        assert recipient_of(session, person, notice).task == Task.OPEN


def test_a_doubt_that_was_settled_meanwhile_is_left_alone(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        publish(session)
        (mine,) = claim(session)
        sweep.lost(session, NOON, WAYS, at_start=True)
        doubt = the_doubt(session)
        say(session, mine, "accepted", ref="late")
        assert settle_doubt(session, doubt.id, doubt.n, None, NOON, WAYS) == set()
        assert the_delivery(session).state == "accepted"


def test_nobody_is_asked_about_a_message_of_a_cancelled_notice_or_to_somebody_who_died(database: Database) -> None:
    with database.writing() as session:
        person = lost_message(session)
        person.status = "died"
        session.flush()
        assert look(session, None) == "withdrawn"


def test_what_is_stale_expires_and_staff_get_the_people(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann", "email")
        joe = add_person(session, "Joe", "phone")
        notice = publish(session)
        (call,) = claim(session, "phone")
        say(session, call, "accepted", provider="phone")
        assert sweep.stale(session, NOON + 3 * DAY - MINUTE) == 0
        assert sweep.stale(session, NOON + 3 * DAY) == 2
        assert {one.state for one in deliveries(session)} == {"expired"}
        for person in (ann, joe):
            assert recipient_of(session, person, notice).task_reason == "too late to send"
        assert sweep.stale(session, NOON + 4 * DAY) == 0


def test_what_has_left_does_not_become_stale(database: Database) -> None:
    with database.writing() as session:
        for name in ("Ann", "Joe", "Kit"):
            add_person(session, name, "email")
        publish(session)
        first, second, _ = claim(session)
        say(session, first, "accepted")
        say(session, second, "unknown")
        assert sweep.stale(session, NOON + 4 * DAY) == 0
        assert [one.state for one in deliveries(session)] == ["accepted", "unknown", "sending"]


def test_a_paused_notice_goes_stale_too(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        notice = publish(session)
        notices.pause(session, notice, NOON)
        assert sweep.stale(session, NOON + 3 * DAY) == 1


def test_no_more_doubts_are_read_than_asked_for(database: Database) -> None:
    with database.writing() as session:
        for at in range(5):
            add_person(session, f"Person {at}", "email")
        publish(session)
        claim(session)
        sweep.lost(session, NOON, WAYS, at_start=True)
        assert len(sweep.doubts(session, NOON + HOUR, 3)["email"]) == 3
