"""What calendar programs answer, and the words that people write with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import col, select

from actions import receipts
from core.answers import Answer
from core.inbox import InboxState, Why
from core.receipts import Hand, Inbound
from store import answers
from store.database import Database, Session
from store.tables import InboxItem, Meeting, MeetingAnswer, Notice, Person
from tests.actions.replies import HOUR, around, invited
from tests.store.people import add_person

ANN, ELSEWHERE = "ann@example.org", "a.example@work.example.com"
WORDS = "I can't cope any more"


@pytest.fixture
def session(sqlite_url: str) -> Iterator[Session]:
    database = Database(sqlite_url)
    with database.writing() as session:
        yield session
    database.close()


@pytest.fixture
def meeting(session: Session) -> Meeting:
    add_person(session, "Ann Example", "email", addresses={"email": ANN})
    add_person(session, "Kim Example", "email", addresses={"email": "kim@example.org"})
    return invited(session)


def press(session: Session, row: Meeting, answer: Answer = Answer.YES, at: Any = None, **more: Any) -> int:
    one = Inbound("email", "Ann@Example.org", "", "<m1@example.org>", answer=answer, meeting=row.uid, version=1)
    return receipts.take_all(session, [replace(one, **more)], around(at) if at else around()).heard


def said(session: Session, meeting: Meeting) -> dict[str, str]:
    rows = session.exec(select(Person.name, MeetingAnswer.value).join(MeetingAnswer)).all()
    return dict(rows)


def item(session: Session) -> InboxItem:
    return session.exec(select(InboxItem)).one()


@pytest.mark.parametrize("answer", list(Answer))
def test_a_calendar_answers_for_its_person_without_a_reply(session: Session, meeting: Meeting, answer: Answer) -> None:
    before = len(session.exec(select(Notice)).all())
    for _ in range(2):
        assert press(session, meeting, answer) == 1
    assert said(session, meeting) == {"Ann Example": answer}
    assert answers.answers(session, meeting.id or 0)
    assert len(session.exec(select(Notice)).all()) == before
    assert item(session).state == InboxState.CLOSED


@pytest.mark.parametrize("hand", [Hand.PERSON, Hand.DOUBTFUL])
def test_distress_beside_a_calendars_answer_is_told_to_all_and_the_answer_counts(
    session: Session, meeting: Meeting, hand: Hand
) -> None:
    press(session, meeting, text=WORDS, hand=hand)
    one = item(session)
    assert (one.why, one.state, one.pinned) == (Why.DISTRESS, InboxState.OPEN, True)
    assert WORDS in (one.text or "")
    assert WORDS in (session.exec(select(Notice.text).where(col(Notice.key).startswith("alert:distress:"))).one() or "")
    assert said(session, meeting) == {"Ann Example": "yes"}
    assert one.honest == (hand is Hand.PERSON), "no machine answers a machine"


def test_words_beside_a_calendars_answer_are_read_by_staff(session: Session, meeting: Meeting) -> None:
    press(session, meeting, text="Is there a ramp?")
    one = item(session)
    assert (one.why, one.state) == (Why.QUESTION, InboxState.OPEN)
    assert one.text == "A calendar program answered: yes.\n\nIs there a ramp?"
    assert said(session, meeting) == {"Ann Example": "yes"}


def _moved(session: Session, meeting: Meeting) -> dict[str, Any]:
    meeting.version = 2
    session.flush()
    return {}


def _shared(session: Session, meeting: Meeting) -> dict[str, Any]:
    add_person(session, "Joe Example", "email", addresses={"email": ANN})
    return {}


@pytest.mark.parametrize("words", ["", "Is there a ramp?", WORDS])
@pytest.mark.parametrize(
    "happens",
    [
        _moved,
        _shared,
        lambda *_: {"sender": "kim@example.org", "attendee": ANN},
        lambda *_: {"sender": ELSEWHERE},
        lambda *_: {"sender": ELSEWHERE, "attendee": "another@example.com"},
        lambda *_: {"meeting": "0198c0de-5678-7abc-8def-0123456789ab"},
    ],
    ids=["moved", "shared", "for another", "alias", "two aliases", "unknown meeting"],
)
def test_an_answer_that_is_not_certain_is_left_to_staff_with_its_words(
    session: Session, meeting: Meeting, happens: Any, words: str
) -> None:
    assert press(session, meeting, **{"text": words, **happens(session, meeting)}) == 1
    assert said(session, meeting) == {}
    one = item(session)
    assert (one.why, one.state) == (Why.DISTRESS if words == WORDS else Why.WHICH, InboxState.OPEN)
    assert words in (one.text or "")


@pytest.mark.parametrize("sender", [ELSEWHERE, "ANN@example.org"])
def test_an_answer_from_an_alias_counts_for_whoever_was_invited(
    session: Session, meeting: Meeting, sender: str
) -> None:
    press(session, meeting, sender=sender, attendee=ANN)
    assert said(session, meeting) == {"Ann Example": "yes"}
    assert (ELSEWHERE in (item(session).text or "")) == (sender == ELSEWHERE)
    assert item(session).person_id is not None


def test_an_answer_of_a_stranger_to_a_meeting_of_somebody_else_stays_in_the_mailbox(
    session: Session, meeting: Meeting
) -> None:
    elsewhere = "0198c0de-5678-7abc-8def-0123456789ab"
    assert press(session, meeting, sender=ELSEWHERE, meeting=elsewhere, text=WORDS) == 0
    assert session.exec(select(InboxItem)).all() == []


def test_a_calendars_answer_after_the_meeting_changes_nothing(session: Session, meeting: Meeting) -> None:
    press(session, meeting, Answer.NO, at=meeting.ends_at + HOUR)
    assert said(session, meeting) == {}
    assert item(session).state == InboxState.CLOSED
