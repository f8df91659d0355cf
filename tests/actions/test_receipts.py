"""What providers and mailboxes tell us later, taken once each, in any order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlmodel import col, select

from actions import receipts
from core.delivery import State
from core.inbox import Why
from core.receipts import Inbound, Outcome, Receipt
from store.database import Database, Session
from store.tables import Delivery, InboxItem, Meeting, MeetingAnswer, Notice, StrayReceipt
from tests.actions.replies import ANN, DAY, around, invited
from tests.store.people import NOON, add_person


def mailed(session: Session) -> Delivery:
    return session.exec(select(Delivery).where(Delivery.channel == "email")).one()


def letter(text: str = "Yes", **more: Any) -> Inbound:
    return replace(Inbound("email", "Ann@Example.org", text, "<m1@example.org>"), **more)


@pytest.fixture
def session(database: Database):  # type: ignore[no-untyped-def]
    with database.writing() as session:
        yield session


def people(session: Session) -> Meeting:
    add_person(session, "Ann Example", "email", "sms", addresses={"email": "ann@example.org", "sms": ANN})
    return invited(session)


def values(session: Session, meeting: Meeting) -> list[str]:
    return [one.value for one in session.exec(select(MeetingAnswer).where(MeetingAnswer.meeting_id == meeting.id))]


def test_a_bounce_moves_a_person_to_their_next_route(session: Session) -> None:
    people(session)
    bounced = Receipt(Outcome.REFUSED, "email", "report 5.1.1", ref="x", reason="no", dead=True)
    bounced = replace(bounced, delivery=mailed(session).uid, attempt=1)
    receipts.take_all(session, [bounced], around())
    assert mailed(session).state == State.FAILED
    assert session.exec(select(Delivery.state).where(Delivery.channel == "sms")).one() == State.QUEUED


def test_receipts_in_any_order_and_tripled_end_in_the_same_state(database: Database) -> None:
    steps = [("sent", Outcome.ACCEPTED), ("delivered", Outcome.DELIVERED), ("undelivered", Outcome.REFUSED)]
    for order in permutations(steps):
        with database.writing() as session:
            trial = session.begin_nested()
            people(session)
            uid = mailed(session).uid
            said = [Receipt(outcome, "email", word, ref="r", delivery=uid, attempt=1) for word, outcome in order]
            receipts.take_all(session, said * 3, around())
            session.expire_all()
            assert mailed(session).state == State.DELIVERED
            trial.rollback()


def test_a_receipt_of_a_message_that_nobody_knows_is_kept(session: Session) -> None:
    people(session)
    receipts.take_all(session, [Receipt(Outcome.DELIVERED, "sms", "delivered", ref="SM1")] * 2, around())
    assert len(session.exec(select(StrayReceipt)).all()) == 1


def test_a_receipt_that_nobody_claims_goes_after_thirty_days(session: Session) -> None:
    for ref, days in (("SM1", 0), ("SM2", 29), ("SM3", 31)):
        receipts.take_all(session, [Receipt(Outcome.DELIVERED, "sms", "delivered", ref=ref)], around(days * DAY + NOON))
    assert session.exec(select(StrayReceipt.ref).order_by(col(StrayReceipt.id))).all() == ["SM2", "SM3"]


def test_a_letter_is_heard_once_and_answers_the_meeting(session: Session) -> None:
    meeting = people(session)
    for _ in range(3):
        receipts.take_all(session, [letter(delivery=mailed(session).uid)], around())
    assert values(session, meeting) == ["yes"]


def test_a_strangers_letter_stays_in_the_mailbox(session: Session) -> None:
    people(session)
    taken = receipts.take_all(session, [letter("Buy now", sender="shop@example.com")], around())
    assert taken.heard == 0
    assert session.exec(select(InboxItem)).all() == []


def test_a_stranger_who_answers_a_letter_of_ours_is_heard(session: Session) -> None:
    people(session)
    answer = letter("I am her daughter. She is ill.", sender="kim@example.com", delivery=mailed(session).uid)
    assert receipts.take_all(session, [answer], around()).heard == 1
    assert session.exec(select(InboxItem.why)).one() == Why.STRANGER


def test_words_that_twilio_keeps_are_not_confirmed_twice(session: Session) -> None:
    people(session)
    stop = Inbound("sms", ANN, "STOP", "SM9", confirmed=True)
    receipts.take_all(session, [stop], around())
    assert session.exec(select(Notice).where(col(Notice.kind) == "reply")).all() == []
    assert session.exec(select(InboxItem.why)).first() is not None


def test_a_channel_that_is_off_takes_nothing(session: Session) -> None:
    from channels.base import RawCallback

    with pytest.raises(ValueError, match="switched off"):
        receipts.take(session, "pigeon", RawCallback(), around(at=around().now + timedelta(days=1)))
