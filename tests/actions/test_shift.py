from __future__ import annotations

from datetime import time
from typing import Any

import pytest
from sqlmodel import select

from actions import calls, shift
from actions.shift import LostLease
from core.answers import Answer
from core.calls import RUNG_IN_VAIN
from core.errors import Refused, UserError
from core.notices import About, Kind, Whom
from core.people import Role, RouteState
from core.roles import TERMINAL, Actor
from core.strategy import Hours
from store import answers, meetings
from store.database import Database, Session
from store.tables import CallLease, CallOutcome, Notice
from tests.actions.meetings import add as add_meeting
from tests.actions.ringing import (
    CORA,
    DAY,
    HOUR,
    JOE,
    MINUTE,
    NOON,
    VERA,
    at,
    holding,
    list_calls,
    next_of,
    number,
    people,
    round_of,
    save,
    to_ring,
)
from tests.store.people import add_person, claim, deliveries, publish, recipient_of, route_of, say


def test_a_caller_gets_one_person_with_all_they_need(database: Database) -> None:
    with database.writing() as session:
        to_ring(session, "Ann Carter", called="Annie", held_by="her son", support="speak slowly", notes="mornings")
        held = holding(session)
        assert (held.name, held.whole_name, held.for_whom) == ("Annie", "Ann Carter", "Annie")
        assert (held.number, held.dial) == ("01632 901000", "tel:+441632901000")
        assert (held.held_by, held.support, held.notes, held.why) == ("her son", "speak slowly", "mornings", "News")
        assert "may I speak to Ann Carter" in held.script
        assert "We meet on Monday." in held.script
        assert "We meet on Monday." not in held.voicemail
        assert "Ann" not in held.voicemail
        assert (held.until - NOON).total_seconds() == 15 * 60
        assert (held.tries, held.history, held.also, held.asks) == (0, [], [], False)


def test_nobody_else_gets_a_call_that_somebody_has(database: Database) -> None:
    with database.writing() as session:
        to_ring(session, "Ann", "Bob")
        assert {holding(session).name, holding(session, JOE).name} == {"Ann", "Bob"}
        assert next_of(session, TERMINAL) is None
        assert holding(session).name == "Ann"  # the same again, not a second one
        left = shift.waiting(session, TERMINAL, at())
        assert (left.free, left.held, left.paper, left.later) == (0, 2, 0, 0)


def test_a_call_returns_by_itself_after_a_quarter_of_an_hour(database: Database) -> None:
    with database.writing() as session:
        to_ring(session, "Ann")
        held = holding(session)
        assert next_of(session, JOE, 14.9) is None
        again = holding(session, JOE, 15)
        assert (again.call, again.token == held.token) == (held.call, False)


def test_asking_again_keeps_a_call_for_longer(database: Database) -> None:
    with database.writing() as session:
        to_ring(session, "Ann")
        held = holding(session)
        assert holding(session, minutes=10).token == held.token
        assert next_of(session, JOE, 20) is None
        save(session, held, "reached", 24)
        assert next_of(session, JOE, 60) is None


def test_a_late_save_is_refused_and_shows_what_was_noted_meanwhile(database: Database) -> None:
    with database.writing() as session:
        to_ring(session, "Ann")
        held = holding(session)
        other = holding(session, JOE, 16)
        save(session, other, "no_answer", 17, JOE, remark="rang twice")
        with pytest.raises(LostLease) as lost:
            save(session, held, "reached", 18)
        assert [(one.by, one.outcome, one.note) for one in lost.value.noted] == [("joe", "no_answer", "rang twice")]
        assert lost.value.open
        assert [one.outcome for one in session.exec(select(CallOutcome))] == ["no_answer"]


def test_a_save_after_the_time_is_over_is_refused_although_nobody_has_it_and_the_call_can_be_taken_again(
    database: Database,
) -> None:
    with database.writing() as session:
        to_ring(session, "Ann")
        held = holding(session)
        with pytest.raises(LostLease) as lost:
            save(session, held, "reached", 16)
        assert (lost.value.noted, lost.value.open) == ([], True)
        again = shift.take(session, CORA, lost.value.call, at(16))
        assert again is not None
        save(session, again, "reached", 16)
        assert deliveries(session)[0].state == "delivered"


