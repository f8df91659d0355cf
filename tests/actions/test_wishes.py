from __future__ import annotations

import json
from datetime import date

import pytest
from sqlmodel import select

from actions import wishes
from core.errors import UserError
from core.people import Status
from store.calls import open_calls
from store.database import Database, Session
from store.notices import spreading
from store.tables import Audit, CallOutcome, Person
from tests.actions.replies import ANN, DAY, HOUR, alerts, around, invited, items, person_with, send_all, states, write
from tests.store.people import NOON, TODAY, add_person, route_of


def ann_with(session: Session, *channels: str) -> Person:
    return person_with(session, "Ann Carter", channels or ("sms", "email", "phone"), sms=ANN)


def test_one_way_is_stopped_and_started_and_staff_hear_once_of_each_stop(database: Database) -> None:
    with database.writing() as session:
        ann = ann_with(session)
        sms = route_of(session, ann, "sms").uid
        wishes.stop_route(session, ann.uid, sms, around())
        wishes.stop_route(session, ann.uid, sms, around())
        assert states(session)["Ann Carter", "sms"] == "stopped"
        assert len(alerts(session, "stop:")) == 1
        assert wishes.start(session, ann.uid, sms, around()) == 1
        assert wishes.start(session, ann.uid, sms, around()) == 0
        assert set(states(session).values()) == {"active"}


def test_everything_is_stopped_and_all_of_it_comes_back(database: Database) -> None:
    with database.writing() as session:
        ann = ann_with(session)
        wishes.stop_everything(session, ann.uid, around())
        assert wishes.stop_everything(session, ann.uid, around()) == 0
        assert len(alerts(session, "stop:")) == 1
        assert wishes.start(session, ann.uid, None, around()) == 3
        assert (ann.stopped_at, set(states(session).values())) == (None, {"active"})


def test_nobody_reaches_into_somebody_elses_routes(database: Database) -> None:
    with database.writing() as session:
        ann, joe = ann_with(session), add_person(session, "Joe", "sms")
        theirs = route_of(session, joe, "sms").uid
        for wish in (wishes.stop_route, wishes.start):
            with pytest.raises(UserError, match="not one of the ways to reach you"):
                wish(session, ann.uid, theirs, around())
        with pytest.raises(UserError, match="not one of the ways to reach you"):
            wishes.set_order(session, ann.uid, [theirs], around())


def test_order_language_format_and_a_pause_are_theirs_to_choose(database: Database) -> None:
    with database.writing() as session:
        ann = ann_with(session)
        wishes.set_order(session, ann.uid, [route_of(session, ann, "phone").uid], around())
        wishes.set_language(session, ann.uid, "Welsh", around())
        wishes.set_format(session, ann.uid, " Easy  Read ", around())
        wishes.pause(session, ann.uid, date(2026, 3, 20), around())
        card = wishes.state(session, ann.uid)
        assert [route.channel for route in card.routes] == ["phone", "sms", "email"]
        assert (card.language, card.format, card.person.status) == ("cy", "easy read", Status.PAUSED)
        wishes.unpause(session, ann.uid, around())
        wishes.set_language(session, ann.uid, "", around())
        wishes.set_format(session, ann.uid, "standard", around())
        card = wishes.state(session, ann.uid)
        assert (card.language, card.format, card.person.status) == ("", "", Status.ACTIVE)


@pytest.mark.parametrize("wrong", ["Klingonish nonsense", "x" * 99])
def test_what_is_not_known_is_refused(database: Database, wrong: str) -> None:
    with database.writing() as session:
        ann = ann_with(session)
        with pytest.raises(UserError):
            wishes.set_language(session, ann.uid, wrong, around())
        with pytest.raises(UserError):
            wishes.set_format(session, ann.uid, "x" * 41, around())
        with pytest.raises(UserError):
            wishes.pause(session, ann.uid, date(2026, 3, 2), around())


def test_somebody_who_left_can_not_pause(database: Database) -> None:
    with database.writing() as session:
        ann = ann_with(session)
        ann.status = Status.LEFT
        with pytest.raises(UserError, match="no longer with this group"):
            wishes.pause(session, ann.uid, None, around())


def test_a_call_is_asked_for_once_however_often_the_button_is_pressed(database: Database) -> None:
    with database.writing() as session:
        ann = ann_with(session)
        assert wishes.call_me(session, ann.uid, around())
        assert wishes.call_me(session, ann.uid, around())
        send_all(session, NOON + HOUR)
        assert len(open_calls(session, TODAY)) == 1
        assert len(items(session)) == 1


def test_a_call_may_be_asked_for_at_a_time(database: Database) -> None:
    with database.writing() as session:
        ann = ann_with(session)
        wishes.call_me(session, ann.uid, around(), NOON + DAY)
        send_all(session, NOON + HOUR)
        assert open_calls(session, TODAY) == []
        send_all(session, NOON + DAY)
        assert len(open_calls(session, TODAY)) == 1


def test_without_a_number_the_inbox_is_the_task(database: Database) -> None:
    with database.writing() as session:
        ann = ann_with(session, "email")
        assert not wishes.call_me(session, ann.uid, around())
        assert len(items(session)) == 1
        assert [one for one in spreading(session) if one] == [alerts(session, "inbox:")[0].id]


def test_all_that_is_kept_can_be_taken_away_and_read(database: Database) -> None:
    with database.writing() as session:
        ann = ann_with(session)
        invited(session)
        write(session, "yes")
        write(session, "Is there tea?")
        found = json.loads(wishes.download(session, ann.uid))
        assert found["you"]["name"] == "Ann Carter"
        assert [one["answer"] for one in found["answers"]] == ["yes"]
        assert [one["text"] for one in found["what you wrote"]] == ["yes", "Is there tea?"]
        assert found["messages"][0]["by"] == "sms"
        assert found["calls"] == []
        assert session.exec(select(CallOutcome)).all() == []


def test_an_erasure_is_for_good_and_names_nobody(database: Database) -> None:
    with database.writing() as session:
        ann = ann_with(session)
        write(session, "Is there tea?")
        wishes.erase(session, ann.uid, around())
        wishes.erase(session, ann.uid, around())
        assert ann.status == Status.ERASED
        (alert,) = alerts(session, "erased:")
        assert "Ann" not in f"{alert.text} {alert.subject}"
        assert items(session)[0].text is None
        assert [one.action for one in session.exec(select(Audit))].count("wish.erase") == 1
