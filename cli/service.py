"""Puts the parts together and starts them: one place, one screen."""

from __future__ import annotations

import asyncio
import gc
import logging
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Any, TypeVar

from actions.desk import Desk
from actions.leaving import Surroundings as ActionSurroundings
from channels.base import Channel, Surroundings
from channels.registry import available, off
from config import logs, strategy
from config.catalogues import FOLDER, Catalogues
from config.settings import QuietSettings, Settings, load
from core.clock import Clock, SystemClock
from core.errors import ConfigError, StoreError
from core.people import TELEGRAM
from core.quiet import QuietHours
from core.strategy import Strategy
from scheduler.dispatch import Dispatcher
from scheduler.lock import DispatchLock
from store import migrate
from store.database import Database
from store.stop_log import StopLog

if TYPE_CHECKING:
    from bot.application import ChatDoor
    from web.app import WebDoor

T = TypeVar("T")

log = logging.getLogger(__name__)

TURN = 0.001
"""Seconds for which one thread keeps the interpreter while another waits for it. Each statement gives it away once:
with Python's own 5 ms a command in the chat that asks the database twenty things waits for a broadcast twenty times.
"""

LOCK_TRIES, LOCK_WAIT = 50, 0.1
"""How often, and how many seconds apart, the lock is asked for before a migration gives up."""


@dataclass(frozen=True, slots=True)
class House:
    """Everything that a command or the service works with; nothing in it has been started.

    The quiet hours of `settings` and `strategy` are the same.
    """

    settings: Settings
    strategy: Strategy
    clock: Clock
    secret: bytes
    database: Database
    channels: Mapping[str, Channel]
    lock: DispatchLock
    catalogues: Catalogues

    def close(self) -> None:
        """Lets go of the database and the lock."""
        self.database.close()
        self.lock.release()


@dataclass(frozen=True, slots=True)
class Foundation:
    """What stands even where the database does not: enough to put a backup back."""

    clock: Clock
    secret: bytes
    stops: StopLog
    database: Database
    lock: DispatchLock

    def close(self) -> None:
        """Lets go of the database and the lock."""
        self.database.close()
        self.lock.release()


def found(settings: Settings, clock: Clock | None = None) -> Foundation:
    """Makes the data folder if need be; the database is not touched yet. Raises `ConfigError` with what to mend."""
    clock = clock or SystemClock()
    secret = _secret(settings)
    stops = StopLog(settings.data_dir / "stops.log", secret, clock)
    return Foundation(clock, secret, stops, Database(settings.database, stops), DispatchLock(settings.data_dir))


def build(settings: Settings, clock: Clock | None = None) -> House:
    """Builds the house, and brings the database to this version's tables.

    Raises `ConfigError` and `StoreError` with what to mend. A migration needs the dispatcher's lock; two commands that
    meet at the very first start take turns.
    """
    settings, rules = agreed(settings)
    base = found(settings, clock)
    catalogues = Catalogues(settings.data_dir / FOLDER)
    try:
        _migrate(base)
        around = Surroundings(settings, settings.speaker, base.clock, base.secret, catalogues)
        channels = available(around)
    except BaseException:
        base.close()
        raise
    return House(settings, rules, base.clock, base.secret, base.database, channels, base.lock, catalogues)


def agreed(settings: Settings) -> tuple[Settings, Strategy]:
    """Reads the strategy file of the data folder; raises `ConfigError` with the line of what is wrong in it.

    Where there is a file, its quiet hours bind everything; where there is none, it is the usual strategy with the
    quiet hours of the settings.
    """
    path = settings.data_dir / strategy.FILE
    if not path.exists():
        return settings, replace(Strategy(), quiet=QuietHours(settings.quiet.start, settings.quiet.end))
    rules = strategy.load(path)
    quiet = QuietSettings(start=rules.quiet.start, end=rules.quiet.end)
    return settings.model_copy(update={"quiet": quiet}), rules


def _migrate(base: Foundation) -> None:
    for _ in range(LOCK_TRIES):
        if not migrate.pending(base.database):
            return
        if base.lock.take():
            migrate.upgrade(base.database)
            base.lock.release()
        else:
            sleep(LOCK_WAIT)
    raise StoreError(
        "The database belongs to an older version and the service is running",
        mend="Stop the service, run this again, then start it.",
    )


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


def switched_off(house: House) -> dict[str, str]:
    """Says of each channel that is switched off why, in one sentence."""
    settings = house.settings
    return off(Surroundings(settings=settings, group=settings.speaker, clock=house.clock, secret=house.secret))


