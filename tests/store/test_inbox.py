from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from core.errors import UserError
from core.inbox import InboxState, Why
from core.people import Status
from store import addressed, distress, headcount, inbox
from store.database import Database, Session
from store.erasure import erase
from store.notices import spreading
from store.tables import InboxItem, Notice
from store.tables.base import known
from tests.actions.replies import ANN, JOE, alerts, invited, items, last, person_with, send_all, write
from tests.store.people import HOUR, MINUTE, NOON, add_person, deliveries


def kept(session: Session, text: str = "Hello", why: Why = Why.QUESTION, **more: Any) -> InboxItem:
    values: dict[str, Any] = {"at": NOON, "provider": "sms", "ref": f"r{len(items(session))}", "sender": ANN}
    return inbox.keep(session, InboxItem(**(values | {"text": text, "why": why} | more)))


def test_what_is_pinned_comes_first_then_the_oldest(database: Database) -> None:
    with database.writing() as session:
        kept(session, "first")
        kept(session, "second", Why.DISTRESS, pinned=True)
        kept(session, "third", state=InboxState.TAKEN)
        kept(session, "done", state=InboxState.CLOSED)
        waiting = [item.text for item, _ in inbox.listing(session, everything=False, limit=9)]
        assert waiting == ["second", "first", "third"]
        assert [item.text for item, _ in inbox.listing(session, everything=True, limit=2)] == ["done", "third"]
        assert inbox.waiting(session) == 3


def test_an_item_is_found_by_the_end_of_its_id(database: Database) -> None:
    with database.writing() as session:
        item = kept(session)
        kept(session)
        assert inbox.find(session, item.uid[-8:]).id == item.id
        for wrong in ("", "nowhere", "0"):
            with pytest.raises(UserError):
                inbox.find(session, wrong)


def test_what_people_were_told_of_is_found_on_both_kinds_of_database(database: Database) -> None:
    with database.writing() as session:
        person_with(session, "Ann Carter", ("email", "sms"), sms=ANN, email="Ann@example.org")
        row = invited(session)
        ((route, person),) = addressed.routes_at(session, "email", "ann@EXAMPLE.org")
        (told,) = addressed.told_on(session, [known(route.id)], NOON)
        assert (told.meeting.id, told.person) == (row.id, person.id)
        assert addressed.last_told(session, [known(route.id)]) == told.delivery.id
        assert addressed.told_on(session, [known(route.id)], row.ends_at) == []
        assert addressed.last_uid(session, known(route.id)) == told.delivery.uid
        item = kept(session, delivery_id=told.delivery.id)
        assert inbox.context_of(session, [item]) == {item.id: told.notice.subject}


def test_an_address_that_is_somebody_elses_now_is_not_theirs(database: Database) -> None:
    with database.writing() as session:
        person_with(session, "Ann Carter", ("sms",), sms=ANN)
        ((route, _),) = addressed.routes_at(session, "sms", ANN)
        route.state, route.state_reason = "dead", "the number is somebody else's"
        session.flush()
        assert addressed.routes_at(session, "sms", ANN) == []


def test_distress_is_told_again_and_again_until_somebody_has_it(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Sue", "email", staff="coordinator")
        item = kept(session, "I can't cope", Why.DISTRESS, pinned=True)
        distress.alert(session, item, NOON)
        kept(session, "really", Why.DISTRESS, pinned=True)
        distress.alert(session, last(session), NOON + MINUTE)
        assert len(alerts(session, "distress:")) == 1
        assert distress.escalate(session, NOON + 14 * MINUTE) == 0
        assert distress.escalate(session, NOON + 15 * MINUTE) == 1
        assert distress.escalate(session, NOON + 16 * MINUTE) == 0
        assert distress.escalate(session, NOON + 10 * HOUR) == 1
        assert len(alerts(session, "distress:")) == 3
        send_all(session, NOON + 16 * MINUTE)
        item.state = InboxState.TAKEN
        items(session)[1].state = InboxState.TAKEN
        distress.take(session, item, "Sue", NOON + 11 * HOUR)
        assert {one.state for one in alerts(session, "distress:")} == {"cancelled"}
        assert "Sue has it" in alerts(session, "have:")[0].subject
        assert distress.escalate(session, NOON + 2000 * HOUR) == 0
        assert "withdrawn" not in {one.state for one in deliveries(session) if one.state == "accepted"}


def test_an_alert_names_the_person_what_they_wrote_and_their_number(database: Database) -> None:
    with database.writing() as session:
        person_with(session, "Ann Carter", ("telegram", "phone"), telegram="7", phone=JOE)
        write(session, "I want to die {really}", "7", "telegram")
        (alert,) = alerts(session, "distress:")
        assert "Ann Carter may be in distress" in (alert.text or "")
        assert "I want to die {{really}}" in (alert.text or "")
        assert JOE in (alert.text or "")


def test_an_erasure_empties_what_was_written_what_was_answered_and_what_repeats_it(database: Database) -> None:
    with database.writing() as session:
        ann = person_with(session, "Ann Carter", ("sms",), sms=ANN)
        joe = person_with(session, "Joe", ("sms",), sms=JOE)
        for text in ("Where is it?", "I can't cope"):
            write(session, text)
        write(session, "When is it?", JOE)
        erase(session, ann, b"secret", NOON + HOUR)
        session.expire_all()
        left = [(item.text, item.sender) for item in items(session) if item.person_id == ann.id]
        assert left == [(None, "")] * 2
        assert [item.text for item in items(session) if item.person_id == joe.id] == ["When is it?"]
        texts = " ".join(f"{one.text} {one.subject}" for one in session.exec(select(Notice)) if one.person_id != joe.id)
        assert "Ann" not in texts
        assert "cope" not in texts


def test_the_headcount_knows_who_has_said_nothing(database: Database) -> None:
    from actions.answers import answer_meeting
    from core.answers import Answer
    from tests.actions.replies import around

    with database.writing() as session:
        ann = add_person(session, "Ann", "email", support="a ramp")
        joe = add_person(session, "Joe", "sms", format="easy read")
        add_person(session, "Kim", "phone")
        gone = add_person(session, "Lee", "email")
        row = invited(session)
        answer_meeting(session, ann.uid, row.uid, Answer.YES, "page", around())
        answer_meeting(session, joe.uid, row.uid, Answer.NO, "sms", around())
        gone.status = Status.LEFT
        session.flush()
        found = {guest.name: (guest.answer, guest.support) for guest in headcount.guests(session, known(row.id))}
        assert found == {"Ann": ("yes", "a ramp"), "Joe": ("no", ""), "Kim": ("", "")}


def test_staff_are_told_again_after_an_hour_while_something_waits(database: Database) -> None:
    with database.writing() as session:
        for minutes in (0, 10, 70):
            item = kept(session, at=NOON + timedelta(minutes=minutes))
            inbox.tell(session, item, "Ann", NOON + timedelta(minutes=minutes))
        assert len(alerts(session, "inbox:")) == 2
        assert len(spreading(session)) == 2


def test_the_same_message_at_the_same_moment_is_heard_once(database: Database) -> None:
    with database.writing() as session:
        person_with(session, "Ann Carter", ("sms",), sms=ANN)

    def hear() -> bool:
        with database.writing() as session:
            return write(session, "Where is it?", ref="SM-same") is not None

    with ThreadPoolExecutor(4) as threads:
        answered = list(threads.map(lambda _: hear(), range(4)))
    assert sorted(answered) == [False, False, False, True]
    with database.reading() as session:
        assert len(items(session)) == 1
