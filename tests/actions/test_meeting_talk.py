from __future__ import annotations

from dataclasses import replace

import pytest

from actions import diary, inbox_talk, meeting_talk
from actions.meeting_orders import Cancellation, Change
from actions.meeting_talk import ChangedMeanwhile
from core.errors import Refused
from core.meetings import MeetingState
from core.people import Role
from core.roles import TERMINAL, Actor
from store.database import Database
from store.tables.base import new_uid
from tests.actions.meetings import around, new
from tests.store.people import add_person

AROUND = around()


def test_an_order_that_comes_twice_makes_one_meeting(database: Database) -> None:
    order = replace(new(), id=new_uid(), repeat="FREQ=WEEKLY;COUNT=3")
    with database.writing() as session:
        assert len(meeting_talk.put_in(session, TERMINAL, order, AROUND)) == 3
        assert meeting_talk.put_in(session, TERMINAL, order, AROUND) == [order.id]
        assert len(diary.listing(session, TERMINAL)) == 3


def test_a_change_that_comes_twice_is_one_and_another_one_is_said(database: Database) -> None:
    order = replace(new(), id=new_uid())
    with database.writing() as session:
        meeting_talk.put_in(session, TERMINAL, order, AROUND)
        seen = meeting_talk.see(session, TERMINAL, order.id)
        for _ in range(2):
            meeting_talk.change(session, TERMINAL, Change(order.id, place="The hall"), seen.mark, AROUND)
        assert meeting_talk.see(session, TERMINAL, order.id).meeting.version == 2
        with pytest.raises(ChangedMeanwhile):
            meeting_talk.change(session, TERMINAL, Change(order.id, title="Tea"), seen.mark, AROUND)
        with pytest.raises(ChangedMeanwhile):
            meeting_talk.call_off(session, TERMINAL, Cancellation(order.id, "No hall"), seen.mark, AROUND)
        mark = meeting_talk.see(session, TERMINAL, order.id).mark
        assert meeting_talk.call_off(session, TERMINAL, Cancellation(order.id, "No hall"), mark, AROUND)
        assert not meeting_talk.call_off(session, TERMINAL, Cancellation(order.id, "No hall"), mark, AROUND)
        assert diary.show(session, TERMINAL, order.id).meeting.state is MeetingState.CANCELLED


def test_only_coordinators_may(database: Database) -> None:
    caller = Actor("caller", Role.CALLER)
    with database.writing() as session:
        add_person(session, "Ann Carter", "email")
        for attempt in (
            lambda: meeting_talk.see(session, caller, "x"),
            lambda: meeting_talk.group_names(session, caller),
            lambda: meeting_talk.put_in(session, caller, replace(new(), id=new_uid()), AROUND),
            lambda: meeting_talk.change(session, caller, Change("x", title="Tea"), "", AROUND),
            lambda: meeting_talk.call_off(session, caller, Cancellation("x"), "", AROUND),
            lambda: inbox_talk.see(session, caller, "x"),
        ):
            with pytest.raises(Refused):
                attempt()
