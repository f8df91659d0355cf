"""A notice for one person: the whole of it, on one route or up their own ladder."""

from __future__ import annotations

import pytest
from sqlmodel import select

from core.delivery import State
from core.errors import UserError
from core.markdown import Marked
from core.notices import Kind, One
from core.placeholders import KNOWN, Template
from core.reach import Standing
from core.receipts import Outcome
from store import notices, outbox, sweep
from store.database import Database, Session
from store.people import set_status
from store.personal import literally, tell_person
from store.reach import reach
from store.stops import stop_everything, stop_route
from store.tables import Notice, Person, Recipient
from store.tables.base import known
from tests.store.people import (
    CHANNELS,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    TODAY,
    WAYS,
    add_person,
    claim,
    deliveries,
    moment,
    publish,
    route_of,
    say,
)


def tell(session: Session, person: Person, channel: str = "", **more: object) -> Notice:
    """Tells a person something, by one route where a channel is named, and spreads it."""
    route = route_of(session, person, channel).id if channel else None
    made = tell_person(session, known(person.id), "k", "Hello", "Words", NOON, route_id=route, **more)  # type: ignore[arg-type]
    notices.spread(session, made.id, CHANNELS, TODAY, NOON)
    return session.get_one(Notice, made.id)


def test_a_text_goes_to_one_person_by_one_route_once(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann", "email", "sms")
        add_person(session, "Joe", "sms")
        first = tell(session, ann, "sms")
        again = tell_person(session, known(ann.id), "k", "Hello", "Other words", NOON)
        assert (again.repeat, again.id, first.text) == (True, first.id, "Words")
        assert [(one.channel, one.urgent) for one in deliveries(session)] == [("sms", 0)]


def test_without_a_route_it_climbs_the_persons_own_ladder(database: Database) -> None:
    with database.writing() as session:
        tell(session, add_person(session, "Ann", "email", "phone"))
        (mine,) = claim(session)
        say(session, mine, Outcome.REFUSED, dead=True)
        assert [(one.channel, one.state) for one in deliveries(session)] == [("email", "failed"), ("phone", "queued")]


def test_on_one_route_a_failure_ends_it_with_no_other_route_and_no_task(database: Database) -> None:
    with database.writing() as session:
        notice = tell(session, add_person(session, "Ann", "email", "sms", "phone"), "email")
        (mine,) = claim(session)
        say(session, mine, Outcome.REFUSED, dead=True)
        assert len(deliveries(session)) == 1
        (one,) = reach(session, notice).people
        assert one.standing is Standing.LEFT_OUT
        assert session.exec(select(Recipient)).one().task is None


def test_on_one_route_what_is_too_late_is_no_task_but_a_call_is(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann", "email", "phone")
        tell(session, ann, "email")
        made = tell_person(
            session, known(ann.id), "call", "Ring", "Words", NOON, route_id=route_of(session, ann, "phone").id
        )
        notices.spread(session, made.id, CHANNELS, TODAY, NOON)
        for mine in claim(session, "phone"):
            say(session, mine, Outcome.ACCEPTED, provider="phone")
        sweep.stale(session, NOON + 4 * DAY)
        session.expire_all()
        assert {one.state for one in deliveries(session)} == {State.EXPIRED}
        assert [one.task for one in session.exec(select(Recipient).order_by(Recipient.id))] == [None, "open"]  # type: ignore[arg-type]


def test_an_answer_leaves_on_a_stopped_route_in_a_pause_and_in_quiet_hours(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann", "sms", "email")
        stop_route(session, route_of(session, ann, "sms"), NOON)
        tell(session, ann, "sms")
        stop_everything(session, ann, NOON - HOUR)
        tell_person(session, known(ann.id), "k2", "Hi", "More", NOON, route_id=route_of(session, ann, "email").id)
        for one in notices.spreading(session):
            notices.spread(session, one, CHANNELS, TODAY, NOON)
        quiet = moment(NOON, ["Europe/London"])
        assert outbox.claim(session, "email", 9, quiet, MINUTE, WAYS).claims != []


def test_a_stop_withdraws_an_answer_that_waits_and_the_confirmation_goes(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann", "sms")
        tell(session, ann, "sms")
        stop_route(session, route_of(session, ann, "sms"), NOON)
        assert claim(session, "sms") == []
        made = tell_person(
            session, known(ann.id), "ok", "Hi", "Stopped", NOON, route_id=route_of(session, ann, "sms").id
        )
        notices.spread(session, made.id, CHANNELS, TODAY, NOON)
        assert [mine.notice_id for mine in claim(session, "sms")] == [made.id]


@pytest.mark.parametrize("when", ["before", "after"])
def test_nothing_goes_to_somebody_who_has_died(database: Database, when: str) -> None:
    from core.people import Status

    with database.writing() as session:
        ann = add_person(session, "Ann", "sms")
        if when == "before":
            set_status(session, ann, Status.DIED, None, NOON)
        tell(session, ann, "sms")
        if when == "after":
            set_status(session, ann, Status.DIED, None, NOON)
        assert claim(session, "sms") == []


def test_a_notice_to_one_person_by_a_plan_finds_only_them(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann", "sms", "email")
        joe = add_person(session, "Joe", "sms")
        notice = publish(session, "one", to=One(ann.uid, route_of(session, ann, "email").uid))
        assert [(one.channel, one.notice_id) for one in deliveries(session)] == [("email", notice.id)]
        for to in (One("nobody"), One(ann.uid, route_of(session, joe, "sms").uid)):
            with pytest.raises(UserError):
                publish(session, f"two {to.route}", to=to)


def test_a_plan_to_one_route_keeps_a_stop_that_a_reply_may_pass(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann", "sms", "email")
        stop_route(session, route_of(session, ann, "sms"), NOON)
        publish(session, "one", to=One(ann.uid, route_of(session, ann, "sms").uid), kind=Kind.UPDATE)
        assert deliveries(session) == []
        assert session.exec(select(Recipient)).one().left_out == "asked us to stop"


def test_a_reply_may_wait_for_a_time(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann", "sms")
        tell(session, ann, "sms", at=NOON + HOUR)
        assert claim(session, "sms", at=NOON) == []
        assert len(claim(session, "sms", at=NOON + HOUR)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Hello *Ann* {x} [a](b) <b>\n- one\n1. two\n2) three\n# head",
        "snake_case https://a.example/x_y_z?q=1",
        r"\o/ 1*2*3 __init__ {first_name}",
        "+44 7700 900123\n=sum(1)\n> quoted",
    ],
)
def test_a_literal_text_comes_out_as_it_stands(text: str) -> None:
    assert Marked(Template.parse(literally(text), KNOWN)).plain().fill({}) == text