def test_nobody_takes_a_call_that_another_has_or_that_is_settled(database: Database) -> None:
    with database.writing() as session:
        to_ring(session, "Ann")
        held = holding(session)
        assert shift.take(session, JOE, held.call, at(1)) is None
        save(session, held, "reached", 2)
        assert shift.take(session, JOE, held.call, at(3)) is None


def test_the_same_tap_twice_counts_once_however_late_the_second_comes(database: Database) -> None:
    with database.writing() as session:
        to_ring(session, "Ann", "Bob")
        held = holding(session)
        save(session, held, "no_answer", 1)
        save(session, held, "no_answer", 1)
        save(session, held, "no_answer", 30)
        assert len(session.exec(select(CallOutcome)).all()) == 1
        with pytest.raises(LostLease):
            save(session, held, "reached", 31)  # another tap: the first one counts


def test_whoever_was_noted_elsewhere_is_no_longer_in_hand(database: Database) -> None:
    with database.writing() as session:
        to_ring(session, "Ann")
        held = holding(session)
        calls.record(session, TERMINAL, held.call[-8:], "reached", "", at(1))
        with pytest.raises(LostLease) as lost:
            save(session, held, "no_answer", 2)
        assert not lost.value.open


def test_a_person_is_in_one_pair_of_hands_whatever_the_notice(database: Database) -> None:
    with database.writing() as session:
        people(session, "Ann")
        publish(session, "one")
        publish(session, "two")
        list_calls(session)
        held = holding(session)
        assert held.also == ["News"]
        assert next_of(session, JOE) is None
        save(session, held, "reached", 1)
        assert holding(session, JOE, 2).name == "Ann"


def test_a_number_is_rung_by_one_caller_at_a_time(database: Database) -> None:
    with database.writing() as session:
        for name in ("Ann", "Bob"):
            add_person(session, name, "phone", addresses={"phone": number(1)})
        publish(session)
        list_calls(session)
        held = holding(session)
        assert held.for_whom == held.name
        assert next_of(session, JOE) is None
        save(session, held, "reached", 1)
        assert holding(session, JOE, 2).name == "Bob"


def test_the_earliest_meeting_comes_first_and_what_is_urgent_before_it(database: Database) -> None:
    with database.writing() as session:
        late, early = (add_meeting(session, starts) for starts in ("2026-03-30 14:00", "2026-03-20 14:00"))
        add_person(session, "Abe", "phone", groups=["late"])
        add_person(session, "Bea", "phone", groups=["early"])
        add_person(session, "Zoe", "phone", groups=["now"])
        for group, meeting in (("late", late), ("early", early)):
            about = About(meeting, 1, Whom.EVERYONE)
            publish(session, group, group=group, about=about, kind=Kind.INVITATION, not_after=NOON + 30 * DAY)
        publish(session, "now", group="now", urgent=True, not_after=NOON + 40 * DAY)
        list_calls(session)
        assert round_of(session, CORA, ["reached"] * 3) == ["Zoe", "Bea", "Abe"]


def test_their_usual_caller_is_offered_first(database: Database) -> None:
    with database.writing() as session:
        to_ring(session, "Ann", "Bob", "Cy")
        cora, joe = (Actor(add_person(session, name, staff="caller").uid, Role.CALLER) for name in ("Cora", "Joe"))
        assert round_of(session, cora, ["reached"]) == ["Ann"]
        assert round_of(session, joe, ["reached", "reached"]) == ["Bob", "Cy"]
        publish(session, "next")
        list_calls(session)
        assert holding(session, joe).name == "Bob"
        assert holding(session, cora).name == "Ann"
        assert holding(session, TERMINAL).name == "Cy"  # somebody else's, and still to be told


def test_those_rung_in_vain_rest_an_hour_and_an_engaged_number_ten_minutes(database: Database) -> None:
    with database.writing() as session:
        to_ring(session, "Ann", "Bob")
        assert round_of(session, CORA, ["no_answer", "engaged"]) == ["Ann", "Bob"]
        assert next_of(session, minutes=9) is None
        left = shift.waiting(session, CORA, at(9))
        assert (left.later, left.free) == (2, 0)
        assert round_of(session, CORA, ["reached"], 11) == ["Bob"]
        assert next_of(session, minutes=59) is None
        assert holding(session, minutes=61).name == "Ann"


