from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from config.settings import Settings
from core.clock import SteppedClock, SystemClock
from scheduler import timetable
from scheduler.timetable import Timetable, backup_moment, last_backup, next_backup, surplus
from store import migrate
from store.database import Database
from store.tables import Notice

LONDON = ZoneInfo("Europe/London")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, backups=3)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    opened = Database(settings.database)
    migrate.upgrade(opened)
    yield opened
    opened.close()


def nights(settings: Settings) -> list[str]:
    folder = settings.data_dir / "backups"
    return sorted(path.name for path in folder.glob("[!.]*"))


def night(day: str) -> str:
    return f"ringround-{day}.sqlite3"


async def until(true: Callable[[], bool]) -> None:
    """Waits for something that is under way, however slow the machine is; a test that hangs here has failed."""
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110 - a file appears, and nothing tells of it
            await asyncio.sleep(0.005)


def alerts(database: Database) -> list[str]:
    with database.reading() as session:
        return [notice.key for notice in session.exec(select(Notice))]


# When


@pytest.mark.parametrize(
    ("day", "utc"),
    [
        (date(2027, 1, 15), datetime(2027, 1, 15, 3, 15, tzinfo=UTC)),
        (date(2027, 3, 28), datetime(2027, 3, 28, 2, 15, tzinfo=UTC)),  # the clocks went forward at 01:00
        (date(2027, 10, 31), datetime(2027, 10, 31, 3, 15, tzinfo=UTC)),
    ],
)
def test_the_backup_is_made_at_a_quarter_past_three_by_the_groups_own_clocks(day: date, utc: datetime) -> None:
    assert backup_moment(day, LONDON) == utc


def test_a_time_that_the_zone_skips_moves_forward_and_one_that_it_has_twice_is_the_first() -> None:
    helsinki = ZoneInfo("Europe/Helsinki")  # 03:00 becomes 04:00 in spring, 04:00 becomes 03:00 in autumn
    assert backup_moment(date(2027, 3, 28), helsinki).astimezone(helsinki).time() == time(4, 15)
    assert backup_moment(date(2027, 10, 31), helsinki) == datetime(2027, 10, 31, 0, 15, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["Europe/London", "Europe/Helsinki", "Pacific/Auckland", "America/Los_Angeles"])
def test_every_night_of_a_year_has_exactly_one_backup(zone: str) -> None:
    now, seen = datetime(2027, 1, 1, 12, tzinfo=UTC), []
    while now < datetime(2028, 1, 1, 12, tzinfo=UTC):
        day, at = next_backup(now, ZoneInfo(zone))
        assert at > now
        assert last_backup(at, ZoneInfo(zone)) == day
        assert last_backup(at - timedelta(seconds=1), ZoneInfo(zone)) == day - DAY
        seen.append(day)
        now = at
    assert seen == [seen[0] + DAY * number for number in range(366)]


# The night's work


async def test_last_nights_backup_is_made_at_the_start_if_it_is_missing(database: Database, settings: Settings) -> None:
    clock = SteppedClock(datetime(2027, 1, 15, 14, tzinfo=UTC))
    async with Timetable(database, settings, clock):
        await until(lambda: nights(settings) == [night("2027-01-15")])
    with closing(sqlite3.connect(settings.data_dir / "backups" / night("2027-01-15"))) as copy:
        assert copy.execute("SELECT backed_up_at FROM installation").fetchone() == ("2027-01-15 14:00:00.000000",)


async def test_a_backup_that_is_there_is_left_alone(database: Database, settings: Settings) -> None:
    folder = settings.data_dir / "backups"
    folder.mkdir()
    (folder / night("2027-01-15")).write_text("made before")
    clock = SteppedClock(datetime(2027, 1, 15, 14, tzinfo=UTC))
    async with Timetable(database, settings, clock) as table:
        clock.step(DAY)
        await table.ring()
        await until(lambda: len(nights(settings)) == 2)
    assert (folder / night("2027-01-15")).read_text() == "made before"


async def test_a_clock_that_is_stepped_over_days_and_a_change_of_the_clocks_gives_one_backup_a_night(
    database: Database, settings: Settings
) -> None:
    clock = SteppedClock(datetime(2027, 3, 25, 14, tzinfo=UTC))
    made = [night("2027-03-25")]
    async with Timetable(database, settings, clock) as table:
        await until(lambda: nights(settings) == made)
        for day, utc in (("26", "03:15"), ("27", "03:15"), ("28", "02:15"), ("29", "02:15")):
            at = datetime.fromisoformat(f"2027-03-{day}T{utc}+00:00")
            clock.step(at - clock.now() - timedelta(seconds=1))
            await table.ring()  # too early: nothing is due
            clock.step(timedelta(seconds=1))
            await table.ring()
            made.append(night(f"2027-03-{day}"))
            await until(lambda: nights(settings) == made[-3:])
        clock.step(3 * DAY)  # asleep
        await table.ring()
        await until(lambda: nights(settings) == [*made[-2:], night("2027-04-01")])


