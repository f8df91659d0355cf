from __future__ import annotations

from itertools import permutations

import pytest
from sqlmodel import select

from core.delivery import DuplicatePolicy
from core.ladder import OPTED_OUT
from core.people import RouteState
from core.reach import Task
from core.receipts import Receipt
from store import outbox, strays
from store.alerts import tell_staff
from store.database import Database, Session
from store.outbox import Claim, Result
from store.reach import reach
from store.settle import close_route, settle_doubt
from store.stop_log import StopLog
from store.tables import Notice, Person, StrayReceipt
from store.tables.base import known
from store.withdraw import withdraw_person
from tests.store.people import (
    DAY,
    HOUR,
    NOON,
    WAYS,
    add_person,
    attempts,
    claim,
    deliveries,
    events,
    hear,
    publish,
    receipt,
    recipient_of,
    route_of,
    say,
    the_delivery,
)


def sent(session: Session, *channels: str, ref: str = "r1") -> tuple[Person, Notice, Claim]:
    """One message that its provider has accepted."""
    person = add_person(session, "Ann Carter", *(channels or ("sms",)))
    notice = publish(session)
    channel = channels[0] if channels else "sms"
    (mine,) = claim(session, channel)
    say(session, mine, "accepted", provider=channel, ref=ref)
    return person, notice, mine


def test_a_receipt_that_came_late_proves_the_delivery(database: Database) -> None:
    with database.writing() as session:
        sent(session)
    with database.writing() as session:
        hear(session, "delivered", provider="sms", ref="r1")
    with database.writing() as session:
        for _ in range(3):
            hear(session, "delivered", provider="sms", ref="r1")
        assert the_delivery(session).state == "delivered"
        assert [one.status for one in events(session)] == ["accepted", "delivered"]


WORDS: list[dict[str, object]] = [
    {"outcome": "accepted", "status": "sent"},
    {"outcome": "delivered", "status": "delivered"},
    {"outcome": "deferred", "status": "30003"},
    {"outcome": "refused", "status": "30005", "dead": True},
]


@pytest.mark.parametrize("before_our_commit", [False, True])
def test_receipts_end_in_the_same_place_whatever_their_order(database: Database, before_our_commit: bool) -> None:
    ends: dict[frozenset[object], set[object]] = {}
    orders = [order for size in (2, 3, 4) for order in permutations(WORDS, size)]
    with database.writing() as session:
        for number, order in enumerate(orders):
            person = add_person(session, f"Person {number}", "sms", "email", groups=[f"only {number}"])
            notice = publish(session, f"key {number}", group=f"only {number}")
            (mine,) = [
                one for one in claim(session, "sms", 1000) if one.notice_id == notice.id and one.name == person.name
            ]
            ref = f"r{number}"
            if not before_our_commit:
                say(session, mine, "accepted", provider="sms", ref=ref)
            for word in order:
                hear(session, **word, provider="sms", ref=ref)  # type: ignore[arg-type]
            if before_our_commit:
                say(session, mine, "accepted", provider="sms", ref=ref)
            delivery = next(one for one in deliveries(session, notice) if one.id == mine.id)
            (standing,) = [one.standing for one in reach(session, notice).people if one.name == person.name]
            kinds = frozenset(word["outcome"] for word in order)
            ends.setdefault(kinds, set()).add((delivery.state, route_of(session, person, "sms").state, standing))
            person.stopped_at = NOON
            session.flush()
            withdraw_person(session, known(person.id), OPTED_OUT, NOON)
        assert {kinds: end for kinds, end in ends.items() if len(end) > 1} == {}
        assert session.exec(select(StrayReceipt)).all() == []


def test_a_receipt_before_our_own_commit_is_kept_and_applied_then(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "sms")
        publish(session)
        (mine,) = claim(session, "sms")
        for _ in range(2):
            hear(session, "delivered", provider="sms", ref="r1")
        hear(session, "delivered", provider="email", ref="r1")
        assert the_delivery(session).state == "sending"
    with database.writing() as session:
        say(session, mine, "accepted", provider="sms", ref="r1")
        assert the_delivery(session).state == "delivered"
        assert [one.provider for one in session.exec(select(StrayReceipt)).all()] == ["email"]


def test_a_kept_receipt_is_applied_also_where_the_answer_was_not_a_plain_one(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "sms")
        publish(session)
        (mine,) = claim(session, "sms")
        hear(session, "delivered", provider="sms", ref="r1")
        say(session, mine, "unknown", provider="sms", ref="r1")
        assert the_delivery(session).state == "delivered"


def test_a_callback_that_names_its_attempt_settles_a_lost_answer(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "sms")
        publish(session)
        (mine,) = claim(session, "sms")
        hear(session, "delivered", provider="sms", ref="early")
        hear(session, "accepted", provider="sms", ref="early", delivery=mine.uid, attempt=1)
        assert the_delivery(session).state == "delivered"
        assert attempts(session)[0].provider_ref == "early"
        say(session, mine, "unknown", provider="sms")
        assert the_delivery(session).state == "delivered"
        assert attempts(session)[0].outcome == "delivered"


