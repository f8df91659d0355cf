from __future__ import annotations

import pytest
from sqlmodel import col, select

from actions import meetings, timetable
from actions.meeting_orders import Cancellation, Change, NewMeeting
from actions.meeting_preview import what_leaves
from core.errors import Refused, UserError
from core.people import Role
from core.planned import PlannedState
from core.roles import TERMINAL, Actor
from store import making
from store.database import Database, Session
from store.tables import Audit, Meeting, Notice, Planned
from tests.actions.meetings import DAY, HOUR, START, add, around, new
from tests.store.people import add_person, claim, deliveries, say


def make(session: Session, at: object = START) -> None:
    while making.make_next(session, around(at).making, at) is not None:  # type: ignore[arg-type]
        pass


def kinds(session: Session) -> list[str]:
    return [notice.kind for notice in session.exec(select(Notice).order_by(col(Notice.id)))]


def planned(session: Session) -> list[tuple[str, str, int, str]]:
    wanted = select(Planned).order_by(col(Planned.version), col(Planned.due_at), col(Planned.id))
    found = session.exec(wanted.execution_options(populate_existing=True))
    return [(one.kind, one.name, one.version, one.state) for one in found]


def test_a_meeting_plans_its_notices_by_the_strategy(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        add(session)
        assert planned(session) == [
            ("invitation", "P14D", 1, "coming"),
            ("reminder", "P2D", 1, "coming"),
            ("reminder", "P0D", 1, "coming"),
        ]
        assert kinds(session) == []


def test_what_is_due_when_a_meeting_is_put_in_leaves_at_once_and_the_rest_of_it_is_skipped(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        add_person(session, "Joe", "sms")
        add_person(session, "Cora", "phone")
        leaves = what_leaves(session, TERMINAL, new("2026-03-03 14:00"), around())
        assert [(one.kind, one.people, dict(one.channels)) for one in leaves.at_once] == [
            ("invitation", 3, {"email": 1, "phone": 1, "sms": 1})
        ]
        assert leaves.at_once[0].cost > 0
        assert [one.kind for one in leaves.late] == ["reminder"]
        assert [one.kind for one in leaves.coming] == ["reminder"]
        assert (kinds(session), planned(session)) == ([], [])  # asking changes nothing
        add(session, "2026-03-03 14:00")
        assert kinds(session) == ["invitation"]
        assert planned(session) == [
            ("invitation", "P14D", 1, "made"),
            ("reminder", "P2D", 1, "skipped"),
            ("reminder", "P0D", 1, "coming"),
        ]


def test_a_move_tells_those_who_were_told_and_invites_the_others(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        add_person(session, "Joe", "sms")
        meeting = add(session, "2026-03-10 14:00")
        (mine,) = claim(session)
        say(session, mine, "accepted", ref="r1")
        later = START + HOUR
        change = Change(meeting, starts="2026-03-11 15:00")
        leaves = what_leaves(session, TERMINAL, change, around(later))
        assert leaves.withdrawn == 1
        assert [(one.kind, dict(one.channels)) for one in leaves.at_once] == [
            ("change", {"email": 1}),
            ("invitation", {"sms": 1}),
        ]
        meetings.move(session, TERMINAL, change, around(later))
        assert [(one.channel, one.state, one.reason) for one in deliveries(session)] == [
            ("email", "accepted", ""),
            ("sms", "withdrawn", "a newer version of the meeting was made"),
            ("email", "queued", ""),
            ("sms", "queued", ""),
        ]
        change_notice = session.exec(select(Notice).where(Notice.kind == "change")).one()
        assert "Tuesday 10 March 2026 at 2pm" in (change_notice.text or "")
        assert "Wednesday 11 March 2026 at 3pm" in (change_notice.text or "")


def test_a_move_before_anybody_was_told_tells_nobody_that_it_moved(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        meeting = add(session)
        meetings.move(session, TERMINAL, Change(meeting, starts="2026-03-31 14:00"), around())
        assert kinds(session) == []
        make(session, START + 16 * DAY)
        assert kinds(session) == ["invitation"]


def test_an_edit_that_people_need_not_hear_of_makes_no_new_version(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        meeting = add(session)
        meetings.move(session, TERMINAL, Change(meeting, agenda="Tea", thanks="Thank you."), around())
        assert session.exec(select(Meeting)).one().version == 1
        assert planned(session)[-1] == ("thanks", "P1D", 1, "coming")
        meetings.move(session, TERMINAL, Change(meeting, thanks=""), around())
        assert planned(session)[-1] == ("thanks", "P1D", 1, "withdrawn")
        meetings.move(session, TERMINAL, Change(meeting, thanks="Thanks!"), around())
        assert planned(session)[-1] == ("thanks", "P1D", 1, "coming")


def test_a_cancellation_goes_to_those_who_were_told_and_nothing_else_goes_out(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        add_person(session, "Joe", "sms")
        meeting = add(session, "2026-03-10 14:00")
        (mine,) = claim(session)
        say(session, mine, "accepted", ref="r1")
        for _ in range(2):
            meetings.cancel(session, TERMINAL, Cancellation(meeting, "The library is flooded"), around())
        make(session, START + 8 * DAY)
        assert kinds(session) == ["invitation", "cancellation"]
        assert [(one.channel, one.state) for one in deliveries(session)] == [
            ("email", "accepted"),
            ("sms", "withdrawn"),
            ("email", "queued"),
        ]
        with pytest.raises(UserError, match="cancelled"):
            meetings.move(session, TERMINAL, Change(meeting, place="Elsewhere"), around())


def test_a_change_on_the_day_goes_by_every_route_at_once_before_everything_else(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email", "sms", "phone")
        meeting = add(session, "2026-03-03 10:00")
        (mine,) = claim(session)
        say(session, mine, "accepted", ref="r1")
        meetings.move(session, TERMINAL, Change(meeting, starts="2026-03-03 11:00"), around(START + HOUR))
        made = [one for one in deliveries(session) if one.state == "queued"]
        assert [(one.channel, one.urgent) for one in made] == [("email", 0), ("sms", 0), ("phone", 0)]


def test_a_change_at_night_waits_for_the_morning(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        meeting = add(session, "2026-03-10 14:00")
        (mine,) = claim(session)
        say(session, mine, "accepted", ref="r1")
        night = START + 11 * HOUR
        leaves = what_leaves(session, TERMINAL, Change(meeting, place="The hall"), around(night))
        assert leaves.at_once == []
        assert leaves.coming[0].kind == "change"
        assert leaves.coming[0].due_local.hour == 8


@pytest.mark.parametrize(
    ("field", "order"),
    [
        ("the start", new("2026-03-30")),
        ("the start", new("2026-02-30 14:00")),
        ("the start", new("2026-01-05 14:00")),
        ("the zone", new(zone="Europe/Lundon")),
        ("the repeat rule", new(repeat="FREQ=WEEKLY")),
        ("the length", new(minutes=0)),
        ("the title", new(title=" ")),
    ],
)
def test_bad_input_names_the_field_and_changes_nothing(database: Database, field: str, order: NewMeeting) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        with pytest.raises(UserError, match=f"(?i){field}"):
            meetings.add(session, TERMINAL, order, around())
        assert session.exec(select(Meeting)).all() == []


def test_a_date_in_the_past_can_be_confirmed(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        assert meetings.add(session, TERMINAL, new("2026-03-01 14:00"), around(), sure=True)
        assert kinds(session) == []


def test_a_local_time_that_does_not_exist_is_said_with_the_time_that_will_be_used(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        leaves = what_leaves(session, TERMINAL, new("2026-03-29 01:30"), around())
        assert "2:30am" in leaves.doubts[0]


def test_each_date_of_a_series_is_a_meeting_that_moves_alone(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        rule = "FREQ=MONTHLY;BYDAY=1TU;COUNT=3"
        all_ = meetings.add(session, TERMINAL, new("2026-04-07 19:00", repeat=rule), around())
        meetings.move(session, TERMINAL, Change(all_[1], starts="2026-05-06 19:00"), around())
        found = session.exec(select(Meeting).order_by(col(Meeting.starts_at))).all()
        assert [(one.starts, one.version) for one in found] == [
            ("2026-04-07 19:00", 1),
            ("2026-05-06 19:00", 2),
            ("2026-06-02 19:00", 1),
        ]
        assert len({one.series for one in found}) == 1


def test_a_viewer_may_look_and_change_nothing(database: Database) -> None:
    viewer = Actor("v", Role.VIEWER)
    with database.writing() as session:
        add_person(session, "Ann", "email")
        meeting = add(session)
        (first, *_) = timetable.timetable(session, viewer, around())
        for forbidden in (
            lambda: meetings.add(session, viewer, new(), around()),
            lambda: meetings.move(session, viewer, Change(meeting, place="x"), around()),
            lambda: meetings.cancel(session, viewer, Cancellation(meeting), around()),
            lambda: meetings.answer(session, viewer, meeting, "x", "yes", "chat", around()),
            lambda: timetable.hold(session, viewer, first.key, around()),
            lambda: timetable.release(session, viewer, first.key, around()),
            lambda: what_leaves(session, viewer, new(), around()),
        ):
            with pytest.raises(Refused):
                forbidden()


def test_the_timetable_says_when_to_how_many_and_at_what_cost(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        add_person(session, "Joe", "sms")
        add_person(session, "Cora", "phone")
        add(session)
    with database.reading() as session:
        lines = timetable.timetable(session, TERMINAL, around())
    assert [(one.kind, str(one.due_local), one.due_at.hour, one.people, dict(one.channels)) for one in lines] == [
        ("invitation", "2026-03-16 10:00:00", 10, 3, {"email": 1, "sms": 1, "phone": 1}),
        ("reminder", "2026-03-28 10:00:00", 10, 3, {"email": 1, "sms": 1, "phone": 1}),
        ("reminder", "2026-03-30 08:30:00", 7, 2, {"email": 1, "sms": 1}),  # not worth a call
    ]
    assert lines[0].cost > 0


def test_what_is_held_stays_held_when_the_meeting_moves_and_goes_out_when_released(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        meeting = add(session)
        (first, *_) = timetable.timetable(session, TERMINAL, around())
        timetable.hold(session, TERMINAL, first.key, around())
        meetings.move(session, TERMINAL, Change(meeting, starts="2026-03-31 14:00"), around())
        make(session, START + 20 * DAY)
        assert kinds(session) == []
        held = next(one for one in timetable.timetable(session, TERMINAL, around()) if one.state == PlannedState.HELD)
        assert (held.kind, held.version) == ("invitation", 2)
        with pytest.raises(UserError, match="held"):
            timetable.hold(session, TERMINAL, held.key, around())
        timetable.release(session, TERMINAL, held.key, around(START + 20 * DAY))
        make(session, START + 20 * DAY)
        assert kinds(session) == ["invitation"]


def test_somebody_who_said_no_gets_no_reminder_and_nobody_is_rung_on_the_morning(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann", "email")
        add_person(session, "Joe", "email")
        add_person(session, "Cora", "phone")
        meeting = add(session)
        for said in ("yes", "no"):
            meetings.answer(session, TERMINAL, meeting, ann.uid, said, "terminal", around())
        for days in (14, 26):
            make(session, START + days * DAY)
        before = len(deliveries(session))
        make(session, START + 27 * DAY + 21 * HOUR)
        reasons = session.connection().exec_driver_sql(
            "SELECT left_out FROM recipient WHERE notice_id = (SELECT MAX(id) FROM notice) ORDER BY person_id"
        )
        assert [row[0] for row in reasons] == ["said no", None, "not worth a call by the strategy"]
        assert [one.channel for one in deliveries(session)[before:]] == ["email"]
        with pytest.raises(UserError, match="no answer"):
            meetings.answer(session, TERMINAL, meeting, ann.uid, "perhaps", "terminal", around())


def test_each_action_writes_one_line_in_the_audit(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann", "email")
        meeting = add(session)
        meetings.move(session, TERMINAL, Change(meeting, place="The hall"), around())
        meetings.answer(session, TERMINAL, meeting, ann.uid, "yes", "terminal", around())
        (first, *_) = timetable.timetable(session, TERMINAL, around())
        timetable.hold(session, TERMINAL, first.key, around())
        timetable.release(session, TERMINAL, first.key, around())
        meetings.cancel(session, TERMINAL, Cancellation(meeting), around())
        assert [line.action for line in session.exec(select(Audit).order_by(col(Audit.id)))] == [
            "meeting.add",
            "meeting.move",
            "meeting.answer",
            "timetable.hold",
            "timetable.release",
            "meeting.cancel",
        ]


def test_a_move_within_a_minute_of_a_preview_does_what_the_preview_said(database: Database) -> None:
    with database.writing() as session:
        for number in range(1205):  # more than a page
            add_person(session, f"Person {number}", "email")
        order = new("2026-03-10 14:00")
        leaves = what_leaves(session, TERMINAL, order, around())
        assert leaves.at_once[0].channels == {"email": 1205}
        assert planned(session) == []
