from __future__ import annotations

from datetime import datetime

import pytest
from sqlmodel import select

from core.calls import RUNG_IN_VAIN
from core.errors import UserError
from core.ladder import OPTED_OUT
from core.people import RouteState
from store import notices
from store.call_results import record_call
from store.calls import count_open, open_calls
from store.database import Database, Session
from store.reach import reach
from store.tables import CallOutcome, Delivery, Notice, Person
from tests.store.people import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    TODAY,
    WAYS,
    add_person,
    claim,
    deliveries,
    events,
    publish,
    recipient_of,
    route_of,
    say,
    the_delivery,
)


def to_ring(session: Session, *channels: str, key: str = "k1", **more: object) -> tuple[Person, Notice, str]:
    """One person whom the list says to ring, and the call's code."""
    person = add_person(session, "Ann Carter", *(channels or ("phone",)), **more)  # type: ignore[arg-type]
    notice = publish(session, key)
    for one in claim(session, "phone"):
        say(session, one, "accepted", provider="phone")
    return person, notice, the_delivery(session).uid


def ring(session: Session, code: str, result: str, at: datetime = NOON, by: str = "cora", note: str = "") -> set[str]:
    return record_call(session, code, result, note, by, at, WAYS)


def test_the_list_says_whom_to_ring_why_and_what_they_need(database: Database) -> None:
    with database.writing() as session:
        person, notice, code = to_ring(
            session, called="Annie", held_by="her son", support="speak slowly", notes="mornings", language="en-GB"
        )
        (call,) = open_calls(session, TODAY)
        assert (call.id, call.person, call.name, call.called) == (code, person.uid, "Ann Carter", "Annie")
        assert call.number == route_of(session, person, "phone").address
        assert (call.held_by, call.for_whom, call.support, call.notes) == (
            "her son",
            "Annie",
            "speak slowly",
            "mornings",
        )
        assert (call.why, call.content.text, call.not_after) == ("News", "We meet on Monday.", NOON + 3 * DAY)
        assert (call.tries, call.last, call.notice) == (0, "", notice.uid)


