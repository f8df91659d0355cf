from __future__ import annotations

from datetime import timedelta

from sqlmodel import select

from core.answers import Answer
from core.notices import About, Kind, Whom
from store import answers, meetings, visits
from store.database import Database
from store.tables import Group
from tests.store.meetings import change, put_in
from tests.store.people import DAY, NOON, add_person, claim, publish, say, the_delivery

SOON = NOON + 14 * DAY


def test_a_link_is_its_persons_and_counts_from_when_the_message_left(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann Carter", "email", called="Annie")
        publish(session)
        (mine,) = claim(session, at=NOON + timedelta(hours=2))
        say(session, mine, "accepted")
        found = visits.visit(session, the_delivery(session).uid)
        assert found is not None
        assert (found.person, found.name, found.channel) == (ann.uid, "Annie", "email")
        assert (found.sent_at, found.shared, found.revoked) == (NOON + timedelta(hours=2), False, False)
        assert visits.visit(session, "no such delivery") is None


def test_new_links_end_the_old_ones_and_the_calendar(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann Carter", "email")
        publish(session)
        before = visits.calendar_key(ann)
        assert visits.calendar_owner(session, before) is ann
        visits.revoke(session, ann, NOON + DAY)
        found = visits.visit(session, the_delivery(session).uid)
        assert found is not None
        assert found.revoked
        assert visits.calendar_owner(session, before) is None
        assert visits.calendar_owner(session, visits.calendar_key(ann)) is ann


def test_others_at_the_same_number_share_the_link(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann Carter", "sms", addresses={"sms": "+447700900123"})
        publish(session)
        add_person(session, "Joe Carter", "sms", addresses={"sms": "+447700900123"})
        found = visits.visit(session, the_delivery(session).uid)
        assert found is not None
        assert found.shared


def test_people_see_the_meetings_of_their_groups_and_those_they_were_told_of(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann", "email", groups=["Carers"])
        joe = add_person(session, "Joe", "email")
        carers = {one.name: one.id for one in session.exec(select(Group))}["Carers"]
        everybody = put_in(session, SOON, title="For all")
        theirs = put_in(session, SOON + DAY, title="Carers")
        theirs.group_id = carers
        session.flush()
        assert [one.meeting.title for one in visits.invited_to(session, ann, NOON)] == ["For all", "Carers"]
        assert [one.meeting.title for one in visits.invited_to(session, joe, NOON)] == ["For all"]
        publish(session, about=About(theirs.uid, 1, Whom.EVERYONE), kind=Kind.INVITATION, not_after=SOON)
        answers.answer(session, everybody, joe.uid, Answer.YES, "page", NOON)
        answers.answer(session, everybody, joe.uid, Answer.NO, "page", NOON)
        said = [(one.meeting.title, one.answer) for one in visits.invited_to(session, joe, NOON)]
        assert said == [("For all", Answer.NO), ("Carers", None)]
        assert visits.invited_to(session, joe, SOON + 3 * DAY) == []


def test_the_newest_change_is_the_calendars_own(database: Database) -> None:
    with database.writing() as session:
        first, second = put_in(session, SOON, title="One"), put_in(session, SOON + DAY, title="Two")
        change(session, second, NOON + DAY, place="Elsewhere")
        assert visits.changed_at(session, [first.uid, second.uid]) == NOON + DAY
        assert visits.changed_at(session, []) is None
        assert meetings.find(session, second.uid).place == "Elsewhere"
