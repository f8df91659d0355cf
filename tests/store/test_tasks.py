from __future__ import annotations

from typing import Any

import pytest

from core.errors import UserError
from core.reach import Task
from store import sweep
from store.database import Database, Session
from store.reach import reach
from store.settle import settle_doubt
from store.tables import Notice, Person
from store.tables.base import known
from store.tasks import settle_review, settle_task
from tests.store.people import (
    MINUTE,
    NOON,
    WAYS,
    add_person,
    claim,
    deliveries,
    events,
    hear,
    publish,
    recipient_of,
    the_delivery,
)


def in_review(session: Session, *channels: str) -> tuple[Person, Notice, str]:
    """One message of which nobody knows whether it was sent."""
    person = add_person(session, "Ann Carter", *(channels or ("email",)))
    notice = publish(session)
    claim(session)
    sweep.lost(session, NOON, WAYS, at_start=True)
    settle_doubt(session, known(the_delivery(session).id), 1, None, NOON, WAYS)
    assert the_delivery(session).state == "review"
    return person, notice, the_delivery(session).uid


@pytest.mark.parametrize(
    ("verdict", "state", "woken", "standing"),
    [
        ("sent", "accepted", set(), "trying"),
        ("not sent", "queued", {"email"}, "trying"),
        ("give up", "failed", set(), "needs_person"),
    ],
)
def test_staff_settle_a_doubt(database: Database, verdict: Any, state: str, woken: set[str], standing: str) -> None:
    with database.writing() as session:
        _, notice, uid = in_review(session)
        assert settle_review(session, uid, verdict, "cora", NOON, WAYS) == woken
        assert the_delivery(session).state == state
        assert reach(session, notice).people[0].standing.value == standing
        assert [(one.status, one.by) for one in events(session)] == [(verdict, "cora")]


def test_a_doubt_is_settled_once(database: Database) -> None:
    with database.writing() as session:
        _, _, uid = in_review(session)
        settle_review(session, uid, "sent", "cora", NOON, WAYS)
        for wrong in (uid, "no such id"):
            with pytest.raises(UserError, match="Nobody is in doubt"):
                settle_review(session, wrong, "sent", "cora", NOON, WAYS)


def test_giving_up_takes_the_next_rung(database: Database) -> None:
    with database.writing() as session:
        _, _, uid = in_review(session, "email", "sms")
        assert settle_review(session, uid, "give up", "cora", NOON, WAYS) == {"sms"}
        assert [one.state for one in deliveries(session)] == ["failed", "queued"]


def test_proof_settles_a_doubt_before_staff_do(database: Database) -> None:
    with database.writing() as session:
        _, _, uid = in_review(session)
        hear(session, "delivered", delivery=uid, attempt=1)
        assert the_delivery(session).state == "delivered"


def with_task(session: Session) -> tuple[Person, Notice]:
    person = add_person(session, "Ann Carter")
    return person, publish(session)


@pytest.mark.parametrize(("verdict", "standing"), [("told", "reached"), ("unreachable", "not_reachable")])
def test_staff_settle_a_task(database: Database, verdict: Any, standing: str) -> None:
    with database.writing() as session:
        person, notice = with_task(session)
        for _ in range(2):
            settle_task(session, notice.uid, person.uid, verdict, "by letter", "cora", NOON)
        recipient = recipient_of(session, person, notice)
        assert (recipient.task, recipient.task_by, recipient.task_note) == (Task(verdict), "cora", "by letter")
        found = reach(session, notice)
        assert found.people[0].standing.value == standing
        assert (found.complete, found.invited) == (True, 1)


def test_somebody_who_was_told_in_person_gets_nothing_more(database: Database) -> None:
    with database.writing() as session:
        person = add_person(session, "Ann", "email")
        notice = publish(session)
        settle_task(session, notice.uid, person.uid, "told", "", "cora", NOON)
        assert the_delivery(session).state == "withdrawn"
        assert claim(session, at=NOON + MINUTE) == []


def test_what_there_is_not_to_settle_is_a_clear_error(database: Database) -> None:
    with database.writing() as session:
        person, notice = with_task(session)
        trying = add_person(session, "Joe", "email")
        gone = add_person(session, "Kit", "email", status="left")
        later = publish(session, "k2")
        for uid, wrong, verdict, what in (
            (notice.uid, trying.uid, "told", "not meant for that person"),
            (later.uid, gone.uid, "told", "left out on purpose"),
            (later.uid, trying.uid, "unreachable", "still being tried"),
        ):
            with pytest.raises(UserError, match=what):
                settle_task(session, uid, wrong, verdict, "", "cora", NOON)  # type: ignore[arg-type]
        assert recipient_of(session, person, notice).task == Task.OPEN
