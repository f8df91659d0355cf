from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from core.delivery import State
from core.people import RouteState, Status
from core.receipts import Outcome
from store import notices, outbox, sweep
from store.database import Database, Session
from store.outbox import Result
from store.reach import reach
from store.tables import Delivery, Notice, Person
from tests.store.people import (
    CHANNELS,
    DAY,
    HOUR,
    LEASE,
    MINUTE,
    NOON,
    TODAY,
    WAYS,
    add_person,
    attempts,
    claim,
    deliveries,
    events,
    moment,
    plan,
    publish,
    receipt,
    recipient_of,
    route_of,
    say,
    the_delivery,
)
from tests.store.threads import at_once


def one_message(session: Session, *channels: str, **more: Any) -> tuple[Person, Notice]:
    person = add_person(session, "Ann Carter", *(channels or ("email",)), **more)
    return person, publish(session)


def test_a_claim_is_an_attempt_with_a_token_and_a_lease_before_anything_is_sent(database: Database) -> None:
    with database.writing() as session:
        one_message(session)
    with database.writing() as session:
        (mine,) = claim(session)
    with database.reading() as session:
        (attempt,), delivery = attempts(session), the_delivery(session)
        assert (attempt.n, attempt.token, attempt.outcome) == (1, mine.token, None)
        assert (attempt.started_at, attempt.lease_until) == (NOON, NOON + LEASE)
        assert (delivery.state, delivery.token, delivery.lease_until) == ("sending", mine.token, NOON + LEASE)
        assert (mine.name, mine.n) == ("Ann Carter", 1)


