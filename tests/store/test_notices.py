from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from sqlmodel import select

from core.consents import Basis
from core.delivery import DuplicatePolicy, State
from core.errors import UserError
from core.ladder import NO_CONSENT, NO_ROUTE, OPTED_OUT, SWITCHED_OFF
from core.notices import NoticeState, Wording
from core.people import RouteState, Status
from store import notices
from store.database import Database, Session
from store.reach import reach
from store.tables import Consent, Delivery, Notice, Recipient
from store.tables.base import known
from store.withdraw import withdraw_person
from tests.store.people import (
    CHANNELS,
    DAY,
    NOON,
    TODAY,
    add_person,
    claim,
    deliveries,
    plan,
    publish,
    recipient_of,
    route_of,
    say,
    states,
)
from tests.store.threads import at_once


def test_a_notice_makes_one_delivery_for_each_person_on_their_first_route(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email", "sms")
        add_person(session, "Joe", "sms", "phone")
        publish(session)
    assert states(database) == [("email", "queued"), ("sms", "queued")]


def test_a_key_that_was_used_returns_the_first_notice(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        first = notices.publish(session, plan("k"), CHANNELS, TODAY, NOON)
    with database.writing() as session:
        second = notices.publish(session, plan("k", text="other words"), CHANNELS, TODAY, NOON)
    assert (second.uid, first.repeat, second.repeat) == (first.uid, False, True)
    assert len(states(database)) == 1


def test_two_who_publish_the_same_key_at_once_make_one_notice(open_again: Callable[[], Database]) -> None:
    both = [open_again(), open_again()]
    with both[0].writing() as session:
        for at in range(30):
            add_person(session, f"Person {at}", "email")

    def publish_on(database: Database) -> notices.Published:
        with database.writing() as session:
            return notices.publish(session, plan("same"), CHANNELS, TODAY, NOON)

    made = at_once([partial(publish_on, one) for one in both])
    assert sorted(one.repeat for one in made) == [False, True]
    assert made[0].uid == made[1].uid
    assert len(states(both[0])) == 30


def test_nothing_is_left_of_a_notice_that_nobody_would_get(database: Database) -> None:
    with pytest.raises(UserError, match="Nobody would get this notice"), database.writing() as session:
        publish(session)
    with database.reading() as session:
        assert session.exec(select(Notice)).all() == []


def test_an_unknown_group_names_the_nearest(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email", groups=["Carers"])
    with pytest.raises(UserError, match="Carers"), database.writing() as session:
        publish(session, group="Carer")


def test_one_person_in_three_groups_is_one_recipient(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann", "email", groups=["a", "b", "c"])
        publish(session)
        publish(session, "k2", group=" B ")
        assert len(deliveries(session)) == 2
        assert session.exec(select(Recipient.person_id)).all() == [ann.id, ann.id]


def test_a_group_gets_its_own_notice_and_nobody_else_does(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email", groups=["a"])
        add_person(session, "Joe", "email", groups=["b"])
        notice = publish(session, group="A")
        assert [person.name for person in reach(session, notice).people] == ["Ann"]


class Crash(Exception):
    pass


def test_a_crash_between_pages_skips_nobody_and_doubles_nobody(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "PAGE", 4)
    with database.writing() as session:
        people = [add_person(session, f"Person {at}", "email").id for at in range(10)]
        notice = known(publish(session).id)
    for _ in range(2):
        with suppress(Crash), database.writing() as session:
            assert notices.spread(session, notice, CHANNELS, TODAY, NOON) == 4
            raise Crash
    with database.reading() as session:
        assert notices.spreading(session) == [notice]
    pages = []
    while True:
        with database.writing() as session:
            if not notices.spreading(session):
                break
            pages.append(notices.spread(session, notice, CHANNELS, TODAY, NOON))
    assert pages == [4, 2]
    with database.writing() as session:
        assert notices.spread(session, notice, CHANNELS, TODAY, NOON) == 0
        assert sorted(session.exec(select(Recipient.person_id)).all()) == people
        assert len(deliveries(session)) == 10


def test_pages_that_end_with_the_audience_still_end(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "PAGE", 2)
    with database.writing() as session:
        for at in range(4):
            add_person(session, f"Person {at}", "email")
        notice = publish(session)
        assert notices.spread(session, known(notice.id), CHANNELS, TODAY, NOON) == 2
        assert notices.spread(session, known(notice.id), CHANNELS, TODAY, NOON) == 0
        assert notice.spread_at is not None


def test_two_who_spread_one_notice_at_once_write_each_person_once(
    open_again: Callable[[], Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "PAGE", 5)
    both = [open_again(), open_again()]
    with both[0].writing() as session:
        for at in range(40):
            add_person(session, f"Person {at}", "email")
        notice = known(publish(session).id)

    def spread_all(database: Database) -> None:
        for _ in range(12):
            with database.writing() as session:
                notices.spread(session, notice, CHANNELS, TODAY, NOON)

    at_once([partial(spread_all, one) for one in both])
    assert len(states(both[0])) == 40


@pytest.mark.parametrize(
    ("who", "reason"),
    [
        ({"status": Status.LEFT}, "left the group"),
        ({"status": Status.DIED}, "died"),
        ({"status": Status.PAUSED}, "paused"),
        ({"status": Status.PAUSED, "paused_until": TODAY + DAY}, "paused"),
        ({"stopped_at": NOON}, OPTED_OUT),
    ],
)
def test_who_is_left_out_on_purpose_is_on_record_with_the_reason(
    database: Database, who: dict[str, Any], reason: str
) -> None:
    with database.writing() as session:
        person = add_person(session, "Ann", "email", **who)
        notice = publish(session)
        assert recipient_of(session, person, notice).left_out == reason
        assert deliveries(session) == []


def test_a_pause_that_is_over_leaves_nobody_out(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email", status=Status.PAUSED, paused_until=TODAY)
        publish(session)
        assert len(deliveries(session)) == 1


def test_somebody_erased_is_not_in_the_audience(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        add_person(session, "", status=Status.ERASED)
        assert reach(session, publish(session)).invited == 1


@pytest.mark.parametrize(
    ("who", "more", "task"),
    [
        ({"language": "cy"}, {}, "needs another language"),
        ({"format": "easy read"}, {}, "needs another format"),
        ({"language": "cy"}, {"unfit": "send"}, None),
        ({"language": "en-GB"}, {}, None),
        ({"language": "cy"}, {"language": "cy"}, None),
        ({"format": "easy read"}, {"format": "easy read"}, None),
    ],
)
def test_whoever_needs_another_language_or_format_is_given_to_a_person(
    database: Database, who: dict[str, Any], more: dict[str, Any], task: str | None
) -> None:
    with database.writing() as session:
        person = add_person(session, "Ann", "email", **who)
        notice = publish(session, **more)
        assert recipient_of(session, person, notice).task_reason == task
        assert len(deliveries(session)) == (0 if task else 1)


def test_promotion_goes_only_where_a_recorded_basis_allows_it(database: Database) -> None:
    with database.writing() as session:
        silent = add_person(session, "Ann", "email")
        add_person(session, "Joe", "email", "sms", consent=["sms"])
        notice = publish(session, purpose="promotion")
        assert recipient_of(session, silent, notice).left_out == NO_CONSENT
        assert [delivery.channel for delivery in deliveries(session)] == ["sms"]


def test_what_people_asked_for_about_the_group_itself_allows_no_promotion(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann", "telegram", "sms")
        bea = add_person(session, "Bea", "telegram")
        for person, basis in ((ann, Basis.SERVICE), (bea, Basis.SERVICE), (bea, Basis.SOFT_OPT_IN)):
            route = route_of(session, person, "telegram").id or 0
            session.add(Consent(route_id=route, basis=basis, given_on=date(2026, 1, 1), recorded_at=NOON))
        session.flush()
        notice = publish(session, purpose="promotion")
        assert recipient_of(session, ann, notice).left_out == NO_CONSENT
        assert recipient_of(session, bea, notice).left_out is None
        publish(session, "service")
        assert sorted(delivery.channel for delivery in deliveries(session)) == ["telegram"] * 3


def test_in_rehearsal_only_staff_are_really_sent_to(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann", "email")
        add_person(session, "Cora", "email", staff="coordinator")
        notice = publish(session, rehearsal=True)
        assert "rehearsal" in (recipient_of(session, ann, notice).left_out or "")
        assert len(deliveries(session)) == 1


def test_routes_that_cannot_be_used_are_passed_over(database: Database) -> None:
    with database.writing() as session:
        dead = add_person(session, "Ann", "email", "sms")
        route_of(session, dead, "email").state = RouteState.DEAD
        never = add_person(session, "Joe", "email", "sms", never="email")
        none = add_person(session, "Kit")
        stopped = add_person(session, "Lu", "email")
        route_of(session, stopped, "email").state = RouteState.STOPPED
        off = add_person(session, "Mo", "carrier pigeon")
        notice = publish(session)
        assert [delivery.channel for delivery in deliveries(session)] == ["sms", "sms"]
        assert never.id
        assert recipient_of(session, none, notice).task_reason == NO_ROUTE
        assert recipient_of(session, stopped, notice).left_out == OPTED_OUT
        assert recipient_of(session, off, notice).task_reason == SWITCHED_OFF


def test_pause_resume_and_cancel_are_exact_to_the_person(database: Database) -> None:
    with database.writing() as session:
        for at in range(5):
            add_person(session, f"Person {at}", "email")
        notice, other = publish(session), publish(session, "other")
        sent = [one for one in claim(session) if one.notice_id == notice.id][:2]
        left = [one for one in claim(session) if one not in sent]
        assert not left
    with database.writing() as session:
        for one in sent:
            say(session, one, "accepted")
        held = session.exec(select(Delivery).where(Delivery.state == State.SENDING)).all()
        for delivery in held:
            delivery.state = State.QUEUED
        session.flush()
        notice = notices.find_notice(session, notice.uid)
        assert notices.pause(session, notice, NOON) == 3
        assert {one.notice_id for one in claim(session)} == {other.id}
        with pytest.raises(UserError):
            notices.pause(session, notice, NOON)
    with database.writing() as session:
        notice = notices.find_notice(session, notice.uid)
        assert notices.resume(session, notice, NOON) == 3
        assert notices.cancel(session, notice, NOON) == 3
        assert notices.cancel(session, notice, NOON) == 0
        counted = notices_states(session, notice)
        assert counted == ["accepted", "accepted", "withdrawn", "withdrawn", "withdrawn"]
        assert reach(session, notice).invited == 5
        with pytest.raises(UserError, match="cancelled"):
            notices.resume(session, notice, NOON)


def notices_states(session: Session, notice: Notice) -> list[str]:
    return sorted(delivery.state for delivery in deliveries(session, notice))


def test_a_paused_notice_holds_also_the_pages_that_come_later(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "PAGE", 2)
    with database.writing() as session:
        for at in range(3):
            add_person(session, f"Person {at}", "email")
        notice = publish(session)
        notices.pause(session, notice, NOON)
        notices.spread(session, known(notice.id), CHANNELS, TODAY, NOON)
        assert notices_states(session, notice) == ["held"] * 3
        assert notices.resume(session, notice, NOON) == 3


def test_a_cancelled_notice_records_the_rest_of_its_audience_as_left_out(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "PAGE", 2)
    with database.writing() as session:
        for at in range(5):
            add_person(session, f"Person {at}", "email")
        notice = publish(session)
        notices.cancel(session, notice, NOON)
        while notices.spread(session, known(notice.id), CHANNELS, TODAY, NOON):
            pass
        assert reach(session, notice).invited == 5
        assert reach(session, notice).counts["left_out"] == 5  # type: ignore[index]
        assert notice.state == NoticeState.CANCELLED


def test_a_death_withdraws_everything_at_once_and_tasks_too(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann", "email")
        joe = add_person(session, "Joe")
        notice = publish(session)
        assert withdraw_person(session, known(ann.id), "died", NOON) == 1
        assert withdraw_person(session, known(joe.id), "died", NOON) == 0
        assert [delivery.state for delivery in deliveries(session)] == ["withdrawn"]
        for person in (ann, joe):
            recipient = recipient_of(session, person, notice)
            assert (recipient.left_out, recipient.task) == ("died", None)


def test_a_notice_is_found_by_the_beginning_of_its_id(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        one, _ = publish(session), publish(session, "k2")
        assert notices.find_notice(session, one.uid[:-1]).id == one.id
        assert notices.find_notice(session, one.uid).id == one.id
        for wrong in ("", "no such id", "%"):
            with pytest.raises(UserError):
                notices.find_notice(session, wrong)


def test_the_words_of_a_notice_come_back_as_they_went_in(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        wanted = plan("k", purpose="promotion", policy=DuplicatePolicy.PREFER_TELLING_TWICE, text="Ün text 🙂 {name}")
        made = notices.publish(session, wanted, CHANNELS, TODAY, NOON)
    with database.reading() as session:
        assert notices.contents(session, [made.id]) == {made.id: Wording(made.uid, wanted.kind, wanted.content)}
        notice = session.get_one(Notice, made.id)
        assert (notice.not_before, notice.not_after) == (NOON, NOON + timedelta(days=3))
