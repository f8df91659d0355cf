from __future__ import annotations

import pytest
from sqlmodel import update

from core.audience import SAID_NO
from core.errors import UserError
from core.notices import After, Whom
from core.people import Status
from core.receipts import Outcome
from store import after, notices
from store.call_results import record_call
from store.database import Database, Session
from store.reach import reach
from store.stops import stop_everything
from store.tables import Notice, Person, Recipient
from store.tables.base import known
from tests.store.people import CHANNELS, NOON, TODAY, WAYS, add_person, claim, deliveries, plan, publish, say


def names(session: Session, notice: Notice, whom: Whom) -> list[str]:
    """Who would get a notice after this one."""
    wanted = plan("after", to=After(notice.uid, whom))
    steps = notices.steps_of(session, wanted, CHANNELS, TODAY, NOON)
    return [session.get_one(Person, key).name for key, _ in steps]


@pytest.mark.parametrize(
    ("outcome", "sent"),
    [
        (Outcome.ACCEPTED, True),
        (Outcome.DELIVERED, True),
        (Outcome.UNKNOWN, True),
        (Outcome.DEFERRED, False),
        (Outcome.REFUSED, False),
        (Outcome.BROKEN, False),
    ],
)
def test_a_correction_goes_to_whomever_something_may_have_gone_to(
    database: Database, outcome: Outcome, sent: bool
) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        notice = publish(session)
        say(session, claim(session)[0], outcome)
        assert names(session, notice, Whom.SENT) == (["Ann"] if sent else [])


def test_a_correction_goes_to_whomever_is_being_sent_to_at_the_moment(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        add_person(session, "Joe", "sms")
        notice = publish(session)
        claim(session)
        assert names(session, notice, Whom.SENT) == ["Ann"]


def test_a_call_counts_once_somebody_was_reached(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "phone")
        add_person(session, "Joe", "phone")
        notice = publish(session)
        for one in claim(session, "phone"):
            say(session, one, "accepted", provider="phone")
        assert names(session, notice, Whom.SENT) == []
        record_call(session, deliveries(session, notice)[0].uid, "reached", "", "terminal", NOON, WAYS)
        assert after.count(session, known(notice.id), Whom.SENT) == 1


def test_missed_are_those_to_whom_nothing_goes_and_who_would_have_wanted_it(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Nobody's number")
        add_person(session, "Refused", "sms")
        add_person(session, "Sent", "email")
        add_person(session, "To ring", "phone")
        add_person(session, "Stopped", "telegram")
        add_person(session, "Paused", "telegram", status=Status.PAUSED)
        add_person(session, "Died", "telegram", status=Status.DIED)
        notice = publish(session)
        say(session, claim(session)[0], "accepted")
        say(session, claim(session, "sms")[0], "refused", provider="sms", dead=True)
        for one in claim(session, "phone"):
            say(session, one, "accepted", provider="phone")
        stopped = session.get_one(Person, 5)
        stop_everything(session, stopped, NOON)
        assert names(session, notice, Whom.MISSED) == ["Nobody's number", "Refused"]
        assert after.count(session, known(notice.id), Whom.MISSED) == 2


def test_whoever_a_cancelled_notice_was_kept_back_from_was_missed(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        add_person(session, "Joe", "sms")
        notice = publish(session)
        say(session, claim(session)[0], "accepted")
        assert names(session, notice, Whom.MISSED) == []
        notices.cancel(session, notice, NOON)
        assert after.count(session, known(notice.id), Whom.MISSED) == 1


def test_a_group_narrows_whom_a_notice_is_for(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email", groups=["Carers"])
        add_person(session, "Joe", "email")
        notice = publish(session)
        for one in claim(session):
            say(session, one, "accepted")
        second = notices.publish(
            session, plan("k2", to=After(notice.uid, Whom.SENT), group="Carers"), CHANNELS, TODAY, NOON
        )
        assert [one.name for one in reach(session, session.get_one(Notice, second.id)).people] == ["Ann"]


def test_there_is_nobody_after_a_notice_that_is_not_known(database: Database) -> None:
    with database.writing() as session, pytest.raises(UserError, match="No notice is known"):
        notices.publish(session, plan("k2", to=After("0198", Whom.SENT)), CHANNELS, TODAY, NOON)


def test_a_reason_that_somebody_gave_themselves_is_a_wish(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann")
        notice = publish(session)
        session.exec(update(Recipient).values(left_out=SAID_NO, task=None))
        assert names(session, notice, Whom.MISSED) == []
