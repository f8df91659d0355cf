from __future__ import annotations

from store.database import Database
from tests.store.people import add_person, publish, states


def test_a_notice_makes_one_delivery_for_each_person_on_their_first_route(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email", "sms")
        add_person(session, "Joe", "sms", "phone")
        publish(session)
    assert states(database) == [("email", "queued"), ("sms", "queued")]
