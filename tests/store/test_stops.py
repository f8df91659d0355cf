from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from core.errors import UserError
from core.ladder import OPTED_OUT
from store import stops, suppressions
from store.database import Database
from store.tables import Consent, Suppression
from store.tables.base import known
from tests.store.people import NOON, add_person, claim, deliveries, publish, recipient_of, route_of, say

LATER = NOON + timedelta(hours=1)
SECRET = b"the installation's own"


def test_stopping_a_route_withdraws_what_waits_for_it_and_starts_no_other(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann", "email", "sms", consent=["email", "sms"])
        publish(session)
        assert stops.stop_route(session, route_of(session, ann, "email"), LATER) == 1
    with database.reading() as session:
        assert [(one.channel, one.state) for one in deliveries(session)] == [("email", "withdrawn")]
        route = route_of(session, ann, "email")
        assert (route.state, route.state_reason, route.state_at) == ("stopped", OPTED_OUT, LATER)
        assert route_of(session, ann, "sms").state == "active"
        withdrawn = {one.route_id: one.withdrawn_at for one in session.exec(select(Consent))}
        assert withdrawn == {route.id: LATER, route_of(session, ann, "sms").id: None}


def test_stopping_one_of_the_routes_that_a_notice_goes_by_leaves_it_the_others(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann", "email", "sms")
        notice = publish(session, all_routes=True)
        assert stops.stop_route(session, route_of(session, ann, "sms"), LATER) == 1
        assert recipient_of(session, ann, notice).left_out is None
        (mine,) = claim(session)
        say(session, mine, "deferred")
        (mine,) = claim(session, at=NOON + timedelta(days=1))
        say(session, mine, "refused")
        assert [(one.channel, one.state) for one in deliveries(session)] == [("email", "failed"), ("sms", "withdrawn")]
        assert recipient_of(session, ann, notice).task == "open"


def test_stopping_everything_withdraws_everything_and_keeps_the_first_moment(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann", "email", "phone", consent=["email"])
        publish(session)
        assert stops.stop_everything(session, ann, NOON) == 1
        assert stops.stop_everything(session, ann, LATER) == 0
        assert ann.stopped_at == NOON
        assert [one.withdrawn_at for one in session.exec(select(Consent))] == [NOON]


def test_a_route_can_be_started_again_and_its_hash_goes(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann", "email")
        route = route_of(session, ann, "email")
        stops.stop_route(session, route, NOON)
        suppressions.suppress(session, [suppressions.route_hash(SECRET, "email", route.address or "")] * 2, NOON)
        stops.start_route(session, route, SECRET, LATER)
    with database.reading() as session:
        assert route_of(session, ann, "email").state == "active"
        assert session.exec(select(Suppression)).all() == []


def test_whoever_had_stopped_everything_hears_only_on_the_route_that_is_started(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann", "email", "sms", "phone")
        stops.stop_everything(session, ann, NOON)
        stops.start_route(session, route_of(session, ann, "sms"), SECRET, LATER)
        assert ann.stopped_at is None
        states = {one.channel: one.state for one in stops.routes_of_person(session, ann)}
        assert states == {"email": "stopped", "sms": "active", "phone": "stopped"}


def test_an_erased_address_can_not_be_started(database: Database) -> None:
    with database.writing() as session:
        route = route_of(session, add_person(session, "Ann", "email"), "email")
        route.address = None
        with pytest.raises(UserError, match="was erased"):
            stops.start_route(session, route, SECRET, NOON)


def test_an_order_names_some_routes_and_the_others_follow(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann", "email", "sms", "phone")
        phone = route_of(session, ann, "phone")
        stops.set_order(session, ann, [known(phone.id)], NOON, by_person=True)
        assert [one.channel for one in stops.routes_of_person(session, ann)] == ["phone", "email", "sms"]
        assert ann.order_by_person
        other = route_of(session, add_person(session, "Ben", "email"), "email")
        with pytest.raises(UserError, match="not this person's"):
            stops.set_order(session, ann, [known(other.id)], NOON, by_person=True)


def test_a_route_is_found_by_its_outside_id(database: Database) -> None:
    with database.writing() as session:
        route = route_of(session, add_person(session, "Ann", "email"), "email")
        assert stops.route_by_uid(session, route.uid) is route
        with pytest.raises(UserError, match="no route with this id"):
            stops.route_by_uid(session, "nothing")


def test_the_hash_of_a_stop_is_of_one_channel_and_one_installation() -> None:
    number = "+447700900001"
    hashes = {
        suppressions.route_hash(SECRET, "sms", number),
        suppressions.route_hash(SECRET, "phone", number),
        suppressions.route_hash(b"another", "sms", number),
        suppressions.person_hash(SECRET, "Ann", "sms", number),
        suppressions.person_hash(SECRET, "Ben", "sms", number),
    }
    assert len(hashes) == 5
    assert not any(number[1:] in one for one in hashes)
    assert suppressions.route_hash(SECRET, "email", "Ann@x.org") == suppressions.route_hash(
        SECRET, "email", "ann@x.org"
    )