def test_urgent_calls_come_first_and_a_list_can_be_of_one_notice(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Zoe", "phone")
        add_person(session, "Abe", "phone")
        plain = publish(session, "plain")
        urgent = publish(session, "urgent", urgent=True)
        for one in claim(session, "phone"):
            say(session, one, "accepted", provider="phone")
        assert [(call.notice, call.name) for call in open_calls(session, TODAY)] == [
            (urgent.uid, "Abe"),
            (urgent.uid, "Zoe"),
            (plain.uid, "Abe"),
            (plain.uid, "Zoe"),
        ]
        assert [call.name for call in open_calls(session, TODAY, plain.uid)] == ["Abe", "Zoe"]


def test_nobody_is_on_the_list_before_the_notice_may_leave_or_while_it_is_paused(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "phone")
        notice = publish(session)
        assert open_calls(session, TODAY) == []
        for one in claim(session, "phone"):
            say(session, one, "accepted", provider="phone")
        notices.pause(session, notice, NOON)
        assert open_calls(session, TODAY) == []
        notices.resume(session, notice, NOON)
        assert len(open_calls(session, TODAY)) == 1
        notices.cancel(session, notice, NOON)
        assert open_calls(session, TODAY) == []


@pytest.mark.parametrize("status", ["died", "left", "paused"])
def test_nobody_who_died_left_or_paused_is_on_the_list(database: Database, status: str) -> None:
    with database.writing() as session:
        person, _, _ = to_ring(session)
        assert count_open(session, TODAY) == 1
        person.status = status
        session.flush()
        assert (open_calls(session, TODAY), count_open(session, TODAY)) == ([], 0)
        person.paused_until = TODAY  # which is when a pause is over
        session.flush()
        assert len(open_calls(session, TODAY)) == count_open(session, TODAY) == (status == "paused")


def test_somebody_who_was_rung_is_reached(database: Database) -> None:
    with database.writing() as session:
        _, notice, code = to_ring(session)
        for _ in range(2):
            assert ring(session, code, "reached", note="will come") == set()
        assert the_delivery(session).state == "delivered"
        assert reach(session, notice).people[0].standing.value == "reached"
        assert open_calls(session, TODAY) == []
        (noted,) = session.exec(select(CallOutcome)).all()
        assert (noted.outcome, noted.note, noted.by) == ("reached", "will come", "cora")
        assert [(one.status, one.by) for one in events(session)][-1] == ("reached", "cora")


@pytest.mark.parametrize("result", ["no_answer", "voicemail", "engaged"])
def test_three_tries_in_vain_give_the_person_to_staff(database: Database, result: str) -> None:
    with database.writing() as session:
        person, notice, code = to_ring(session)
        for number in (1, 2):
            ring(session, code, result, NOON + number * HOUR)
            (call,) = open_calls(session, TODAY)
            assert (call.tries, call.last) == (number, result)
        ring(session, code, result, NOON + 3 * HOUR)
        assert open_calls(session, TODAY) == []
        assert recipient_of(session, person, notice).task_reason == RUNG_IN_VAIN


def test_three_tries_in_vain_go_on_to_a_route_that_is_left(database: Database) -> None:
    with database.writing() as session:
        person, notice, code = to_ring(session, "phone", "email")
        for number in (1, 2, 3):
            woken = ring(session, code, "no_answer", NOON + number * HOUR)
        assert woken == {"email"}
        assert recipient_of(session, person, notice).task is None


def test_a_tap_that_was_doubled_counts_once_and_another_callers_try_counts(database: Database) -> None:
    with database.writing() as session:
        _, _, code = to_ring(session)
        ring(session, code, "no_answer")
        ring(session, code, "no_answer")
        ring(session, code, "no_answer", by="joe")
        ring(session, code, "no_answer", NOON + 5 * MINUTE, by="joe")
        assert len(session.exec(select(CallOutcome)).all()) == 3


def test_somebody_who_asks_to_be_rung_back_stays_on_the_list(database: Database) -> None:
    with database.writing() as session:
        _, _, code = to_ring(session)
        for number in range(5):
            ring(session, code, "call_back", NOON + number * HOUR)
        assert len(open_calls(session, TODAY)) == 1


@pytest.mark.parametrize("result", ["wrong_number", "number_dead"])
def test_a_number_that_is_no_good_is_switched_off_and_the_next_rung_begins(database: Database, result: str) -> None:
    with database.writing() as session:
        person, _, code = to_ring(session, "phone", "email")
        assert ring(session, code, result) == {"email"}
        assert route_of(session, person, "phone").state == RouteState.DEAD
        assert [one.state for one in deliveries(session)] == ["failed", "queued"]


def test_somebody_who_wants_no_calls_is_left_out_and_staff_are_told(database: Database) -> None:
    with database.writing() as session:
        person, notice, code = to_ring(session, "phone", "email")
        assert ring(session, code, "do_not_call") == set()
        assert route_of(session, person, "phone").state == RouteState.STOPPED
        assert recipient_of(session, person, notice).left_out == OPTED_OUT
        assert [one.channel for one in deliveries(session)] == ["phone"]
        (alert,) = session.exec(select(Notice).where(Notice.kind == "alert")).all()
        assert alert.subject == "Ann Carter asked us to stop calls"


@pytest.mark.parametrize(
    ("result", "reason"),
    [("other_channel", "would like another way than a call"), ("interpreter", "needs an interpreter")],
)
def test_what_only_staff_can_arrange_becomes_their_task(database: Database, result: str, reason: str) -> None:
    with database.writing() as session:
        person, notice, code = to_ring(session, "phone", "email")
        assert ring(session, code, result) == set()
        assert recipient_of(session, person, notice).task_reason == reason
        assert len(deliveries(session)) == 1


def test_a_list_on_paper_may_come_back_late(database: Database) -> None:
    with database.writing() as session:
        person, notice, code = to_ring(session)
        notices.cancel(session, notice, NOON)
        ring(session, code, "no_answer")
        assert the_delivery(session).state == "withdrawn"
        ring(session, code, "reached")
        assert the_delivery(session).state == "delivered"
        ring(session, code, "do_not_call")
        assert (the_delivery(session).state, route_of(session, person, "phone").state) == ("delivered", "stopped")


def test_a_code_or_a_result_that_there_is_not_is_a_clear_error(database: Database) -> None:
    with database.writing() as session:
        _, _, code = to_ring(session, "phone")
        with pytest.raises(UserError, match="no_answer"):
            ring(session, code, "asleep")
        with pytest.raises(UserError, match="calls list"):
            ring(session, "no such code", "reached")
        assert session.exec(select(Delivery)).one().state == "accepted"
