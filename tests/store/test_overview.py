"""Notices at a glance, and the staff, on both databases."""

from __future__ import annotations

import pytest

from core.delivery import HELD_PAUSED, State
from core.errors import UserError
from core.notices import Kind
from core.people import Role
from store import alerts, notices, overview, pauses, staff
from store.database import Database
from tests.store.people import HOUR, NOON, add_person, claim, publish, say, the_delivery


def test_the_list_shows_the_newest_first_and_no_alerts(database: Database) -> None:
    with database.writing() as session:
        assert (overview.listing(session, 10), overview.newest(session)) == ([], None)
        add_person(session, "Ann", "email", groups=["Carers"])
        add_person(session, "Bob")
        publish(session, "k1")
        second = publish(session, "k2", group="carers", rehearsal=True)
        alerts.tell_staff(session, "trouble", "Trouble", "Something is wrong.", NOON)
        found = overview.listing(session, 10)
        assert [(one.people, one.waiting, one.group, one.rehearsal) for one in found] == [
            (1, 0, "Carers", True),
            (2, 1, "", False),
        ]
        assert [one.kind for one in overview.listing(session, 1, alerts=True)] == [Kind.ALERT]
        newest = overview.newest(session)
        assert newest is not None
        assert newest.uid == second.uid == overview.listing(session, 1)[0].id


def test_progress_is_done_when_nothing_waits_any_more(database: Database) -> None:
    with database.writing() as session:
        for name, channel in (("Ann", "email"), ("Bob", "sms")):
            add_person(session, name, channel)
        add_person(session, "Cy")
        notice = publish(session)
        before = overview.progress(session, notice)
        assert (before.people, before.waiting, before.standing, before.done) == (3, 2, 1, False)
        for channel in ("email", "sms"):
            for one in claim(session, channel):
                say(session, one, "accepted", provider=channel, ref=channel)
        after = overview.progress(session, notice)
        assert (after.waiting, after.standing, after.done) == (0, 3, True)


def test_what_waits_alike_is_told_together_with_when_and_why(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        add_person(session, "Bob", "email")
        add_person(session, "Cy", "email", timezone="America/New_York")
        add_person(session, "Dee", "sms")
        notice = publish(session, not_before=NOON + HOUR)
        found = {(one.channel, one.zone): one for one in overview.waiting(session, notice)}
        assert {key: one.count for key, one in found.items()} == {
            ("email", ""): 2,
            ("email", "America/New_York"): 1,
            ("sms", ""): 1,
        }
        here = found["email", ""]
        assert (here.state, here.due, here.look_at, here.tried, here.urgent) == (
            State.QUEUED,
            NOON + HOUR,
            None,
            False,
            False,
        )
        notices.pause(session, notice, NOON)
        assert {(one.state, one.reason) for one in overview.waiting(session, notice)} == {(State.HELD, HELD_PAUSED)}


def test_doubts_calls_and_paused_providers_are_found(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        notice = publish(session)
        delivery = the_delivery(session)
        delivery.state, delivery.reason = State.REVIEW, "nobody knows"
        session.flush()
        [doubt] = overview.in_review(session, notice)
        assert (doubt.id, doubt.name, doubt.channel, doubt.reason) == (delivery.uid, "Ann", "email", "nobody knows")
        add_person(session, "Bob", "phone")
        publish(session, "k2")
        call = the_delivery(session)
        assert overview.calls_ending(session, call.uid[-8:]) == [call.uid]
        assert overview.calls_ending(session, delivery.uid[-8:]) == []
        pauses.pause_provider(session, "email", "wrong password", NOON)
        assert overview.paused_providers(session) == {"email": "wrong password"}


def test_a_role_is_given_changed_suspended_and_given_back(database: Database) -> None:
    with database.writing() as session:
        ann, bob = add_person(session, "Ann", "email"), add_person(session, "Bob", "email")
        staff.give_role(session, ann, Role.CALLER, NOON)
        staff.give_role(session, ann, Role.ADMIN, NOON)
        assert [one.to_json() for one in staff.listing(session)] == [
            {"id": ann.uid, "name": "Ann", "role": "admin", "suspended": False}
        ]
        staff.suspend(session, ann, NOON)
        assert staff.listing(session)[0].suspended
        staff.give_role(session, ann, Role.VIEWER, NOON)
        assert not staff.listing(session)[0].suspended
        with pytest.raises(UserError, match="Bob has no role"):
            staff.suspend(session, bob, NOON)
