"""Asks Telegram for updates, and confirms each only after it was dealt with."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta

from telegram import Bot, Update
from telegram.error import Conflict, InvalidToken, TelegramError

from bot.incoming import WANTED
from bot.lines import Lines
from core.clock import Clock

LONG = 25
"""Seconds that Telegram keeps a question open while there is nothing new."""

LOOK_AGAIN = 0.25
"""Seconds between two looks for others' news while some chat's turn takes its time."""

LONGEST_PAUSE = 30.0

log = logging.getLogger(__name__)


class Reader:
    """Reads updates for as long as it runs.

    The library's own Updater confirms what it has fetched with its next question, whether or not somebody has dealt
    with it by then: a crash would lose it. Here the next question begins at the oldest that is not done yet.
    """

    def __init__(
        self, bot: Bot, clock: Clock, lines: Lines, take: Callable[[Update], asyncio.Task[None] | None]
    ) -> None:
        self._bot, self._clock, self._lines, self._take = bot, clock, lines, take
        self._next: int | None = None

    async def run(self) -> None:
        """Reads until it is cancelled. Where Telegram is away it tries again, less and less often."""
        pause = 0.5
        while True:
            try:
                await self._look()
                pause = 0.5
            except TelegramError as error:
                log.warning("Updates can't be read from Telegram just now: %s", _why(error))
                await self._clock.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    async def _look(self) -> None:
        if busy := list(self._lines.open.values()):
            await asyncio.wait(busy, timeout=LOOK_AGAIN)
        wait = 0 if self._lines.open else LONG
        start = min(self._lines.open, default=self._next)
        updates = await self._bot.get_updates(start, timeout=timedelta(seconds=wait), allowed_updates=WANTED)
        for update in updates:
            if self._next is None or update.update_id >= self._next:
                self._next = update.update_id + 1
                self._take(update)


def _why(error: TelegramError) -> str:
    match error:
        case Conflict():
            return "another program reads with the same token"
        case InvalidToken():
            return "the bot's token is not valid"
        case _:
            return type(error).__name__
