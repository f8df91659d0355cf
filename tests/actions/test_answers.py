from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from actions.answers import answer_meeting, headcount
from core.answers import Answer
from core.errors import UserError
from core.people import Role
from core.roles import TERMINAL, Actor
from store.database import Database
from store.tables import MeetingAnswer
from tests.actions.replies import around, invited
from tests.store.meetings import cancel
from tests.store.people import HOUR, NOON, add_person

LATER = NOON + HOUR


def test_answers_add_up_and_the_needs_of_those_who_come_are_listed(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann", "email", support="a ramp")
        joe = add_person(session, "Joe", "sms", format="easy read")
        kim = add_person(session, "Kim", "phone", support="quiet room")
        add_person(session, "Lee", "email")
        row = invited(session)
        for person, answer in ((ann, Answer.NO), (ann, Answer.YES), (joe, Answer.MAYBE), (kim, Answer.NO)):
            answer_meeting(session, person.uid, row.uid, answer, "page", around())
        found = headcount(session, TERMINAL, row.uid)
        assert (found.yes, found.no, found.maybe, found.nothing) == (1, 1, 1, 1)
        assert [(one.name, one.support, one.format) for one in found.needs] == [
            ("Ann", "a ramp", ""),
            ("Joe", "", "easy read"),
        ]
        assert headcount(session, Actor("viewer", Role.VIEWER), row.uid).needs == []


def test_the_same_answer_twice_within_a_minute_is_one(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann", "email")
        row = invited(session)
        for seconds, medium in ((0, "page"), (30, "page"), (31, "sms"), (90, "sms")):
            at = LATER + timedelta(seconds=seconds)
            answer_meeting(session, ann.uid, row.uid, Answer.YES, medium, around(at))
        assert [one.medium for one in session.exec(select(MeetingAnswer))] == ["page", "sms"]


def test_there_is_nothing_to_answer_when_a_meeting_is_over_or_cancelled(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann", "email")
        row = invited(session)
        with pytest.raises(UserError, match="over"):
            answer_meeting(session, ann.uid, row.uid, Answer.YES, "page", around(row.ends_at))
        cancel(session, row, LATER)
        with pytest.raises(UserError, match="cancelled"):
            answer_meeting(session, ann.uid, row.uid, Answer.YES, "page", around())
        with pytest.raises(UserError):
            answer_meeting(session, "nobody", row.uid, Answer.YES, "page", around())
