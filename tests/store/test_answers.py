"""What an answer stops, and what it never stops."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import col, select

from core.answers import Answer
from core.errors import UserError
from store import answers
from store.calls import open_calls
from store.database import Database, Session
from store.reach import reach
from store.settle import settle_doubt
from store.sweep import doubts
from store.tables import Meeting, Notice, Person
from store.tables.base import known
from tests.store.meetings import make_all, move, put_in
from tests.store.people import DAY, HOUR, NOON, TODAY, WAYS, add_person, claim, deliveries, say

MORNING = NOON + 19 * DAY + 21 * HOUR
"""The short reminder is due by then; the meeting starts at noon."""


def answer(session: Session, row: Meeting, person: Person, value: Answer, at: object = NOON) -> None:
    answers.answer(session, row, person.uid, value, "terminal", at)  # type: ignore[arg-type]


def standing(session: Session, kind: str) -> tuple[str, str]:
    """Where the first person of the newest notice of a kind stands, and why."""
    wanted = select(Notice).where(Notice.kind == kind).order_by(col(Notice.id).desc())
    (person, *_) = reach(session, session.exec(wanted).first() or pytest.fail(kind), ("sms",)).people
    return person.standing.value, person.reason


def tell(session: Session, channel: str = "email", outcome: str = "accepted", at: object = NOON) -> None:
    """Hands over what is due on a channel."""
    for mine in claim(session, channel, at=at):  # type: ignore[arg-type]
        say(session, mine, outcome, at, provider=channel, ref=f"{mine.uid}-{mine.n}")  # type: ignore[arg-type]


def invited(session: Session, *channels: str) -> tuple[Meeting, Person]:
    ann = add_person(session, "Ann", *channels)
    row = put_in(session, NOON + 10 * DAY)
    make_all(session, NOON)
    return row, ann


def test_a_no_withdraws_the_reminder_that_waits_and_says_why(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann", "email")
        row = put_in(session, NOON + 20 * DAY)
        make_all(session, NOON + 6 * DAY)
        tell(session, at=NOON + 6 * DAY)
        make_all(session, MORNING)
        answer(session, row, ann, Answer.NO, MORNING)
        assert claim(session, at=MORNING) == []
        assert standing(session, "reminder") == ("left_out", "said no")
        assert standing(session, "invitation")[0] == "reached"


@pytest.mark.parametrize("value", Answer)
def test_whoever_answers_is_taken_off_the_call_list(database: Database, value: Answer) -> None:
    with database.writing() as session:
        row, cora = invited(session, "phone")
        tell(session, "phone")
        assert len(open_calls(session, TODAY)) == 1
        answer(session, row, cora, value)
        assert open_calls(session, TODAY) == []
        expected = ("left_out", "said no") if value is Answer.NO else ("reached", "told another way")
        assert standing(session, "invitation") == expected


@pytest.mark.parametrize("value", Answer)
def test_an_answer_ends_the_ladder_of_a_message_that_is_sent_and_not_confirmed(
    database: Database, value: Answer
) -> None:
    with database.writing() as session:
        row, ann = invited(session, "sms", "email", "phone")
        tell(session, "sms")
        notice = session.exec(select(Notice)).one()
        assert not reach(session, notice, ("sms",)).complete
        answer(session, row, ann, value)
        assert standing(session, "invitation")[0] == "reached"
        assert reach(session, notice, ("sms",)).complete
        (text,) = deliveries(session)
        settled = say_later(session, text.uid)
        assert settled == [("sms", "failed")], "a late refusal starts no other rung"
        assert standing(session, "invitation")[0] == "reached"


def say_later(session: Session, uid: str) -> list[tuple[str, str]]:
    from store import strays
    from tests.store.people import receipt

    strays.receive(session, receipt("refused", "sms", ref=f"{uid}-1"), NOON, WAYS)
    return [(one.channel, one.state) for one in deliveries(session)]


@pytest.mark.parametrize("value", [Answer.YES, Answer.NO])
def test_an_answer_ends_the_task_of_staff(database: Database, value: Answer) -> None:
    with database.writing() as session:
        row, nora = invited(session)
        assert standing(session, "invitation")[0] == "needs_person"
        answer(session, row, nora, value)
        assert standing(session, "invitation")[0] == ("left_out" if value is Answer.NO else "reached")


@pytest.mark.parametrize("value", Answer)
def test_an_answer_never_ends_the_news_of_a_newer_version(database: Database, value: Answer) -> None:
    with database.writing() as session:
        row, ann = invited(session, "email")
        tell(session)
        move(session, row, NOON + 11 * DAY, NOON)
        answer(session, row, ann, value)
        assert standing(session, "change")[0] == "trying"
        assert len(claim(session)) == 1


def test_an_answer_to_the_newer_version_ends_its_call(database: Database) -> None:
    with database.writing() as session:
        row, ann = invited(session, "email", "phone")
        tell(session)
        move(session, row, NOON + 20 * HOUR, NOON + HOUR)  # within a day: by every route
        tell(session, "email", at=NOON + HOUR)
        tell(session, "phone", at=NOON + HOUR)
        assert len(open_calls(session, TODAY)) == 1
        answer(session, row, ann, Answer.YES, NOON + HOUR)
        assert open_calls(session, TODAY) == []
        assert standing(session, "change")[0] == "reached"


def test_an_answer_to_an_old_version_leaves_the_call_about_the_new_one(database: Database) -> None:
    with database.writing() as session:
        row, cora = invited(session, "phone")
        tell(session, "phone", "delivered")
        move(session, row, NOON + 11 * DAY, NOON)
        tell(session, "phone")
        answer(session, row, cora, Answer.YES)
        assert [call.why for call in open_calls(session, TODAY)] == ["Changed: Spring meeting"]


def test_what_was_being_sent_while_the_person_answered_is_not_sent_again(database: Database) -> None:
    with database.writing() as session:
        row, ann = invited(session, "email", "phone")
        (mine,) = claim(session)
        answer(session, row, ann, Answer.YES)
        say(session, mine, "deferred")
        assert claim(session, at=NOON + HOUR) == []
        assert standing(session, "invitation")[0] == "reached"
        assert [(one.channel, one.state) for one in deliveries(session)] == [("email", "withdrawn")]


def test_a_call_that_was_being_put_on_the_list_while_the_person_answered_is_not_on_it(database: Database) -> None:
    with database.writing() as session:
        row, cora = invited(session, "phone")
        (mine,) = claim(session, "phone")
        answer(session, row, cora, Answer.NO)
        say(session, mine, "accepted", provider="phone")
        assert open_calls(session, TODAY) == []


def test_a_doubt_about_somebody_who_answered_is_no_work_for_staff(database: Database) -> None:
    with database.writing() as session:
        row, ann = invited(session, "email")
        (mine,) = claim(session)
        say(session, mine, "unknown")
        answer(session, row, ann, Answer.YES)
        for doubt in doubts(session, NOON + HOUR, 9)["email"]:
            settle_doubt(session, doubt.id, doubt.n, None, NOON + HOUR, WAYS)
        assert [one.state for one in deliveries(session)] == ["withdrawn"]
        assert standing(session, "invitation")[0] == "reached"


def test_another_person_and_another_meeting_stay_as_they_are(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Bea", "phone")
        other = put_in(session, NOON + 9 * DAY, title="Another")
        row, ann = invited(session, "phone")
        tell(session, "phone")
        answer(session, row, ann, Answer.NO)
        left = [(call.name, call.why) for call in open_calls(session, TODAY)]
        assert sorted(left) == [
            ("Ann", "Invitation: Another"),
            ("Bea", "Invitation: Another"),
            ("Bea", "Invitation: Spring meeting"),
        ]
        assert answers.answers(session, known(other.id)) == {}
        assert answers.answers(session, known(row.id)) == {ann.id: Answer.NO}


def test_somebody_who_is_not_on_file_can_not_answer(database: Database) -> None:
    with database.writing() as session:
        row, _ = invited(session, "email")
        with pytest.raises(UserError, match="No such person"):
            answers.answer(session, row, "nobody", Answer.YES, "terminal", NOON + timedelta(days=1))
