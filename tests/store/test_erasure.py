from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlmodel import col, select

from core.people import Status
from store import erasure, stops
from store.database import Database
from store.suppressions import person_hash, route_hash
from store.tables import CallOutcome, Membership, Person, Recipient, Route, Staff, Suppression
from store.tables.base import Base, known
from tests.store.people import NOON, add_person, deliveries, publish, recipient_of, route_of

LATER = NOON + timedelta(hours=1)
SECRET = b"the installation's own"
ADDRESSES = {"email": "ann.unique@example.org", "phone": "+441632960111", "sms": "+447700900111"}


def everything(database: Database) -> str:
    with database.reading() as session:
        rows: list[Any] = []
        for table in Base.metadata.sorted_tables:
            rows += session.execute(table.select())
        return repr(rows)


def test_nothing_that_names_the_person_is_left_and_what_happened_is(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(
            session,
            "Ann Carter",
            "sms",
            "email",
            "phone",
            addresses=ADDRESSES,
            staff="caller",
            groups=["Planning"],
            consent=["sms"],
            called="Secret-called",
            notes="Secret-notes",
            support="Secret-support",
            held_by="Secret-holder",
            format="braille",
            language="cy",
            never="telegram",
        )
        ben = add_person(session, "Ben", "phone")
        notice = publish(session, unfit="send")
        hers, his = deliveries(session)
        session.add(CallOutcome(delivery_id=known(hers.id), at=NOON, by="x", outcome="spoke", note="Secret-call"))
        session.add(
            CallOutcome(delivery_id=known(his.id), at=NOON, by="x", outcome="spoke", note="Saw ann carter today")
        )
        recipient_of(session, ann, notice).task_note = "Secret-task"
        session.flush()
        erasure.erase(session, ann, SECRET, LATER)
    left = everything(database)
    for secret in ("Carter", "carter", "Secret", "unique", "960111", "900111", "braille", "'cy'"):
        assert secret not in left, secret
    with database.reading() as session:
        erased = session.get_one(Person, ann.id)
        assert (erased.name, erased.status, erased.changed_at) == ("Erased person", Status.ERASED, LATER)
        assert recipient_of(session, ann, notice).left_out == "erased"
        assert [(one.channel, one.state) for one in deliveries(session)] == [("sms", "withdrawn"), ("phone", "queued")]
        notes = session.exec(select(CallOutcome.note).order_by(col(CallOutcome.id))).all()
        assert notes == ["", "Saw Erased person today"]
        assert session.exec(select(Staff)).all() == []
        assert session.exec(select(Membership)).all() == []
        assert len(session.exec(select(Recipient)).all()) == 2
        assert session.get_one(Person, ben.id).name == "Ben"


def test_hashes_stay_of_what_was_stopped_and_of_who_it_was(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann", "email", "sms", addresses=ADDRESSES)
        stops.stop_route(session, route_of(session, ann, "sms"), NOON)
        erasure.erase(session, ann, SECRET, LATER)
        assert set(session.exec(select(Suppression.hash))) == {
            route_hash(SECRET, "sms", ADDRESSES["sms"]),
            person_hash(SECRET, "Ann", "sms", ADDRESSES["sms"]),
            person_hash(SECRET, "Ann", "email", ADDRESSES["email"]),
        }
        assert [(one.state, one.address) for one in session.exec(select(Route).order_by(col(Route.id)))] == [
            ("dead", None),
            ("stopped", None),
        ]


def test_whoever_had_stopped_everything_leaves_a_hash_of_each_address(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann", "email", "sms", addresses=ADDRESSES)
        stops.stop_everything(session, ann, NOON)
        erasure.erase(session, ann, SECRET, LATER)
        hashes = set(session.exec(select(Suppression.hash)))
        assert {route_hash(SECRET, channel, ADDRESSES[channel]) for channel in ("email", "sms")} < hashes


def test_two_who_shared_a_phone_are_erased_one_by_one(database: Database) -> None:
    with database.writing() as session:
        ann, joe = (add_person(session, name, "sms", addresses=ADDRESSES) for name in ("Ann", "Joe"))
        erasure.erase(session, ann, SECRET, LATER)
        assert (route_of(session, joe, "sms").address, route_of(session, joe, "sms").state) == (
            ADDRESSES["sms"],
            "active",
        )
        erasure.erase(session, joe, SECRET, LATER)
        assert len(session.exec(select(Suppression)).all()) == 2
