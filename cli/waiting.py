"""Waits until everybody stands somewhere, and sends meanwhile where nobody else does."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from actions import reach
from cli.console import number, words
from cli.preview import by
from cli.service import House, dispatching
from core.delivery import HELD_PAUSED, State
from core.errors import RingroundError
from core.quiet import QuietHours
from core.roles import TERMINAL

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.overview import Progress, Waiting

LOOK_EVERY = 0.25
PATIENCE = timedelta(minutes=10)
"""What can't move for longer than this is not waited for."""

STILL_FOR = 4
"""Looks without any change before it is asked why."""

CHECK_WITHIN = 15.0
"""Seconds a provider has for saying whether it works."""

SOON = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Ended:
    """How the waiting ended: `code` is the exit code, `words` what a person should know."""

    code: int = 0
    words: list[str] = field(default_factory=list)


async def wait(house: House, uid: str, *, sending: bool = False) -> Ended:
    """Waits for a notice, with a progress bar; dispatches itself where the dispatcher's lock is free.

    `sending` says that this process dispatches already.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_number, stop.set)
    with _bar() as show:
        return await _Wait(house, uid, stop, show, sending=sending).run()


class _Wait:
    def __init__(
        self, house: House, uid: str, stop: asyncio.Event, show: Callable[[Progress], None], *, sending: bool
    ) -> None:
        self._house, self._uid, self._stop, self._show = house, uid, stop, show
        self._sending = sending
        self._checked: set[str] = set()

    async def run(self) -> Ended:
        async with AsyncExitStack() as stack:
            before, still = None, 0
            while not self._stop.is_set():
                if not self._sending and self._house.lock.take():
                    await stack.enter_async_context(dispatching(self._house))
                    stack.callback(self._house.lock.release)
                    self._sending = True
                asked = self._house.clock.monotonic()
                now = await self._house.database.read(reach.progress, TERMINAL, self._uid)
                took = self._house.clock.monotonic() - asked
                self._show(now)
                if now.done:
                    return Ended()
                still = still + 1 if now == before else 0
                if still >= STILL_FOR and (ended := await self._hindered()):
                    return ended
                before = now
                with suppress(TimeoutError):
                    # A hundred thousand rows take a while to count: most of the time belongs to the sending.
                    await asyncio.wait_for(self._stop.wait(), max(LOOK_EVERY, 10 * took))
        left = (await self._house.database.read(reach.progress, TERMINAL, self._uid)).waiting
        return Ended(130, [f"{number(left, 'message has', 'messages have')} not left yet. {self._later()}"])

    def _later(self) -> str:
        if self._sending:
            return "The rest goes on when the service runs: ringround serve"
        return "The rest goes on by itself, because the service is running."

    async def _hindered(self) -> Ended | None:
        """Says why nothing moves; None where something may move soon."""
        groups, paused = await self._house.database.read(reach.waiting, TERMINAL, self._uid)
        now = self._house.clock.now()
        told: dict[str, int] = {}
        soon = set()
        bad = False
        for group in groups:
            why = self._why(group, paused, now)
            if why is not None:
                told[why] = told.get(why, 0) + group.count
                bad |= self._is_trouble(group, paused)
            elif group.state is State.QUEUED and group.tried and group.due > now + SOON:
                soon.add(group.channel)
            else:
                return None
        for channel in sorted(soon):
            trouble = await self._trouble(channel)
            if trouble is None:
                return None
            count = sum(group.count for group in groups if group.channel == channel)
            told[f"{by(channel)}: can't be sent now. {trouble}"] = count
            bad = True
        if not told:
            return None
        lines = [f"{number(count, 'message')} {why}" for why, count in told.items()]
        return Ended(1 if bad else 0, [*lines, self._later()])

    def _why(self, group: Waiting, paused: dict[str, str], now: datetime) -> str | None:
        """Says in half a sentence why alike messages don't move within our patience."""
        settings = self._house.settings
        if group.state is State.HELD:
            why = "the notice is paused" if group.reason == HELD_PAUSED else group.reason
            return f"{by(group.channel)}: held, {why}. To let it go on: ringround notice resume {self._uid}"
        if group.state is State.UNKNOWN and group.look_at and group.look_at > now + PATIENCE:
            return f"{by(group.channel)}: in doubt, looked into at {self._at(group.look_at)}."
        if group.state is not State.QUEUED:
            return None
        if group.channel not in self._house.channels:
            return f"{by(group.channel)}: can't leave, because that channel is switched off now."
        quiet = QuietHours(settings.quiet.start, settings.quiet.end)
        over = quiet.over(max(now, group.due), ZoneInfo(group.zone) if group.zone else settings.zone)
        if not group.urgent and over > now + PATIENCE and over > group.due:
            return f"{by(group.channel)}: waiting for the end of the quiet hours at {self._at(over)}."
        if group.channel in paused:
            return f"{by(group.channel)}: waiting, because the provider is paused. {paused[group.channel]}"
        if group.due > now + PATIENCE:
            because = f" ({group.reason})" if group.reason else ""
            return f"{by(group.channel)}: to leave later{because}, at {self._at(group.due)}."
        return None

    def _is_trouble(self, group: Waiting, paused: dict[str, str]) -> bool:
        return group.state is State.QUEUED and (group.channel not in self._house.channels or group.channel in paused)

    async def _trouble(self, channel: str) -> str | None:
        """Asks a provider whether it works, once; None where it does, or where it was asked before."""
        if channel in self._checked or not self._sending:
            return None
        self._checked.add(channel)
        try:
            async with asyncio.timeout(CHECK_WITHIN):
                await self._house.channels[channel].check()
        except RingroundError as error:
            return f"{error.what}. {error.mend}".strip()
        except TimeoutError:
            return "the provider does not answer."
        return None

    def _at(self, moment: datetime) -> str:
        return f"{moment.astimezone(self._house.settings.zone):%H:%M on %A %d %B}"


@contextmanager
def _bar() -> Iterator[Callable[[Progress], None]]:
    """Shows a progress bar on standard error, if that is a terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = words()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("Sending", total=None)
        yield lambda now: progress.update(task, completed=now.standing, total=now.people)
