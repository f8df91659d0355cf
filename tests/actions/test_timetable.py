"""What was late is sent on purpose, what is too dear waits, and the timetable says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest
from sqlmodel import col, select

from actions import meetings, timetable
from actions.leaving import Surroundings
from actions.meeting_orders import Cancellation, Change
from actions.meeting_preview import what_leaves
from core.errors import UserError
from core.notices import Kind
from core.planned import PlannedState
from core.roles import TERMINAL
from core.strategy import Strategy
from store import making
from store.database import Database, Session
from store.tables import Notice
from tests.actions.meetings import DAY, HOUR, START, add, around, new
from tests.store.people import add_person, deliveries

SOON = "2026-03-03 14:00"
"""The day after the start: the invitation goes at once, the reminder of two days before is late."""


def kinds(session: Session) -> list[str]:
    return [notice.kind for notice in session.exec(select(Notice).order_by(col(Notice.id)))]


def missed(session: Session, at: datetime = START) -> list[timetable.Line]:
    return timetable.timetable(session, TERMINAL, around(at), missed=True)


def make(session: Session, given: Surroundings) -> None:
    while making.make_next(session, given.making, given.now) is not None:
        pass


def test_what_was_skipped_as_late_is_sent_once_however_often_it_is_asked_for(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        add(session, SOON)
        (late,) = missed(session)
        for ask, repeat in ((late.key, False), (late.key, True), (str(late.number), True)):
            sent = timetable.send(session, TERMINAL, ask, around())
            assert (sent.kind, sent.title, sent.repeat, sent.waits) == (
                Kind.REMINDER,
                "Spring meeting",
                repeat,
                "",
            )
        assert kinds(session) == ["invitation", "reminder"]
        reminder = session.exec(select(Notice).where(Notice.kind == "reminder")).one()
        assert reminder.not_after == START + DAY + 2 * HOUR, "useful until the meeting starts"
        assert missed(session) == []
        assert len(deliveries(session)) == 2


def test_what_was_missed_while_the_service_was_off_is_sent_on_purpose(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        add(session)
        (first, *_) = timetable.timetable(session, TERMINAL, around())
        timetable.hold(session, TERMINAL, first.key, around())
        make(session, around(START + 28 * DAY - HOUR))
        with pytest.raises(UserError, match="held, and not late"):
            timetable.send(session, TERMINAL, first.key, around(START + 28 * DAY - HOUR))
        assert [(one.kind, one.state) for one in missed(session)] == [("reminder", "skipped")]
        (late,) = missed(session)
        timetable.send(session, TERMINAL, late.key, around(START + 28 * DAY - HOUR))
        assert kinds(session) == ["reminder", "reminder"]


@pytest.mark.parametrize(
    ("change", "hours", "sentence"),
    [
        (None, 27, "The meeting has begun"),
        (Change("", starts="2026-03-04 14:00"), 1, "newer version"),
        (Cancellation("", "Flood"), 1, "The meeting is cancelled"),
    ],
)
def test_what_can_help_nobody_any_more_is_not_sent_late(
    database: Database, change: Change | Cancellation | None, hours: int, sentence: str
) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        meeting = add(session, SOON)
        (late,) = missed(session)
        if isinstance(change, Change):
            meetings.move(session, TERMINAL, replace(change, id=meeting), around())
        elif change:
            meetings.cancel(session, TERMINAL, replace(change, id=meeting), around())
        before = len(kinds(session))
        with pytest.raises(UserError, match=sentence):
            timetable.send(session, TERMINAL, late.key, around(START + hours * HOUR))
        assert len(kinds(session)) == before


def test_what_is_still_coming_or_was_never_planned_is_not_sent_late(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        add(session)
        (first, *_) = timetable.timetable(session, TERMINAL, around())
        with pytest.raises(UserError, match="coming, and not late"):
            timetable.send(session, TERMINAL, first.key, around())
        for unknown in ("meeting:none", "99999", "9" * 40):
            with pytest.raises(UserError, match="Nothing is planned under"):
                timetable.send(session, TERMINAL, unknown, around())


def test_a_meeting_is_put_in_with_what_is_late_and_the_preview_says_so(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        plain, late = (what_leaves(session, TERMINAL, new(SOON, late=late), around()) for late in (False, True))
        assert [one.kind for one in plain.at_once] == ["invitation"]
        assert [one.kind for one in plain.late] == ["reminder"]
        assert [one.kind for one in late.at_once] == ["invitation", "reminder"]
        assert late.late == []
        meeting = add(session, SOON, late=True)
        assert kinds(session) == ["invitation", "reminder"]
        meetings.move(session, TERMINAL, Change(meeting, starts="2026-03-03 16:00", late=True), around())
        assert kinds(session) == ["invitation", "reminder"] * 2, "nobody had been told yet"


def test_what_was_missed_is_listed_with_the_newest_first_and_since_a_day(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        for day in ("03", "04", "05"):
            add(session, f"2026-03-{day} 09:00", title=f"On the {day}", at=START + (int(day) - 3) * DAY - HOUR)
        listed = [(one.title, f"{one.due_local:%d}") for one in missed(session)]
        assert listed == [("On the 05", "03"), ("On the 04", "02"), ("On the 03", "01")]
        found = timetable.timetable(session, TERMINAL, around(), missed=True, since=date(2026, 3, 2), limit=1)
        assert [one.title for one in found] == ["On the 05"]
        found = timetable.timetable(session, TERMINAL, around(), missed=True, since=date(2026, 3, 2))
        assert [one.title for one in found] == ["On the 05", "On the 04"]


def test_people_who_are_left_out_are_counted_beside_and_not_among_the_people(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        add_person(session, "Pat", "email", status="paused")
        add_person(session, "Cora", "phone")
        add(session)
        lines = timetable.timetable(session, TERMINAL, around())
        assert [(one.people, dict(one.left_out)) for one in lines] == [
            (2, {"paused": 1}),
            (2, {"paused": 1}),
            (1, {"paused": 1, "not worth a call by the strategy": 1}),
        ]
        leaves = what_leaves(session, TERMINAL, new(SOON), around())
        assert (leaves.at_once[0].people, dict(leaves.at_once[0].left_out)) == (2, {"paused": 1})


def test_in_a_rehearsal_the_timetable_counts_whom_it_would_go_to_once_live(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        add(session)
        given = around()
        given = replace(given, settings=given.settings.model_copy(update={"live": False}))
        (first, *_) = timetable.timetable(session, TERMINAL, given)
        assert (first.people, dict(first.channels)) == (1, {"email": 1})


def dear(limit: str) -> Strategy:
    """A strategy whose invitation may cost so much."""
    usual = Strategy()
    rules = tuple(replace(rule, max_cost=Decimal(limit)) if rule.days == 14 else rule for rule in usual.rules)
    return replace(usual, rules=rules)


def test_a_notice_whose_texts_would_cost_too_much_waits_until_somebody_agrees(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Cora", "email", staff="coordinator")
        for name in ("Ann", "Joe", "Sam"):
            add_person(session, name, "sms")
        add(session)
        late = START + 14 * DAY
        given = around(late, strategy=dear("0.10"))
        make(session, given)
        make(session, given)
        (alert,) = session.exec(select(Notice)).all()
        (first, *_) = timetable.timetable(session, TERMINAL, given)
        assert (first.kind, first.state) == (Kind.INVITATION, PlannedState.HELD)
        assert first.reason == "its texts would cost about £0.24, more than £0.10"
        assert alert.kind == "alert"
        assert first.reason in (alert.text or "")
        assert f"ringround timetable release {first.key}" in (alert.text or "")
        timetable.release(session, TERMINAL, first.key, given)
        make(session, given)
        assert kinds(session) == ["alert", "invitation"]


def test_what_costs_no_more_than_it_may_leaves_by_itself(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "sms")
        add_person(session, "Joe", "email")
        add(session)
        make(session, around(START + 14 * DAY, strategy=dear("0.08")))
        assert kinds(session) == ["invitation"]


def test_what_waits_for_its_cost_is_reckoned_anew_when_the_meeting_moves(database: Database) -> None:
    with database.writing() as session:
        person = add_person(session, "Ann", "sms")
        meeting = add(session)
        given = around(START + 14 * DAY, strategy=dear("0.01"))
        make(session, given)
        assert kinds(session) == ["alert"]
        person.status = "left"
        add_person(session, "Joe", "email")
        session.flush()
        meetings.move(session, TERMINAL, Change(meeting, place="The hall"), given)
        make(session, given)
        assert kinds(session) == ["alert", "invitation"]


def test_the_preview_says_what_would_wait_for_its_cost(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "sms")
        leaves = what_leaves(session, TERMINAL, new(SOON), around(strategy=dear("0.01")))
        assert leaves.at_once == []
        assert "more than £0.01" in leaves.coming[0].reason