def test_what_is_not_due_yet_waits(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        publish(session, not_before=NOON + HOUR)
        assert outbox.next_due(session, "email") == NOON + HOUR
        assert outbox.next_due(session, "sms") is None
        assert claim(session) == []
        assert len(claim(session, at=NOON + HOUR)) == 1
        assert outbox.next_due(session, "email") is None


def test_urgent_messages_go_first(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        publish(session, "slow")
        fast = publish(session, "fast", urgent=True)
        assert [one.notice_id for one in claim(session, limit=1)] == [fast.id]


def change_person(**values: Any) -> Callable[[Session, Person, Notice], None]:
    def change(session: Session, person: Person, notice: Notice) -> None:
        for name, value in values.items():
            setattr(person, name, value)

    return change


def change_route(state: RouteState) -> Callable[[Session, Person, Notice], None]:
    def change(session: Session, person: Person, notice: Notice) -> None:
        route_of(session, person, "email").state = state

    return change


def change_notice(state: str) -> Callable[[Session, Person, Notice], None]:
    def change(session: Session, person: Person, notice: Notice) -> None:
        notice.state = state

    return change


@pytest.mark.parametrize(
    ("change", "at", "state", "standing"),
    [
        (change_person(stopped_at=NOON), NOON, "withdrawn", "left_out"),
        (change_person(status=Status.DIED), NOON, "withdrawn", "left_out"),
        (change_person(status=Status.LEFT), NOON, "withdrawn", "left_out"),
        (change_person(status=Status.ERASED), NOON, "withdrawn", "left_out"),
        (change_person(status=Status.PAUSED), NOON, "withdrawn", "left_out"),
        (change_person(status=Status.PAUSED, paused_until=TODAY + DAY), NOON, "withdrawn", "left_out"),
        (change_route(RouteState.STOPPED), NOON, "withdrawn", "left_out"),
        (change_route(RouteState.DEAD), NOON, "withdrawn", "needs_person"),
        (change_notice("cancelled"), NOON, "withdrawn", "left_out"),
        (change_notice("paused"), NOON, "held", "trying"),
        (change_person(), NOON + 3 * DAY, "expired", "needs_person"),
    ],
)
def test_a_claim_is_bound_by_what_was_recorded_before_it(
    database: Database,
    change: Callable[[Session, Person, Notice], None],
    at: datetime,
    state: str,
    standing: str,
) -> None:
    with database.writing() as session:
        person, notice = one_message(session)
        change(session, person, notice)
    with database.writing() as session:
        claimed = outbox.claim(session, "email", 10, moment(at), LEASE, WAYS)
        assert (claimed.claims, claimed.settled) == ([], 1)
        assert the_delivery(session).state == state
        assert attempts(session) == []
        found = reach(session, session.get_one(Notice, notice.id))
        assert [one.standing.value for one in found.people] == [standing]


def test_a_pause_that_has_ended_binds_no_claim(database: Database) -> None:
    with database.writing() as session:
        person, _ = one_message(session)
        person.status, person.paused_until = Status.PAUSED, TODAY
        session.flush()
        assert len(claim(session)) == 1


def test_an_address_that_died_meanwhile_gives_the_next_rung_its_turn_at_once(database: Database) -> None:
    with database.writing() as session:
        person, _ = one_message(session, "email", "sms")
        route_of(session, person, "email").state = RouteState.DEAD
        session.flush()
        assert claim(session) == []
        assert [(one.channel, one.state) for one in deliveries(session)] == [
            ("email", "withdrawn"),
            ("sms", "queued"),
        ]
        assert len(claim(session, "sms")) == 1


def test_quiet_zones_hold_all_but_the_urgent_and_drop_nothing(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        add_person(session, "Joe", "email", timezone="Australia/Sydney")
        publish(session)
        asleep = ["Europe/London"]
        assert [one.name for one in claim(session, quiet=asleep)] == ["Joe"]
        urgent = publish(session, "now", urgent=True)
        assert {one.notice_id for one in claim(session, quiet=[*asleep, "Australia/Sydney"])} == {urgent.id}
        assert len(claim(session)) == 1


def test_a_message_on_a_shared_or_held_route_says_for_whom_it_is(database: Database) -> None:
    with database.writing() as session:
        shared = {"sms": "+447700900001"}
        add_person(session, "Ms Ann Carter", "sms", addresses=shared)
        add_person(session, "Joe Carter", "sms", addresses=shared, called="Joey")
        add_person(session, "Kit Moss", "sms", held_by="Kit's mother")
        add_person(session, "Lu Own", "sms")
        publish(session)
        assert [one.for_whom for one in claim(session, "sms")] == ["Ann", "Joey", "Kit", None]


def test_several_claimers_at_once_never_take_the_same_delivery(open_again: Callable[[], Database]) -> None:
    databases = [open_again() for _ in range(4)]
    with databases[0].writing() as session:
        for at in range(120):
            add_person(session, f"Person {at}", "email")
        publish(session)

    def claim_all(database: Database) -> list[int]:
        mine: list[int] = []
        for _ in range(15):
            with database.writing() as session:
                mine += [one.id for one in claim(session, limit=7)]
        return mine

    taken = [id_ for mine in at_once([partial(claim_all, one) for one in databases]) for id_ in mine]
    assert len(taken) == len(set(taken)) == 120


def _claim_in_a_process(url: str, results: Any) -> None:
    database = Database(url)
    mine: list[int] = []
    for _ in range(12):
        with database.writing() as session:
            mine += [one.id for one in claim(session, limit=5)]
    database.close()
    results.put(mine)


def test_several_processes_at_once_never_take_the_same_delivery(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.writing() as session:
        for at in range(80):
            add_person(session, f"Person {at}", "email")
        publish(session)
    database.close()
    spawn = multiprocessing.get_context("spawn")
    results = spawn.Queue()
    processes = [spawn.Process(target=_claim_in_a_process, args=(sqlite_url, results)) for _ in range(2)]
    for process in processes:
        process.start()
    taken = [id_ for _ in processes for id_ in results.get(timeout=60)]
    for process in processes:
        process.join(60)
    results.close()
    results.join_thread()
    assert len(taken) == len(set(taken)) == 80


def test_many_answers_are_recorded_in_one_go(database: Database) -> None:
    with database.writing() as session:
        for at in range(20):
            add_person(session, f"Person {at}", "email")
        publish(session)
        claims = claim(session)
        outbox.record(session, [Result(one, receipt("accepted", ref=f"r{one.id}")) for one in claims], NOON, WAYS)
        assert {one.state for one in deliveries(session)} == {"accepted"}
        assert {one.tries for one in deliveries(session)} == {1}
        assert {(one.outcome, one.provider_ref) for one in attempts(session)} == {
            ("accepted", f"r{one.id}") for one in claims
        }
        assert len(events(session)) == 20


def test_recording_the_same_answers_twice_changes_nothing(database: Database) -> None:
    with database.writing() as session:
        one_message(session)
        (mine,) = claim(session)
        for _ in range(2):
            say(session, mine, "accepted", ref="r1")
        assert (the_delivery(session).state, the_delivery(session).tries) == ("accepted", 1)
        assert len(events(session)) == 1


def test_an_answer_with_a_stale_token_does_not_touch_the_attempt_that_runs_now(database: Database) -> None:
    with database.writing() as session:
        one_message(session)
        (first,) = claim(session)
        say(session, first, "deferred")
        later = the_delivery(session).not_before
        (second,) = claim(session, at=later)
        for outcome in ("deferred", "refused", "broken", "unknown", "accepted"):
            say(session, first, outcome, at=later)
            assert (the_delivery(session).state, the_delivery(session).token) == ("sending", second.token)
        say(session, second, "accepted", at=later)
        assert the_delivery(session).state == "accepted"


@pytest.mark.parametrize(
    ("outcome", "state", "tries"),
    [
        ("accepted", "accepted", 1),
        ("delivered", "delivered", 1),
        ("deferred", "queued", 1),
        ("refused", "failed", 1),
        ("unknown", "unknown", 1),
        ("broken", "queued", 0),
    ],
)
def test_every_answer_has_its_state(database: Database, outcome: str, state: str, tries: int) -> None:
    with database.writing() as session:
        one_message(session)
        (mine,) = claim(session)
        woken = say(session, mine, outcome)
        delivery = the_delivery(session)
        assert (delivery.state, delivery.tries) == (state, tries)
        assert woken == ({"email"} if state == "queued" else set())
        assert attempts(session)[0].outcome == outcome
        assert (delivery.lease_until is None) == (state != "unknown")


def test_a_deferral_waits_before_the_next_try_and_a_fault_of_ours_does_not(database: Database) -> None:
    with database.writing() as session:
        one_message(session)
        (mine,) = claim(session)
        say(session, mine, "broken")
        (mine,) = claim(session)
        say(session, mine, "deferred", retry_after=HOUR)
        assert claim(session, at=NOON + 59 * MINUTE) == []
        (mine,) = claim(session, at=NOON + HOUR)
        assert mine.n == 3


def test_what_was_never_handed_over_is_given_back_unspent(database: Database) -> None:
    with database.writing() as session:
        one_message(session)
        (mine,) = claim(session)
        outbox.give_back(session, [mine], NOON)
        assert (the_delivery(session).state, the_delivery(session).tries) == ("queued", 0)
        assert attempts(session)[0].outcome == "broken"
        (again,) = claim(session)
        outbox.give_back(session, [mine], NOON)
        assert the_delivery(session).state == "sending"
        assert again.n == 2


def test_a_group_that_became_another_chat_gets_its_new_address(database: Database) -> None:
    with database.writing() as session:
        person, _ = one_message(session, "telegram")
        (mine,) = claim(session, "telegram")
        say(session, mine, "deferred", provider="telegram", new_address="-1009")
        assert route_of(session, person, "telegram").address == "-1009"


def test_an_undo_within_the_window_leaves_nothing_to_send(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        made = notices.publish(session, plan(not_before=NOON + timedelta(seconds=30)), CHANNELS, TODAY, NOON)
        notice = session.get_one(Notice, made.id)
        assert notices.cancel(session, notice, NOON) == 1
        assert claim(session, at=NOON + HOUR) == []


def test_a_refusal_of_this_message_alone_leaves_the_route_in_use(database: Database) -> None:
    with database.writing() as session:
        person, _ = one_message(session)
        (mine,) = claim(session)
        say(session, mine, Outcome.REFUSED)
        assert route_of(session, person, "email").state == RouteState.ACTIVE


def test_a_claim_finds_its_rows_by_their_index(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.reading() as session:
        for sql in (
            "SELECT d.id FROM delivery d WHERE d.channel = ? AND d.state = 'queued' AND d.not_before <= ? "
            "ORDER BY d.urgent, d.not_before, d.id LIMIT 5",
        ):
            plan_ = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", ("email", "2026")).all()
            assert any("ix_delivery_due" in str(row) for row in plan_)
    database.close()


def test_a_person_is_sent_nothing_after_everything_was_tried(database: Database) -> None:
    with database.writing() as session:
        person, notice = one_message(session, "email", "sms")
        for channel in ("email", "sms"):
            (mine,) = claim(session, channel)
            say(session, mine, "refused", provider=channel)
        assert recipient_of(session, person, notice).task_reason == "no route that works"
        assert {one.state for one in deliveries(session)} == {State.FAILED}
        assert [claim(session, channel) for channel in CHANNELS] == [[], [], [], []]
        assert isinstance(the_delivery(session), Delivery)


def test_an_answer_after_the_lease_ran_out_still_settles_the_doubt(database: Database) -> None:
    with database.writing() as session:
        for name in ("Ann", "Joe"):
            add_person(session, name, "email")
        publish(session)
        claims = claim(session)
        later = NOON + 2 * LEASE
        assert len(sweep.lost(session, later, WAYS)) == 2
        outbox.record(session, [Result(one, receipt("accepted", ref=one.uid)) for one in claims], later, WAYS)
        assert {one.state for one in deliveries(session)} == {"accepted"}
        assert {one.provider_ref for one in attempts(session)} == {one.uid for one in claims}
        assert len(events(session)) == 2
