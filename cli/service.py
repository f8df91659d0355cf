"""Puts the parts together and starts them: one place, one screen."""

from __future__ import annotations

import asyncio
import secrets
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from channels.base import Channel, Surroundings
from channels.registry import available
from config.settings import Settings
from core.clock import Clock, SystemClock
from core.errors import ConfigError, StoreError
from scheduler.dispatch import Dispatcher
from scheduler.lock import DispatchLock
from scheduler.timetable import Timetable
from store import migrate
from store.database import Database
from store.stop_log import StopLog


@dataclass(frozen=True, slots=True)
class House:
    """Everything that a command or the service works with; nothing in it has been started."""

    settings: Settings
    clock: Clock
    secret: bytes
    database: Database
    channels: Mapping[str, Channel]
    lock: DispatchLock

    def close(self) -> None:
        """Lets go of the database and the lock."""
        self.database.close()
        self.lock.release()


def build(settings: Settings, clock: Clock | None = None) -> House:
    """Builds the house: makes the data folder if need be, and brings the database to this version's tables.

    Raises `ConfigError` and `StoreError` with what to mend. A migration needs the dispatcher's lock.
    """
    clock = clock or SystemClock()
    secret = _secret(settings)
    database = Database(settings.database, StopLog(settings.data_dir / "stops.log", secret, clock))
    lock = DispatchLock(settings.data_dir)
    if migrate.pending(database):
        if not lock.take():
            raise StoreError(
                "The database belongs to an older version and the service is running",
                mend="Stop the service, run this again, then start it.",
            )
        migrate.upgrade(database)
        lock.release()
    around = Surroundings(settings=settings, group=settings.speaker, clock=clock, secret=secret)
    return House(settings, clock, secret, database, available(around), lock)


def _secret(settings: Settings) -> bytes:
    """Returns the installation's secret, made once and kept in a file only its owner can read."""
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if value := settings.secret_key.get_secret_value():
            return value.encode()
        path = folder / "secret.key"
        if not path.exists():
            _write_once(path, secrets.token_urlsafe(32))
        return path.read_text(encoding="ascii").strip().encode()
    except OSError as error:
        raise ConfigError(
            f"The data folder can't be used: {error.strerror}",
            where=str(folder),
            mend="Set RINGROUND_DATA_DIR to a folder that this user may write to.",
        ) from None


def _write_once(path: Path, text: str) -> None:
    """Writes a file whole or not at all, and leaves one alone that another process has just written."""
    draft = path.with_suffix(f".{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(text, encoding="ascii")
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


@asynccontextmanager
async def dispatching(house: House) -> AsyncIterator[Dispatcher]:
    """Runs a dispatcher for as long as the block lasts; the dispatcher's lock must be held."""
    for channel in house.channels.values():
        await channel.open()
    dispatcher = Dispatcher(house.database, house.channels, house.settings, house.clock)
    running = asyncio.create_task(dispatcher.run())
    try:
        yield dispatcher
    finally:
        dispatcher.stop()
        try:
            await running
        finally:
            for channel in house.channels.values():
                await channel.close()


async def serve(house: House) -> None:
    """Runs the service until it is told to stop (SIGTERM, or Ctrl-C at a terminal)."""
    if not house.lock.take():
        raise ConfigError(
            "Ringround is already running with this data folder",
            where=str(house.settings.data_dir),
            mend="Stop the other one first, or give this one its own RINGROUND_DATA_DIR.",
        )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with dispatching(house), Timetable(house.database, house.settings, house.clock):
        await stop.wait()
