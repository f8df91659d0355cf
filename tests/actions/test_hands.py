"""Letters that a machine may have written, or that no machine is to answer: read by people, never answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import col, select

from actions import inbox, receipts
from core.delivery import State
from core.inbox import InboxState, Why
from core.receipts import Hand, Inbound, Outcome, Receipt
from core.roles import TERMINAL
from store import strays
from store.database import Database, Session
from store.tables import Delivery, InboxItem, Meeting, MeetingAnswer, Notice, Person, StrayReceipt
from tests.actions.replies import HOUR, around, invited
from tests.store.people import add_person


@pytest.fixture
def session(sqlite_url: str) -> Iterator[Session]:
    database = Database(sqlite_url)
    with database.writing() as session:
        yield session
    database.close()


def people(session: Session) -> Meeting:
    add_person(session, "Ann Example", "email", addresses={"email": "ann@example.org"})
    return invited(session)


def mailed(session: Session) -> Delivery:
    return session.exec(select(Delivery).where(Delivery.channel == "email")).one()


def letter(text: str, **more: Any) -> Inbound:
    return replace(Inbound("email", "Ann@Example.org", text, "<m1@example.org>"), **more)


def values(session: Session) -> list[str]:
    return list(session.exec(select(MeetingAnswer.value)))


def replies(session: Session) -> list[Notice]:
    return list(session.exec(select(Notice).where(col(Notice.kind) == "reply")))


def report(session: Session, **more: Any) -> Inbound:
    uid = more.pop("delivery", mailed(session).uid)
    return letter(
        "It may not have arrived.", sender="MAILER-DAEMON@example.net", delivery=uid, hand=Hand.SERVER, **more
    )


def test_a_report_that_nothing_can_be_read_from_is_for_staff_with_whom_it_is_about(session: Session) -> None:
    people(session)
    for _ in range(2):
        assert receipts.take_all(session, [report(session)], around()).heard == 1
    (item,) = session.exec(select(InboxItem)).all()
    assert (item.why, item.state, item.delivery_id) == (Why.REPORT, InboxState.OPEN, mailed(session).id)
    assert session.get_one(Person, item.person_id).name == "Ann Example"
    assert (item.text or "").endswith("It may not have arrived.")
    assert session.exec(select(Notice.staff_only).where(Notice.subject == "In the inbox: A mail server")).one()
    assert mailed(session).state == State.ACCEPTED
    answer = inbox.reply(session, TERMINAL, item.uid, "Did you get our letter?", around())
    assert answer.state == InboxState.ANSWERED


def test_a_report_about_nothing_of_ours_is_kept_as_a_stray(session: Session) -> None:
    people(session)
    for _ in range(2):
        taken = receipts.take_all(session, [report(session, delivery=None)], around())
        assert taken.heard == 0
    assert session.exec(select(StrayReceipt.ref)).all() == ["<m1@example.org>"]
    assert [(one.provider, one.count) for one in strays.unmatched(session, around().now + 2 * HOUR)] == [("email", 1)]


@pytest.mark.parametrize("state", [State.ACCEPTED, State.UNKNOWN, State.SENDING])
def test_a_bounce_that_names_a_delivery_alone_is_about_its_newest_attempt(session: Session, state: State) -> None:
    people(session)
    mailed(session).state = state
    bounced = Receipt(Outcome.REFUSED, "email", "report 5.1.1", ref="<x@example.org>", delivery=mailed(session).uid)
    receipts.take_all(session, [bounced], around())
    waits = len(session.exec(select(StrayReceipt)).all())
    assert (mailed(session).state, waits) == ((state, 1) if state is State.SENDING else (State.FAILED, 0))


@pytest.mark.parametrize("hand", [Hand.DOUBTFUL, Hand.SERVER])
@pytest.mark.parametrize("text", ["Yes", "stop", "help", "call me"])
def test_what_a_machine_may_have_written_is_read_and_never_answered(session: Session, text: str, hand: Hand) -> None:
    people(session)
    receipts.take_all(session, [letter(text, delivery=mailed(session).uid, hand=hand)], around())
    assert values(session) == []
    assert replies(session) == []
    item = session.exec(select(InboxItem)).one()
    assert (item.why, item.state, item.text) == (Why.QUESTION, InboxState.OPEN, text)


@pytest.mark.parametrize("hand", [Hand.DOUBTFUL, Hand.SERVER, Hand.UNANSWERED])
@pytest.mark.parametrize("padding", [0, 6_000])
def test_distress_is_heard_whatever_marks_a_letter_has(session: Session, hand: Hand, padding: int) -> None:
    people(session)
    words = "I write to you about the tea. " * (padding // 30) + "I can't cope any more"
    receipts.take_all(session, [letter(words, hand=hand)], around())
    item = session.exec(select(InboxItem)).one()
    assert (item.why, item.pinned) == (Why.DISTRESS, True)
    assert session.exec(select(Notice).where(col(Notice.key).startswith("alert:distress:"))).one().urgent
    assert replies(session) == []
    assert (item.text or "").endswith("[It goes on where it came in.]" if padding else words)


@pytest.mark.parametrize(
    ("text", "why", "answers"),
    [
        ("Yes", Why.HANDLED, ["yes"]),
        ("stop", Why.STOP, []),
        ("help", Why.QUESTION, []),
        ("language", Why.CHANGE, []),
        ("Is there a ramp?", Why.QUESTION, []),
    ],
)
def test_who_wants_no_machine_to_answer_is_understood_in_silence(
    session: Session, text: str, why: Why, answers: list[str]
) -> None:
    people(session)
    receipts.take_all(session, [letter(text, hand=Hand.UNANSWERED)], around())
    assert values(session) == answers
    assert replies(session) == []
    item = session.exec(select(InboxItem)).one()
    assert (item.why, item.honest, item.asked) == (why, False, "")


def test_what_would_be_asked_back_of_who_wants_no_answer_is_asked_of_staff(session: Session) -> None:
    meeting = people(session)
    meeting.version = 2
    session.flush()
    receipts.take_all(session, [letter("Yes", hand=Hand.UNANSWERED)], around())
    item = session.exec(select(InboxItem)).one()
    assert (item.why, item.state, item.asked) == (Why.WHICH, InboxState.OPEN, "")
    assert replies(session) == []


def test_a_stranger_in_a_machines_hand_who_answers_us_is_read(session: Session) -> None:
    people(session)
    one = letter("Ticket 7 is open.", sender="no-reply@example.com", hand=Hand.DOUBTFUL, delivery=mailed(session).uid)
    assert receipts.take_all(session, [one], around()).heard == 1
    assert session.exec(select(InboxItem.why)).one() == Why.STRANGER
    unknown = replace(one, delivery=None, ref="<m2@example.com>")
    assert receipts.take_all(session, [unknown], around()).heard == 0
