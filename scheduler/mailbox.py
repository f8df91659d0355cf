"""Fetches letters from the group's mailbox, whatever it is.

Letters stay where they are: staff may read the same mailbox. What was taken is remembered in the same transaction as
what came of it, so that a crash neither loses a letter nor takes it twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from core.clock import Clock
from core.errors import OperatorError
from core.receipts import Inbound, Receipt
from store.alerts import tell_staff
from store.bookmarks import bookmarks, forget, remember
from store.database import Database, Session
from store.savepoint import attempt

EVERY = 30.0
"""Seconds between two looks into the mailbox."""

LONGEST_REST = 600.0
"""Seconds between two tries at a mailbox that can't be read."""

UNREAD_FOR = timedelta(hours=1)
"""How long a mailbox may stay unread before staff are told: people write, and nobody hears them."""

LARGEST = 2_000_000
"""Bytes of a letter that are fetched: reports and answers are small, and pictures are not read here."""

log = logging.getLogger(__name__)

Statement = Receipt | Inbound
Read = Callable[[bytes], Sequence[Statement]]
"""Understands one letter; raises ValueError for what is none."""

Take = Callable[[Session, Sequence[Statement]], None]
"""Writes down what was understood; a repeat changes nothing."""


class Letter(NamedTuple):
    """A letter, and the bookmarks to set and to take out once it has been taken. Without `data` only those."""

    data: bytes
    marks: Mapping[str, str]
    gone: Sequence[str] = ()


class Box(Protocol):
    """Something that letters come into. `name` tells it from all others, also after a restart."""

    name: str

    def letters(self, marks: Mapping[str, str]) -> AsyncGenerator[Letter, None]:
        """Gives the letters that are new by these bookmarks, the oldest first; without any, those still to come.

        Raises `OperatorError` where it can't be read just now.
        """

    async def check(self) -> None:
        """Tries whether it can be read; raises ConfigError with how to mend it."""


class Mailbox:
    """Looks into a box every so many seconds until it is stopped."""

    def __init__(
        self, box: Box, database: Database, clock: Clock, read: Read, take: Take, every: float = EVERY
    ) -> None:
        self._box, self._database, self._clock = box, database, clock
        self._read, self._take, self._every = read, take, every
        self._key = f"mailbox:{box.name}//"  # no path has two strokes, so that no box's name begins as another's
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Takes letters as they come; a mailbox that can't be read is tried again, ever more rarely."""
        rest = self._every
        since: datetime | None = None  # when looking first failed: a machine may have slept since the last look
        while not self._stopping.is_set():
            try:
                await self.look()
                rest, since = self._every, None
            except OperatorError as error:
                log.error("The mailbox can't be read: %s", error)
                rest = min(rest * 2, LONGEST_REST)
                now = self._clock.now()
                since = since or now
                if now - since >= UNREAD_FOR:
                    await self._database.write(_tell_unread, error, now)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), rest)

    def stop(self) -> None:
        """Has `run` end after the letter in hand."""
        self._stopping.set()

    async def look(self) -> int:
        """Takes what has come since the last look; returns how many letters. Raises `OperatorError`."""
        marks = await self._database.read(bookmarks, self._key)
        taken = 0
        async with aclosing(self._box.letters(marks)) as letters:
            async for letter in letters:
                if self._stopping.is_set():
                    break
                said = await asyncio.to_thread(self._understood, letter.data)  # before anything is locked
                await self._database.write(self._write, letter, said)
                taken += bool(letter.data)
        return taken

    def _understood(self, data: bytes) -> Sequence[Statement]:
        try:
            return self._read(data) if data else ()
        except ValueError:
            log.warning("A letter in the mailbox makes no sense to us; it stays there for people to read.")
            return ()

    def _write(self, session: Session, letter: Letter, said: Sequence[Statement]) -> None:
        now = self._clock.now()
        # Whatever one letter does to us, the next one gets its turn.
        if said and (error := attempt(session, self._take, said)) is not None:
            log.error("A letter in the mailbox could not be taken: %s", type(error).__name__)
            tell_staff(session, f"mailbox:{now:%Y-%m-%dT%H}", "Please look into the group's mailbox", _SORRY, now)
        remember(session, self._key, letter.marks, now)
        forget(session, self._key, letter.gone)


def _tell_unread(session: Session, error: OperatorError, now: datetime) -> None:
    """Tells staff once a day."""
    text = f"{error}\n\n{_UNREAD}"
    tell_staff(session, f"mailbox-unread:{now.date()}", "The group's mailbox can't be read", text, now)


_UNREAD = (
    "For more than an hour Ringround could not read the group's mailbox. Answers by e-mail and bounces wait there, and "
    "nobody hears of them. Please look into the mailbox yourselves until it is mended; ringround doctor says more."
)

_SORRY = (
    "A message has come into the group's mailbox that Ringround could not take, by a fault of its own. Please look "
    "into the mailbox yourselves: somebody may be waiting for an answer."
)