def surroundings(house: House) -> ActionSurroundings:
    """Gives what the actions on notices, meetings and the timetable are handed."""
    now = house.clock.now()
    return ActionSurroundings(house.settings, house.channels, now, house.strategy, house.catalogues, house.secret)


def desk_of(house: House) -> Desk:
    """Gives what the chat and the web door work with."""
    return Desk(
        house.database,
        house.clock,
        house.settings,
        house.strategy,
        house.channels,
        house.secret,
        house.catalogues,
    )


@contextmanager
def opened(settings: Settings | None = None) -> Iterator[House]:
    """Builds the house for one command, with the settings of this process, and closes it at the end."""
    logs.begin()
    settings = settings or load()
    logs.begin(form=settings.log.format)
    house = build(settings)
    try:
        yield house
    finally:
        house.close()


def run(work: Coroutine[None, None, T]) -> T:
    """Runs a coroutine to its end, on the faster loop where the system has it."""
    try:
        from uvloop import new_event_loop
    except ImportError:  # Windows has none
        from asyncio import new_event_loop  # type: ignore[assignment]  # a loop of another class, made alike
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(work)


@asynccontextmanager
async def dispatching(house: House) -> AsyncIterator[Dispatcher]:
    """Runs a dispatcher for as long as the block lasts; the dispatcher's lock must be held."""
    for channel in house.channels.values():
        await channel.open()
    gc.collect()
    gc.freeze()  # what is loaded by now stays: the collector need not look through it again and again
    dispatcher = Dispatcher(house.database, house.channels, house.settings, house.clock, house.catalogues)
    running = asyncio.create_task(dispatcher.run())
    block = asyncio.current_task()
    assert block is not None

    def ended(_: asyncio.Task[None]) -> None:
        block.cancel()  # by itself it ends only by a fault, which is raised below

    running.add_done_callback(ended)
    try:
        yield dispatcher
    finally:
        running.remove_done_callback(ended)
        dispatcher.stop()
        try:
            await running
        finally:
            for channel in house.channels.values():
                await channel.close()


@asynccontextmanager
async def serving(house: House, *, fetch_every: float | None = None) -> AsyncIterator[WebDoor]:
    """Runs the whole service for as long as the block lasts, and gives its web door.

    `fetch_every` is how many seconds apart the mailbox is looked into and providers are asked, if not the usual.
    Raises `ConfigError` where one runs already, or the web door's port is taken.
    """
    from cli.fetching import fetching
    from scheduler.meetings import MeetingNotices
    from scheduler.timetable import Timetable  # its library is slow to load, and only the service wants it
    from web.app import WebDoor

    if not house.lock.take():
        raise ConfigError(
            "Ringround is already running with this data folder",
            where=str(house.settings.data_dir),
            mend="Stop the other one first, or give this one its own RINGROUND_DATA_DIR.",
        )
    sys.setswitchinterval(TURN)
    meetings = MeetingNotices(house.database, surroundings(house).making, house.clock)
    timetable = Timetable(house.database, house.settings, house.clock, meetings)
    chat: asyncio.Future[ChatDoor] = asyncio.get_running_loop().create_future()

    async def pushed(update: dict[str, Any]) -> bool:
        return await (await asyncio.shield(chat)).feed(update)

    desk = desk_of(house)
    fetched = fetching(house, fetch_every)
    async with WebDoor(desk, chat=pushed if house.settings.telegram.on else None) as web:
        desk = replace(desk, door=web.url)
        async with dispatching(house) as dispatcher, timetable, fetched, chatting(house, dispatcher, desk) as opened:
            if opened:
                chat.set_result(opened)
            yield web


@asynccontextmanager
async def chatting(house: House, dispatcher: Dispatcher, desk: Desk) -> AsyncIterator[ChatDoor | None]:
    """Has the chat door open for as long as the block lasts, where Telegram is on; it shares the dispatcher's pacer."""
    from channels.telegram import Telegram

    channel = house.channels.get(TELEGRAM)
    if not isinstance(channel, Telegram):
        yield None
        return
    from bot.application import ChatDoor  # after the channel has loaded Telegram's library in its own way

    async with ChatDoor(desk, channel, dispatcher.pacers[TELEGRAM]) as door:
        yield door


async def serve(house: House) -> None:
    """Runs the service until it is told to stop (SIGTERM, or Ctrl-C at a terminal)."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with serving(house) as door:
        log.info("The web pages are at %s", door.url)
        await stop.wait()
