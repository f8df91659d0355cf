from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from config.settings import EmailSettings, Settings
from core.clock import SteppedClock
from scheduler.dispatch import Dispatcher
from scheduler.meetings import MeetingNotices
from scheduler.timetable import Timetable
from store import planned
from store.database import Database
from store.meetings import find
from store.tables import Notice
from tests.scheduler.scripted import NO_QUIET, Scripted, until
from tests.store.meetings import MAKING, cancel, put_in, states_of
from tests.store.people import DAY, HOUR, NOON, add_person, claim, say

MINUTE = timedelta(minutes=1)


def kinds(database: Database) -> list[str]:
    with database.reading() as session:
        return [notice.kind for notice in session.exec(select(Notice).order_by(col(Notice.id)))]


def jobs(table: Timetable) -> set[str]:
    return {job.id.split(":")[0] for job in table._scheduler.get_jobs()}


async def settled(table: Timetable) -> None:
    """Has the timetable look, and waits until it rests again."""
    await table.ring()
    async with asyncio.timeout(60):
        while table._due.is_set() or not table._scheduler.get_jobs():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.005)
    await asyncio.sleep(0.05)


@pytest.fixture
def notices(database: Database, clock: SteppedClock) -> MeetingNotices:
    return MeetingNotices(database, MAKING, clock)


def crowd(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        add_person(session, "Cora", "email", staff="coordinator")


async def test_each_notice_is_made_once_when_it_is_due_however_the_clock_is_stepped(
    database: Database, clock: SteppedClock, notices: MeetingNotices
) -> None:
    crowd(database)
    with database.writing() as session:
        row = put_in(session, NOON + 20 * DAY)
    for step in (HOUR, DAY, -HOUR, 5 * DAY, -DAY, 2 * DAY, 11 * DAY, 2 * DAY - 4 * HOUR, HOUR, -HOUR):
        clock.step(step)
        await notices.make()
        await notices.make()
    assert sorted(kind for kind in kinds(database) if kind != "alert") == ["invitation", "reminder", "reminder"]
    with database.reading() as session:
        assert states_of(session, row) == {("invitation", "made"), ("reminder", "made")}


async def test_the_clock_rings_for_what_is_due_within_the_hour(
    database: Database, clock: SteppedClock, notices: MeetingNotices
) -> None:
    crowd(database)
    with database.writing() as session:
        row = put_in(session, NOON + 20 * DAY)
    clock.step(6 * DAY - 2 * HOUR - 30 * MINUTE)  # 09:30 on the day of the invitation
    coming = await notices.coming()
    assert [one.id for one in coming] == [f"notice:{row.uid}:invitation:1", "evening:2026-03-08"]
    assert coming[0].at == datetime(2026, 3, 8, 10, tzinfo=UTC)
    assert coming[1].at == datetime(2026, 3, 8, 18, tzinfo=UTC)


async def test_a_meeting_that_is_put_in_while_the_service_runs_gets_its_jobs(
    database: Database, clock: SteppedClock, notices: MeetingNotices
) -> None:
    crowd(database)
    assert database.path is not None
    settings = Settings(data_dir=database.path.parent)
    clock.step(30 * MINUTE)
    async with Timetable(database, settings, clock, notices) as table:
        await settled(table)
        assert jobs(table) == {"backup", "evening"}
        await database.write(put_in, NOON + 14 * DAY - HOUR)  # its invitation is due at once
        await database.write(put_in, NOON + 16 * DAY)
        async with asyncio.timeout(60):
            while "invitation" not in kinds(database):  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.01)
        clock.step(timedelta(days=1, hours=21))  # half an hour before the other's
        await settled(table)
        async with asyncio.timeout(60):
            while "notice" not in jobs(table):  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.01)


async def test_coordinators_get_tomorrows_list_once_in_the_evening(
    database: Database, clock: SteppedClock, notices: MeetingNotices
) -> None:
    crowd(database)
    with database.writing() as session:
        put_in(session, NOON + 20 * DAY)
    clock.step(5 * DAY + 5 * HOUR)  # 17:00 on the day before
    await notices.make()
    assert kinds(database) == []
    clock.step(2 * HOUR)
    for _ in range(3):
        await notices.make()
    with database.reading() as session:
        (alert,) = session.exec(select(Notice))
        assert (alert.kind, alert.staff_only) == ("alert", True)
        assert "10am: the invitation 14 days before, Spring meeting, Sunday 22 March at 12 noon" in (alert.text or "")


async def test_an_evening_with_nothing_to_come_is_quiet(
    database: Database, clock: SteppedClock, notices: MeetingNotices
) -> None:
    crowd(database)
    clock.step(8 * HOUR)
    await notices.make()
    assert kinds(database) == []


async def test_the_sweep_tells_whoever_was_told_just_as_the_meeting_was_cancelled(
    database: Database, clock: SteppedClock, notices: MeetingNotices
) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        add_person(session, "Bea", "phone")
        row = put_in(session, NOON + 10 * DAY)
    await notices.make()
    with database.writing() as session:
        (mine,) = claim(session)
        say(session, mine, "accepted", ref="r1")
        (call,) = claim(session, "phone")
        cancel(session, session.merge(row), NOON)
        say(session, call, "delivered", provider="phone")
    clock.step(MINUTE)
    await notices.make()
    with database.writing() as session:
        assert len(claim(session)) + len(claim(session, "phone")) == 2
        assert planned.anything_due(session, clock.now()) is False


async def test_an_invitation_by_email_carries_a_calendar_entry_and_a_text_does_not(
    database: Database, clock: SteppedClock, notices: MeetingNotices
) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        add_person(session, "Joe", "sms")
        row = put_in(session, NOON + 10 * DAY)
    await notices.make()
    assert database.path is not None
    letters = EmailSettings(host="localhost", from_="Our group <group@example.org>")
    settings = Settings(data_dir=database.path.parent, live=True, quiet=NO_QUIET, email=letters)
    email, sms = Scripted("email"), Scripted("sms")
    dispatcher = Dispatcher(database, {"email": email, "sms": sms}, settings, clock)
    running = asyncio.create_task(dispatcher.run())
    await until(lambda: email.told and sms.told)
    with database.writing() as session:
        cancel(session, find(session, row.uid), clock.now())
    await until(lambda: len(email.told) == 2)
    dispatcher.stop()
    await running
    entries = [message.calendar for message in email.told]
    assert [entry.method.value for entry in entries if entry] == ["REQUEST", "CANCEL"]
    assert all(
        f"UID:{row.uid}@example.org".encode() in entry.after.replace(b"\r\n ", b"") for entry in entries if entry
    )
    assert [message.calendar for message in sms.told] == [None] * len(sms.told)