def test_a_receipt_that_names_nothing_we_know_harms_nothing(database: Database) -> None:
    with database.writing() as session:
        assert hear(session, "delivered", provider="sms", ref="?", delivery="?", attempt=1) == set()
        assert hear(session, "delivered", provider="sms") == set()
        assert len(session.exec(select(StrayReceipt)).all()) == 1


def test_a_fault_that_is_reported_after_acceptance_is_tried_again_and_a_late_sent_does_not_stop_that(
    database: Database,
) -> None:
    with database.writing() as session:
        sent(session)
        hear(session, "deferred", provider="sms", ref="r1", status="30003")
        assert the_delivery(session).state == "queued"
        hear(session, "accepted", provider="sms", ref="r1", status="sent")
        assert the_delivery(session).state == "queued"
        assert len(claim(session, "sms", at=NOON + HOUR)) == 1


def test_a_refusal_gives_the_next_rung_its_turn_at_once(database: Database) -> None:
    with database.writing() as session:
        person, notice, _ = sent(session, "sms", "email", "phone")
        assert hear(session, "refused", provider="sms", ref="r1", dead=True) == {"email"}
        assert route_of(session, person, "sms").state == RouteState.DEAD
        (mine,) = claim(session, "email")
        assert say(session, mine, "refused") == {"phone"}
        (call,) = claim(session, "phone")
        say(session, call, "accepted", provider="phone")
        assert reach(session, notice).people[0].standing.value == "needs_person"
        assert recipient_of(session, person, notice).task is None


def test_somebody_without_a_phone_becomes_a_task_for_staff(database: Database) -> None:
    with database.writing() as session:
        person, notice, _ = sent(session, "sms")
        hear(session, "refused", provider="sms", ref="r1")
        recipient = recipient_of(session, person, notice)
        assert (recipient.task, recipient.task_reason) == (Task.OPEN, "no route that works")


def test_somebody_deaf_is_never_rung(database: Database) -> None:
    with database.writing() as session:
        person = add_person(session, "Dee", "email", "phone", never="phone")
        notice = publish(session)
        (mine,) = claim(session)
        say(session, mine, "refused")
        assert [one.channel for one in deliveries(session)] == ["email"]
        assert recipient_of(session, person, notice).task == Task.OPEN