async def test_what_is_being_done_at_a_stop_is_finished(database: Database, settings: Settings) -> None:
    clock = SteppedClock(datetime(2027, 1, 15, 14, tzinfo=UTC))
    async with Timetable(database, settings, clock):
        await asyncio.sleep(0)
    assert nights(settings) == [night("2027-01-15")]


async def test_the_scheduler_rings_by_itself_when_the_moment_has_come(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SteppedClock(datetime(2027, 1, 15, 3, 14, 59, 800_000, tzinfo=UTC))
    async with Timetable(database, settings, clock):
        await until(lambda: nights(settings) == [night("2027-01-14")])
        clock.step(timedelta(seconds=1))  # the scheduler was told to ring in a fifth of a second
        await until(lambda: nights(settings) == [night("2027-01-14"), night("2027-01-15")])


async def test_there_is_one_job_and_its_name_says_what_it_rings_for(
    database: Database, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    clock = SystemClock()
    async with Timetable(database, settings, clock) as table:
        await until(lambda: bool(nights(settings)))
        [job] = table._scheduler.get_jobs()
        day, at = next_backup(clock.now(), settings.zone)
        assert job.id == f"backup:{day}"
        assert abs(job.next_run_time - at) < timedelta(seconds=1)
        assert job.misfire_grace_time is None
        assert job.coalesce
        assert job.max_instances == 1
    assert caplog.records == []


async def test_a_failure_is_logged_in_a_sentence_told_to_staff_once_and_tried_again_each_hour(
    database: Database, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    in_the_way = settings.data_dir / "backups"
    in_the_way.write_text("a file where the folder should be")
    clock = SteppedClock(datetime(2027, 1, 15, 14, tzinfo=UTC))
    async with Timetable(database, settings, clock) as table:
        await until(lambda: len(caplog.records) == 1)
        await table.ring()
        clock.step(HOUR)
        await table.ring()
        await until(lambda: len(caplog.records) == 2)
        assert alerts(database) == ["alert:backup:2027-01-15"]
        in_the_way.unlink()
        clock.step(HOUR)
        await table.ring()
        await until(lambda: nights(settings) == [night("2027-01-15")])
    assert all("nightly backup could not be made" in record.message for record in caplog.records)
    assert all(record.exc_info is None for record in caplog.records)


# What is kept


def test_the_newest_fourteen_are_kept_and_no_other_file_is_ever_removed(tmp_path: Path) -> None:
    ours = [tmp_path / night((date(2027, 1, 1) + DAY * number).isoformat()) for number in range(20)]
    others = ["ringround-2027-01-01.sqlite3.old", "ringround-2027-13-01.sqlite3", "Ringround-2027-01-01.sqlite3"]
    others += ["my-ringround-2027-01-01.sqlite3", "ringround-before-restore-2027-01-01-120000.sqlite3", "notes.txt"]
    for path in (*ours, *(tmp_path / name for name in others)):
        path.touch()
    (tmp_path / night("2026-01-01")).mkdir()
    (tmp_path / night("2026-01-02")).symlink_to(ours[0])
    assert surplus(tmp_path, ours[-1], 14) == ours[:6]
    assert surplus(tmp_path, ours[-1], 1) == ours[:-1]


def test_the_backup_just_made_stays_although_the_clock_was_once_far_ahead(tmp_path: Path) -> None:
    ahead = [tmp_path / night(f"2031-01-0{day}") for day in (1, 2, 3)]
    newest = tmp_path / night("2027-01-15")
    for path in (*ahead, newest):
        path.touch()
    assert surplus(tmp_path, newest, 3) == ahead[:1]


def test_the_backups_are_kept_in_a_folder_for_their_owner_alone(database: Database, settings: Settings) -> None:
    table = Timetable(database, settings, SteppedClock(datetime(2027, 1, 15, 14, tzinfo=UTC)))
    folder = settings.data_dir / "backups"
    table._back_up(folder / night("2027-01-15"))
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / night("2027-01-15")).stat().st_mode & 0o777 == 0o600


def test_the_look_at_what_is_due_does_not_wait_for_a_ring() -> None:
    assert timetable.LOOK_EVERY <= 60