def test_three_tries_in_vain_need_a_person(database: Database) -> None:
    with database.writing() as session:
        person = people(session, "Ann")[0]
        notice = publish(session)
        list_calls(session)
        for at_minute in (0, 61, 122):
            round_of(session, CORA, ["voicemail"], at_minute)
        assert next_of(session, minutes=200) is None
        assert recipient_of(session, person, notice).task_reason == RUNG_IN_VAIN


def test_a_promise_is_kept_by_the_same_caller_and_by_anyone_when_they_do_not_come(database: Database) -> None:
    with database.writing() as session:
        to_ring(session, "Ann")
        back = NOON + HOUR
        save(session, holding(session), "call_back", call_back_at=back, same_caller=True)
        assert next_of(session, CORA, 59) is None
        assert shift.waiting(session, CORA, at(59)).next_at == back
        assert next_of(session, JOE, 61) is None
        held = holding(session, CORA, 61)
        assert held.back_at == back
        shift.give_back(session, CORA, held.token, at(62))
        assert holding(session, JOE, 91).name == "Ann"


def test_a_promise_to_be_rung_by_anyone_comes_before_the_others_even_in_the_evening(database: Database) -> None:
    with database.writing() as session:
        to_ring(session, "Zoe", "Ann")
        zoe = next(one for one in (holding(session), holding(session, JOE)) if one.name == "Zoe")
        actor = JOE if session.exec(select(CallLease).where(CallLease.token == zoe.token)).one().by == "joe" else CORA
        save(session, zoe, "call_back", actor=actor, call_back_at=NOON + 7 * HOUR)
        shift.give_back(session, CORA, holding(session).token, at(1))
        evening = 7 * 60 + 1  # seven o'clock, after the calling hours
        assert holding(session, TERMINAL, evening).name == "Zoe"
        assert next_of(session, CORA, evening) is None


def test_a_promise_that_was_not_kept_beats_the_calling_hours_for_an_hour_and_quiet_hours_never(
    database: Database,
) -> None:
    with database.writing() as session:
        to_ring(session, "Ann")
        save(session, holding(session), "call_back", call_back_at=NOON + 8 * HOUR)
        for hour in (7.9, 8, 8.9, 9.5, 15, 21.9, 22):
            held = next_of(session, minutes=hour * 60)
            assert (held is not None) == (hour in (8, 8.9, 22)), hour
            if held:
                shift.give_back(session, CORA, held.token, at())
    with database.writing() as session:
        save(session, holding(session, minutes=22 * 60), "call_back", 22 * 60, call_back_at=NOON + 32.9 * HOUR)
        assert next_of(session, minutes=32.9 * 60) is not None
        assert next_of(session, JOE, 33.2 * 60) is None  # quiet again


def test_a_promise_holds_for_every_call_to_the_person_unless_it_would_come_too_late(database: Database) -> None:
    with database.writing() as session:
        person = people(session, "Ann")[0]
        publish(session, "one")
        publish(session, "two")
        list_calls(session)
        save(session, holding(session), "call_back", call_back_at=NOON + 4 * HOUR, same_caller=True)
        publish(session, "soon", not_after=NOON + 3 * HOUR)
        publish(session, "urgent", urgent=True)
        list_calls(session)
        (soon,) = round_of(session, CORA, ["reached"], 61)
        assert soon == person.name
        assert next_of(session, minutes=62) is None  # neither the other one nor the urgent one
        assert [line.back_at for line in calls.listing(session, CORA, at(63))] == [NOON + 4 * HOUR] * 3
        assert round_of(session, CORA, ["reached"] * 3, 4 * 60) == ["Ann"] * 3


@pytest.mark.parametrize(
    ("when", "what"),
    [(None, "rung back"), (-1, "passed"), (10 * 24, "too late"), (9, "from 9pm to 8am"), (19, "quiet")],
)
def test_a_promise_needs_a_time_that_makes_sense(database: Database, when: int | None, what: str) -> None:
    with database.writing() as session:
        to_ring(session, "Ann")
        held = holding(session)
        with pytest.raises(UserError, match=what):
            save(session, held, "call_back", call_back_at=None if when is None else NOON + when * HOUR)
        assert session.exec(select(CallOutcome)).all() == []


@pytest.mark.parametrize(("hour", "offered"), [(9, False), (10, True), (16, True), (17, False), (22, False)])
def test_people_are_rung_in_the_calling_hours_of_the_strategy(database: Database, hour: int, offered: bool) -> None:
    with database.writing() as session:
        to_ring(session, "Ann")
        assert (next_of(session, minutes=(hour - 12) * 60) is not None) == offered