def test_an_opt_out_starts_nothing_else_and_staff_are_told_once(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Cora", "email", staff="coordinator")
        person = add_person(session, "Ann Carter", "sms", "email", "phone")
        first, second = publish(session, "k1"), publish(session, "k2")
        claims = claim(session, "sms", 1)
        for one in claims:
            say(session, one, "refused", provider="sms", opted_out=True)
        mine = [one for one in deliveries(session) if one.channel == "sms"]
        assert {one.state for one in mine} == {"withdrawn"}
        assert route_of(session, person, "sms").state == RouteState.STOPPED
        for notice in (first, second):
            assert recipient_of(session, person, notice).left_out == OPTED_OUT
        hear(session, "refused", provider="sms", opted_out=True, delivery=claims[0].uid, attempt=1)
        alerts = session.exec(select(Notice).where(Notice.kind == "alert")).all()
        assert [one.subject for one in alerts] == ["Ann Carter asked us to stop texts"]


def test_an_opt_out_is_heard_whatever_became_of_the_message(database: Database) -> None:
    with database.writing() as session:
        person, notice, _ = sent(session, "sms", "email")
        hear(session, "delivered", provider="sms", ref="r1")
        hear(session, "refused", provider="sms", ref="r1", opted_out=True, status="21610")
        assert route_of(session, person, "sms").state == RouteState.STOPPED
        assert the_delivery(session).state == "delivered"
        assert reach(session, notice).people[0].standing.value == "reached"


def test_an_opt_out_after_the_next_rung_began_withdraws_that_rung(database: Database) -> None:
    with database.writing() as session:
        person, notice, _ = sent(session, "sms", "email")
        hear(session, "refused", provider="sms", ref="r1", status="30004")
        hear(session, "refused", provider="sms", ref="r1", status="21610", opted_out=True)
        assert [one.state for one in deliveries(session)] == ["failed", "withdrawn"]
        assert recipient_of(session, person, notice).left_out == OPTED_OUT


@pytest.mark.parametrize("comes_back", ["deferred", "broken", "taken back", "in doubt", "given back"])
def test_what_was_under_way_at_an_opt_out_is_not_tried_again(database: Database, comes_back: str) -> None:
    with database.writing() as session:
        person = add_person(session, "Ann Carter", "sms", "email")
        notice = publish(session, policy=DuplicatePolicy.PREFER_TELLING_TWICE)
        (first,) = claim(session, "sms")
        say(session, first, "refused", provider="sms", ref="r1", status="30004")
        (mine,) = claim(session)
        if comes_back in ("taken back", "in doubt"):
            say(session, mine, "accepted" if comes_back == "taken back" else "unknown", ref="e1")
        hear(session, "refused", provider="sms", delivery=first.uid, attempt=1, status="21610", opted_out=True)
        assert recipient_of(session, person, notice).left_out == OPTED_OUT
        assert the_delivery(session).state in ("sending", "accepted", "unknown")
        match comes_back:
            case "given back":
                outbox.give_back(session, [mine], NOON)
            case "in doubt":
                settle_doubt(session, mine.id, mine.n, None, NOON + HOUR, WAYS)
            case "taken back":
                hear(session, "deferred", ref="e1")
            case _:
                say(session, mine, comes_back)
        assert (the_delivery(session).state, the_delivery(session).reason) == ("withdrawn", OPTED_OUT)
        assert claim(session, at=NOON + DAY) == []


def test_proof_on_one_route_stops_the_rest_of_the_ladder(database: Database) -> None:
    with database.writing() as session:
        person, notice, _ = sent(session, "sms", "email")
        hear(session, "refused", provider="sms", ref="r1")
        assert the_delivery(session).channel == "email"
        hear(session, "delivered", provider="sms", ref="r1")
        assert [one.state for one in deliveries(session)] == ["delivered", "withdrawn"]
        assert recipient_of(session, person, notice).left_out is None
        assert reach(session, notice).people[0].standing.value == "reached"
        assert claim(session) == []


def test_proof_closes_the_task_that_staff_had(database: Database) -> None:
    with database.writing() as session:
        person, notice, _ = sent(session, "sms")
        hear(session, "refused", provider="sms", ref="r1")
        hear(session, "delivered", provider="sms", ref="r1")
        assert recipient_of(session, person, notice).task is None


@pytest.mark.parametrize("gone", ["died", "left"])
def test_a_rung_that_fails_after_a_death_starts_nothing_and_makes_no_task(database: Database, gone: str) -> None:
    with database.writing() as session:
        person, notice, _ = sent(session, "sms", "email")
        person.status = gone
        session.flush()
        withdraw_person(session, known(person.id), gone, NOON)
        hear(session, "refused", provider="sms", ref="r1", dead=True)
        assert len(deliveries(session)) == 1
        recipient = recipient_of(session, person, notice)
        assert recipient.task is None
        assert recipient.left_out in ("died", "left the group")


def test_a_rung_that_fails_too_late_becomes_a_task_and_not_a_message(database: Database) -> None:
    with database.writing() as session:
        person, notice, _ = sent(session, "sms", "email")
        hear(session, "refused", provider="sms", ref="r1", at=notice.not_after)
        assert recipient_of(session, person, notice).task_reason == "too late to send"


def test_the_next_rung_of_a_paused_notice_is_held(database: Database) -> None:
    with database.writing() as session:
        _, notice, _ = sent(session, "sms", "email")
        notice.state = "paused"
        session.flush()
        hear(session, "refused", provider="sms", ref="r1")
        assert the_delivery(session).state == "held"


def test_an_answer_that_is_mixed_with_others_is_recorded_with_them(database: Database) -> None:
    with database.writing() as session:
        for name in ("Ann", "Joe", "Kit"):
            add_person(session, name, "email", "sms")
        publish(session)
        answers = [receipt("accepted", ref="a"), receipt("refused"), receipt("deferred")]
        woken = outbox.record(
            session, [Result(*pair) for pair in zip(claim(session), answers, strict=True)], NOON, WAYS
        )
        assert woken == {"email", "sms"}
        assert [(one.channel, one.state) for one in deliveries(session)] == [
            ("email", "accepted"),
            ("email", "failed"),
            ("email", "queued"),
            ("sms", "queued"),
        ]


def test_an_alert_is_made_once_and_braces_in_a_name_are_safe(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Cora", "email", staff="coordinator")
        for _ in range(2):
            tell_staff(session, "k", "A {strange} name", "{name}", NOON, urgent=True)
        (alert,) = session.exec(select(Notice)).all()
        assert (alert.subject, alert.text, alert.urgent) == ("A {{strange}} name", "{{name}}", True)


def test_a_stop_is_in_the_log_before_it_is_committed(
    tmp_path_factory: pytest.TempPathFactory, database: Database
) -> None:
    class Clock:
        def now(self) -> object:
            return NOON

    database.stop_log = StopLog(tmp_path_factory.mktemp("log") / "stops.log", b"secret", Clock())  # type: ignore[arg-type]
    with database.writing() as session:
        person, _, _ = sent(session)
    with database.writing() as session:
        close_route(session, known(route_of(session, person, "sms").id), RouteState.STOPPED, "asked", NOON)
        assert list(database.stop_log.since(NOON)) == []
    assert [stop.what for stop in database.stop_log.since(NOON)] == ["route_stopped"]


def test_a_receipt_with_everything_in_it_survives_being_kept(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "sms")
        publish(session)
        (mine,) = claim(session, "sms")
        kept = Receipt(
            outcome=receipt("deferred").outcome,
            provider="sms",
            status="30001",
            ref="r1",
            reason="busy",
            retry_after=2 * HOUR,
            tries_left=1,
        )

        strays.receive(session, kept, NOON, WAYS)
        say(session, mine, "accepted", provider="sms", ref="r1")
        delivery = the_delivery(session)
        assert (delivery.state, delivery.reason, delivery.not_before) == ("queued", "busy", NOON + 2 * HOUR)
