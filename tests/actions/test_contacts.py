from __future__ import annotations

import pytest
from sqlmodel import col, select

from actions import contacts, inbox, inbox_talk, people, people_sheet
from core.delivery import State
from core.errors import Refused, UserError
from core.people import Role, Status
from core.roles import TERMINAL, Actor
from store.database import Database
from store.tables import Delivery, Route
from tests.actions.meetings import around
from tests.store.people import NOON, add_person, publish

CALLER = Actor("caller", Role.CALLER)
AROUND = around(NOON)


def test_what_waits_goes_to_the_new_number(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann Carter", "sms", addresses={"sms": "+447700900111"})
        publish(session, channels=("sms",))
        old = session.exec(select(Route)).one()
        assert contacts.waiting(session, TERMINAL, ann.uid) == 1
        kept = contacts.correct(session, TERMINAL, old.uid, "07700 900222", AROUND)
        assert (kept.address, kept.problem) == ("+447700900222", "")
        new = session.exec(select(Route).where(Route.address == kept.address)).one()
        (delivery,) = session.exec(select(Delivery)).all()
        session.refresh(delivery)
        assert (delivery.route_id, delivery.state) == (new.id, State.QUEUED)
        assert (old.state, new.state, new.position) == ("dead", "active", 1)
        assert contacts.correct(session, TERMINAL, new.uid, "07700900222", AROUND).problem == ""  # once more
        assert len(session.exec(select(Route)).all()) == 2


def test_a_stop_of_the_old_number_holds_for_the_new_one(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann Carter", "sms", addresses={"sms": "+447700900111"})
        old = session.exec(select(Route)).one()
        people.stop_route(session, TERMINAL, old.uid, NOON)
        kept = contacts.correct(session, TERMINAL, old.uid, "07700 900222", AROUND)
        assert "They asked us to stop" in kept.problem
        states = session.exec(select(Route.state).order_by(col(Route.id))).all()
        assert list(states) == ["stopped", "stopped"]


def test_consents_go_along_and_withdrawn_ones_do_not(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann Carter", "email", "sms", consent=("sms",))
        email, sms = session.exec(select(Route).order_by(col(Route.id))).all()
        people.stop_route(session, TERMINAL, email.uid, NOON)
        contacts.correct(session, TERMINAL, sms.uid, "07700 900222", AROUND)
        card = people.show(session, TERMINAL, ann.uid)
        given = {route.address: route.consents for route in card.routes}
        assert [len(given[key]) for key in given if key == "+447700900222"] == [1]


def test_an_address_that_they_have_already_is_said(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann Carter", "email", addresses={"email": "ann@example.org"}, never="sms")
        route = session.exec(select(Route)).one()
        with pytest.raises(UserError, match="on file for them already"):
            contacts.add(session, TERMINAL, ann.uid, "email", "Ann@example.org", AROUND)
        with pytest.raises(UserError, match="never to use"):
            contacts.add(session, TERMINAL, ann.uid, "sms", "07700 900222", AROUND)
        with pytest.raises(UserError, match="can't be typed"):
            contacts.add(session, TERMINAL, ann.uid, "telegram", "501", AROUND)
        people.mark(session, TERMINAL, ann.uid, Status.DIED, NOON)
        with pytest.raises(UserError, match="died"):
            contacts.correct(session, TERMINAL, route.uid, "new@example.org", AROUND)


def test_marking_twice_changes_nothing(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann Carter", "email")
        publish(session, channels=("email",))
        assert contacts.mark(session, TERMINAL, ann.uid, Status.DIED, None, AROUND) == 1
        assert contacts.mark(session, TERMINAL, ann.uid, Status.DIED, None, AROUND) == 0
        assert contacts.waiting(session, TERMINAL, ann.uid) == 0


def test_callers_see_and_change_nothing(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann Carter", "email")
        route = session.exec(select(Route)).one()
        file = people.read_people(b"name\nBen Khan\n", "people.csv", "GB")
        for attempt in (
            lambda: contacts.correct(session, CALLER, route.uid, "new@example.org", AROUND),
            lambda: contacts.add(session, CALLER, ann.uid, "email", "new@example.org", AROUND),
            lambda: contacts.use_again(session, CALLER, route.uid, AROUND),
            lambda: contacts.prefer(session, CALLER, route.uid, AROUND),
            lambda: contacts.put_on_file(session, CALLER, "Ben Khan", [], False, AROUND),
            lambda: contacts.mark(session, CALLER, ann.uid, Status.LEFT, None, AROUND),
            lambda: contacts.waiting(session, CALLER, ann.uid),
            lambda: people_sheet.look(session, CALLER, "people.csv", b"", file, AROUND),
            lambda: people_sheet.kept(session, CALLER, "x"),
            lambda: people_sheet.forget(session, CALLER, "x"),
            lambda: inbox_talk.answer(session, CALLER, "x", "words", 0, AROUND),
            lambda: inbox.listing(session, CALLER),
        ):
            with pytest.raises(Refused):
                attempt()
