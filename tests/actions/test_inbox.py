from __future__ import annotations

import pytest
from sqlmodel import select

from actions import inbox
from core.errors import Refused, UserError
from core.inbox import InboxState, Why
from core.people import Role, Status
from core.roles import TERMINAL, Actor
from store.database import Database, Session
from store.stops import stop_everything, stop_route
from store.tables import Audit, Person
from tests.actions.replies import ANN, HOUR, JOE, MINUTE, alerts, around, last, person_with, replies, send_all, write
from tests.store.people import NOON, add_person, deliveries, route_of

CALLER = Actor("somebody", Role.CALLER)


def ann_with(session: Session, *channels: str) -> Person:
    return person_with(session, "Ann Carter", channels or ("sms", "email"), sms=ANN)


def asks(session: Session, text: str = "Is there a ramp?") -> str:
    write(session, text)
    return last(session).uid


def test_the_inbox_shows_who_wrote_what_and_why_it_is_there(database: Database) -> None:
    with database.writing() as session:
        ann_with(session)
        asks(session)
        write(session, "Hello", JOE)
        write(session, "I can't cope")
        listed = inbox.listing(session, TERMINAL)
        assert [(one.name, one.why, one.pinned) for one in listed] == [
            ("Ann Carter", Why.DISTRESS, True),
            ("Ann Carter", Why.QUESTION, False),
            ("", Why.STRANGER, False),
        ]
        assert listed[1].text == "Is there a ramp?"
        assert listed[1].to_json()["at"] == "2026-03-02T13:00:00+00:00"


def test_only_coordinators_read_and_answer(database: Database) -> None:
    with database.writing() as session:
        ann_with(session)
        uid = asks(session)
        for act in (
            lambda: inbox.listing(session, CALLER),
            lambda: inbox.show(session, CALLER, uid),
            lambda: inbox.have(session, CALLER, uid, around()),
            lambda: inbox.reply(session, CALLER, uid, "Yes", around()),
            lambda: inbox.close(session, CALLER, uid, around()),
        ):
            with pytest.raises(Refused):
                act()


def test_an_answer_goes_back_the_way_they_wrote_as_it_stands(database: Database) -> None:
    with database.writing() as session:
        ann_with(session)
        uid = asks(session)
        send_all(session, NOON + HOUR)
        line = inbox.reply(session, TERMINAL, uid, "Yes: *two* {ramps}", around())
        assert (line.state, line.taken_by) == (InboxState.ANSWERED, "Somebody at the terminal")
        assert send_all(session, NOON + HOUR) == ["Yes: *two* {{ramps}}"]
        assert deliveries(session)[-1].channel == "sms"
        inbox.reply(session, TERMINAL, uid, "And a lift", around())
        assert len(replies(session)) == 3  # the honest one, and two answers
        assert inbox.listing(session, TERMINAL) == []


def test_an_answer_takes_another_way_where_that_one_is_stopped_for_good(database: Database) -> None:
    with database.writing() as session:
        ann = ann_with(session)
        uid = asks(session)
        stop_route(session, route_of(session, ann, "sms"), NOON)
        inbox.reply(session, TERMINAL, uid, "Yes", around())
        send_all(session, NOON + HOUR)
        assert deliveries(session)[-1].channel == "email"
        stop_everything(session, ann, NOON)
        with pytest.raises(UserError, match="stop everything"):
            inbox.reply(session, TERMINAL, uid, "Yes", around())


def test_strangers_and_the_dead_get_no_answer(database: Database) -> None:
    with database.writing() as session:
        ann = ann_with(session)
        uid = asks(session)
        ann.status = Status.DIED
        with pytest.raises(UserError, match="died"):
            inbox.reply(session, TERMINAL, uid, "Yes", around())
        write(session, "Hello", JOE)
        with pytest.raises(UserError, match="nobody's on file"):
            inbox.reply(session, TERMINAL, last(session).uid, "Yes", around())


@pytest.mark.parametrize("text", ["", "   ", "x" * 1501])
def test_an_answer_that_can_not_go_out_is_refused_with_what_to_mend(database: Database, text: str) -> None:
    with database.writing() as session:
        ann_with(session)
        uid = asks(session)
        with pytest.raises(UserError):
            inbox.reply(session, TERMINAL, uid, text, around())
        assert last(session).state == InboxState.OPEN


def test_whoever_says_i_have_it_ends_the_alarm_for_all_and_the_second_is_told_who_was_first(database: Database) -> None:
    with database.writing() as session:
        sue = add_person(session, "Sue", "email", staff="coordinator")
        joe = add_person(session, "Joe", "email", staff="admin")
        ann_with(session)
        asks(session, "I can't cope")
        write(session, "please help me", at=NOON + HOUR + MINUTE)
        uid = last(session).uid
        first, second = Actor(sue.uid, Role.COORDINATOR), Actor(joe.uid, Role.ADMIN)
        assert inbox.have(session, first, uid, around()).taken_by == "Sue"
        assert inbox.have(session, first, uid, around()).taken_by == "Sue"
        assert {one.state for one in inbox.listing(session, TERMINAL)} == {InboxState.TAKEN}
        with pytest.raises(UserError, match="Sue has it already"):
            inbox.have(session, second, uid, around())
        assert len(alerts(session, "have:")) == 1
        assert "alert:distress" in alerts(session, "distress:")[0].key
        assert alerts(session, "distress:")[0].state == "cancelled" or len(alerts(session, "distress:")) == 1


def test_a_closed_message_is_kept_and_can_not_be_taken(database: Database) -> None:
    with database.writing() as session:
        ann_with(session)
        uid = asks(session)
        inbox.close(session, TERMINAL, uid, around())
        inbox.close(session, TERMINAL, uid, around())
        assert inbox.listing(session, TERMINAL) == []
        assert len(inbox.listing(session, TERMINAL, everything=True)) == 1
        with pytest.raises(UserError, match="seen to already"):
            inbox.have(session, TERMINAL, uid, around())
        written = [one.action for one in session.exec(select(Audit))]
        assert written.count("inbox.close") == 1


def test_two_who_share_a_phone_are_both_named(database: Database) -> None:
    with database.writing() as session:
        ann_with(session, "sms")
        person_with(session, "Joe Carter", ("sms",), sms=ANN)
        asks(session)
        assert inbox.show(session, TERMINAL, last(session).uid[-8:]).name == "Ann Carter, Joe Carter"