def test_the_quiet_hours_of_a_promise_are_those_of_the_place_where_they_live(database: Database) -> None:
    with database.writing() as session:
        to_ring(session, "Ann", timezone="America/New_York")
        held = holding(session, minutes=4 * 60)
        with pytest.raises(UserError, match="quiet hours, from 9pm to 8am where they live"):
            save(session, held, "call_back", 4 * 60, call_back_at=NOON + 22 * HOUR)
        save(session, held, "call_back", 4 * 60, call_back_at=NOON + 10 * HOUR)  # ten in the evening here


def test_the_calling_hours_are_those_of_the_place_where_they_live(database: Database) -> None:
    with database.writing() as session:
        to_ring(session, "Ann", timezone="America/New_York")
        assert next_of(session, minutes=0) is None  # seven in the morning there
        assert holding(session, minutes=3 * 60 + 1).name == "Ann"


def test_what_cannot_wait_is_rung_in_the_evening_but_never_in_quiet_hours(database: Database) -> None:
    with database.writing() as session:
        to_ring(session, "Ann", more={"urgent": True})
        assert next_of(session, minutes=10 * 60) is None
        assert holding(session, minutes=8 * 60).name == "Ann"


def test_quiet_hours_win_over_calling_hours(database: Database) -> None:
    with database.writing() as session:
        to_ring(session, "Ann")
        wide = Hours(time(7), time(23))
        assert next_of(session, minutes=9 * 60 + 30, calling=wide) is None
        assert next_of(session, minutes=8 * 60 + 30, calling=wide) is not None


@pytest.mark.parametrize("outcome", ["wrong_number", "number_dead"])
def test_a_number_that_is_no_good_gets_no_texts_either_and_nothing_else_is_switched_off(
    database: Database, outcome: str
) -> None:
    with database.writing() as session:
        own = {"phone": number(1), "sms": number(1), "email": "ann@example.org"}
        person = add_person(session, "Ann", *own, addresses=own)
        bob = add_person(session, "Bob", "phone", addresses={"phone": number(1)})
        publish(session, "one")
        publish(session, "two")
        publish(session, "three", urgent=True, all_routes=True)
        publish(session, "old", not_after=NOON + 1 * MINUTE, all_routes=True)
        list_calls(session)
        (sent,) = claim(session, "sms", 1)  # the third's: it is urgent
        say(session, sent, "accepted", provider="sms")
        held = holding(session, minutes=2)
        assert (held.person, save(session, held, outcome, 2)) == (person.uid, {"email"})
        assert [route_of(session, person, channel).state for channel in own] == ["dead", "dead", "active"]
        assert route_of(session, bob, "phone").state == RouteState.ACTIVE
        of_ann = [(one.channel, one.state) for one in deliveries(session) if one.route_id != 4]
        late = [("phone", "accepted"), ("sms", "queued"), ("email", "queued")]  # expires by itself
        now = [("phone", "failed"), ("sms", "failed"), ("email", "queued")]
        assert sorted(of_ann) == sorted([*late, *now, *[("phone", "failed"), ("email", "queued")] * 2])
        assert claim(session, "sms", at=NOON + HOUR) == []
        (alert,) = session.exec(select(Notice).where(Notice.kind == "alert")).all()
        assert (alert.subject, "number of Ann" in (alert.text or "")) == ("Is this number right for Bob?", True)
        assert round_of(session, CORA, ["reached"] * 3, 3) == ["Bob"] * 3


def test_whoever_does_not_want_calls_is_not_rung_about_anything_else(database: Database) -> None:
    with database.writing() as session:
        people(session, "Ann")
        publish(session, "one")
        publish(session, "two")
        list_calls(session)
        save(session, holding(session), "do_not_call")
        assert next_of(session, minutes=1) is None


@pytest.mark.parametrize("answer", list(Answer))
def test_an_answer_on_the_phone_is_an_answer_to_the_meeting(database: Database, answer: Answer) -> None:
    with database.writing() as session:
        meeting = add_meeting(session)
        person = people(session, "Ann")[0]
        about = About(meeting, 1, Whom.EVERYONE)
        publish(session, about=about, kind=Kind.INVITATION, not_after=NOON + 20 * DAY)
        list_calls(session)
        held = holding(session)
        assert held.asks
        save(session, held, "reached", answer=answer)
        row = meetings.find(session, meeting)
        assert answers.answers(session, row.id or 0) == {person.id: answer}


