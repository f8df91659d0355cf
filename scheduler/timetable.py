"""The timetable: what the clock rings for.

APScheduler only rings; the rows and files say what is due, and are looked at again at each ring and twice a minute. So
nothing depends on a ring being on time: a machine that slept, or whose clock was set, catches up.
"""

from __future__ import annotations

import asyncio
import logging
import re
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import TracebackType
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger

from config.settings import Settings
from core.clock import Clock, SystemClock
from core.errors import RingroundError, StoreError
from scheduler.meetings import MeetingNotices
from store.alerts import tell_staff
from store.backup import backup
from store.database import Database

BACKUP_AT = time(3, 15)
"""When the night's backup is made, by the group's own clocks."""

LOOK_EVERY = 30.0
"""Seconds between two looks at what is due: the safety net under the rings."""

AGAIN = timedelta(hours=1)
"""How long after a backup failed it is tried again."""

_OURS = re.compile(r"ringround-(\d{4}-\d{2}-\d{2})\.sqlite3")

log = logging.getLogger(__name__)


class Timetable:
    """Rings for what is due, from `async with` until the block ends; what is being done then is finished first."""

    def __init__(
        self, database: Database, settings: Settings, clock: Clock, meetings: MeetingNotices | None = None
    ) -> None:
        self._database, self._settings, self._clock = database, settings, clock
        self._meetings = meetings
        self._folder = settings.data_dir / "backups"
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._due = asyncio.Event()
        self._stopping = False
        self._failed_at: datetime | None = None
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Timetable:
        logging.getLogger("apscheduler").setLevel(logging.WARNING)  # it tells of each ring
        self._scheduler.start()
        self._loop = asyncio.get_running_loop()
        self._database.listeners.append(self._changed)
        self._running = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping = True
        self._due.set()
        self._database.listeners.remove(self._changed)
        try:
            if self._running is not None:
                await self._running
        finally:
            self._scheduler.shutdown(wait=False)
            await asyncio.sleep(0)  # it shuts down on the loop's next turn

    async def ring(self) -> None:
        """Has everything that is due looked at; this is all that a job does."""
        self._due.set()

    def _changed(self) -> None:
        """Has the jobs made anew after a write of this process; called in the thread that has just written."""
        self._loop.call_soon_threadsafe(self._due.set)

    async def _run(self) -> None:
        """Does what is due, one thing after the other; the work is never cancelled half-way."""
        while not self._stopping:
            self._due.clear()
            if self._meetings is not None:
                await self._meetings.make()
            await self._plan()
            await self._back_up_if_due()
            if not self._stopping:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._due.wait(), LOOK_EVERY)

    async def _plan(self) -> None:
        """Makes the jobs anew from what is true now; a job's id says what it rings for."""
        coming = await self._meetings.coming() if self._meetings is not None else []
        self._scheduler.remove_all_jobs()
        night, at = next_backup(self._clock.now(), self._settings.zone)
        self._add(f"backup:{night.isoformat()}", at)
        for one in reversed(coming):  # of two with one id the earlier stays; its ring plans the other anew
            self._add(one.id, one.at)

    def _add(self, id_: str, at: datetime) -> None:
        # APScheduler knows only the machine's clock, and ours may be another one.
        wait = at - self._clock.now()
        self._scheduler.add_job(
            self.ring,
            DateTrigger(run_date=SystemClock().now() + wait, timezone=UTC),
            id=id_,
            replace_existing=True,
            misfire_grace_time=None,  # however late, it rings: what is still useful is not for the scheduler to decide
            coalesce=True,
            max_instances=1,
        )

    async def _back_up_if_due(self) -> None:
        """Makes last night's backup if it is not there yet, whatever kept it from being made."""
        now = self._clock.now()
        night = last_backup(now, self._settings.zone)
        path = self._folder / f"ringround-{night.isoformat()}.sqlite3"
        if self._failed_at is not None and self._failed_at <= now < self._failed_at + AGAIN:
            return
        self._failed_at = None
        try:
            await asyncio.to_thread(self._back_up, path)
        except RingroundError as error:
            self._failed_at = now
            log.error("The nightly backup could not be made: %s", error)
            await self._tell(night, error, now)

    def _back_up(self, path: Path) -> None:
        try:
            if path.exists():
                return
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            backup(self._database, path, self._clock)
            for old in surplus(self._folder, path, self._settings.backups):
                old.unlink()
        except OSError as error:
            raise StoreError(f"The folder of the backups can't be used: {error.strerror}", where=str(path)) from None

    async def _tell(self, night: date, error: RingroundError, now: datetime) -> None:
        text = (
            f"The nightly backup of Ringround could not be made: {error.what}. Messages go out as usual, but without a "
            "backup a broken disk would lose everything. It is tried again each hour. Please ask whoever looks after "
            "Ringround to run: ringround doctor."
        )
        try:
            await self._database.write(
                tell_staff, f"backup:{night.isoformat()}", "The nightly backup failed", text, now
            )
        except RingroundError as fault:
            log.error("Staff could not be told that the backup failed: %s", fault)


def backup_moment(night: date, zone: ZoneInfo) -> datetime:
    """Returns when a night's backup is made (aware UTC).

    A time that the zone skips moves forward; of one that it has twice, the first counts.
    """
    return datetime.combine(night, BACKUP_AT, zone).astimezone(UTC)


def last_backup(now: datetime, zone: ZoneInfo) -> date:
    """Returns the last night whose backup is due by `now`."""
    today = now.astimezone(zone).date()
    return today if backup_moment(today, zone) <= now else today - timedelta(days=1)


def next_backup(now: datetime, zone: ZoneInfo) -> tuple[date, datetime]:
    """Returns the next night whose backup is not due yet, and when that is (aware UTC)."""
    night = last_backup(now, zone) + timedelta(days=1)
    return night, backup_moment(night, zone)


def surplus(folder: Path, newest: Path, keep: int) -> list[Path]:
    """Returns the nightly backups that are no longer kept: all but `newest` and the latest others, `keep` altogether.

    Only files whose name is exactly one of ours are ever in it.
    """
    nights = sorted(path for path in folder.iterdir() if path != newest and _is_ours(path))
    return nights[: max(0, len(nights) - (keep - 1))]


def _is_ours(path: Path) -> bool:
    found = _OURS.fullmatch(path.name)
    if not found or path.is_symlink() or not path.is_file():
        return False
    try:
        date.fromisoformat(found[1])
    except ValueError:
        return False
    return True