def test_the_history_of_all_calls_to_a_person_is_shown(database: Database) -> None:
    with database.writing() as session:
        caller = add_person(session, "Cora Bell", staff="caller")
        people(session, "Ann")
        publish(session, "one", text="One {first_name}")
        list_calls(session)
        held = holding(session)
        save(session, held, "no_answer", remark="curtains drawn")
        calls.record(session, TERMINAL, held.call[-8:], "engaged", "", at(5))
        session.exec(select(CallOutcome).order_by(CallOutcome.id)).first().by = caller.uid  # type: ignore[union-attr, arg-type]
        session.flush()
        history = holding(session, minutes=70).history
        assert [(one.outcome, one.by, one.note, one.about) for one in history] == [
            ("engaged", "terminal", "", "News"),
            ("no_answer", "Cora Bell", "curtains drawn", "News"),
        ]


def test_who_rang_me_finds_somebody_by_their_last_digits(database: Database) -> None:
    with database.writing() as session:
        to_ring(session, "Ann", "Bob")
        save(session, holding(session), "voicemail", remark="left a message")
        for digits in ("1000", "901000", "01632 901000", "+44 1632 901000", "0044 1632 901000"):
            (found,) = shift.find_number(session, CORA, digits, at(1))
            assert (found.name, [(one.by, one.outcome, one.about) for one in found.tries]) == (
                "Ann",
                [("cora", "voicemail", "News")],
            )
        assert [one.name for one in shift.find_number(session, CORA, "1001", at(1))] == ["Bob"]
        assert shift.find_number(session, CORA, "7777", at(1)) == []
        add_person(session, "Zed", "sms", addresses={"sms": "+447700900007"})
        add_person(session, "Zoe", "phone", addresses={"phone": "+441632960000"})
        for zeros, names in {"0000": ["Zoe"], "0007": ["Zed"], "00007": ["Zed"], "0000 0": [], "000000": []}.items():
            assert [one.name for one in shift.find_number(session, CORA, zeros, at(1))] == names
        for whole in ("07700 900007", "+44 (0)7700 900007"):
            assert [one.name for one in shift.find_number(session, CORA, whole, at(1))] == ["Zed"]
        for few in ("", "100", "abc", "%%%%"):
            with pytest.raises(UserError, match="4 digits"):
                shift.find_number(session, CORA, few, at(1))


def test_a_viewer_may_do_none_of_it(database: Database) -> None:
    with database.writing() as session:
        to_ring(session, "Ann")
        held = holding(session)
        works: list[Any] = [
            lambda: shift.next_call(session, VERA, at()),
            lambda: shift.take(session, VERA, held.call, at()),
            lambda: shift.waiting(session, VERA, at()),
            lambda: shift.find_number(session, VERA, "1000", at()),
            lambda: shift.give_back(session, VERA, held.token, at()),
            lambda: save(session, held, "reached", actor=VERA),
        ]
        for work in works:
            with pytest.raises(Refused):
                work()


def test_nobody_notes_anything_with_anothers_token(database: Database) -> None:
    with database.writing() as session:
        to_ring(session, "Ann", "Bob")
        held = holding(session)
        with pytest.raises(LostLease):
            save(session, held, "reached", actor=JOE)
        with pytest.raises(UserError, match="no result"):
            save(session, held, "shouted")
        with pytest.raises(UserError, match="longer"):
            save(session, held, "reached", remark="x" * 1001)


@pytest.mark.parametrize("status", ["died", "left", "paused"])
def test_nobody_who_has_gone_is_offered(database: Database, status: str) -> None:
    with database.writing() as session:
        to_ring(session, "Ann")
        person = _person(session)
        person.status = status
        session.flush()
        assert next_of(session) is None


def test_a_notice_that_is_paused_takes_its_call_out_of_the_hands(database: Database) -> None:
    from store import notices

    with database.writing() as session:
        notice = to_ring(session, "Ann")
        held = holding(session)
        notices.pause(session, notice, NOON)
        assert next_of(session) is None
        with pytest.raises(LostLease):
            save(session, held, "reached", 1)


def _person(session: Session) -> Any:
    from store.tables import Person

    return session.exec(select(Person)).first()
