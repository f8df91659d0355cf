"""Asks providers each minute what they would report to our public address, where there is none.

So a laptop or a home server need not be reachable. What was fetched before is fetched again, for a receipt may come
late: it changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from channels.base import Fetched
from core.clock import Clock
from core.errors import OperatorError
from core.receipts import Inbound, Receipt
from store.bookmarks import bookmarks, remember
from store.database import Database, Session
from store.savepoint import attempt

EVERY = 60.0
"""Seconds between two looks."""

OVERLAP = timedelta(hours=1)
"""How much of what was fetched before is fetched again at each look ..."""

WIDELY = timedelta(days=3)
"""... and at every so many looks: phone companies report on a text for up to three days."""

WIDE_EVERY = 30

READ = "read"
"""The bookmark: when the last look began."""

log = logging.getLogger(__name__)

Take = Callable[[Session, Sequence[Receipt | Inbound]], None]


class Fetching:
    """Asks one provider every so many seconds until it is stopped; `take` writes down what it said."""

    def __init__(self, channel: Fetched, database: Database, clock: Clock, take: Take, every: float = EVERY) -> None:
        self._channel, self._database, self._clock, self._take = channel, database, clock, take
        self._every = every
        self._key = f"fetched:{channel.name}:"
        self._stopping = asyncio.Event()
        self._looks = 0
        self._known: dict[str, str] = {}

    async def run(self) -> None:
        """Looks again and again; a provider that does not answer is asked again at the next look."""
        while not self._stopping.is_set():
            try:
                await self.look()
            except OperatorError as error:
                log.warning("%s", error)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._every)

    def stop(self) -> None:
        """Has `run` end after the look in hand."""
        self._stopping.set()

    async def look(self) -> int:
        """Fetches what is new and has it taken; returns how much. Raises `OperatorError`."""
        now = self._clock.now()
        read = (await self._database.read(bookmarks, self._key)).get(READ)
        since = (datetime.fromisoformat(read) if read else now) - OVERLAP
        wide = self._looks % WIDE_EVERY == 0
        if wide and read:
            since = min(since, now - WIDELY)
        listed = {(one.ref or "", _said(one)): one for one in await self._channel.fetch(since)}
        new = [one for (ref, said), one in listed.items() if self._known.get(ref) != said]
        failed = await self._database.write(self._write, new, now)
        self._looks += 1
        # What is older than any look goes back is forgotten; what could not be taken is tried again.
        self._known = ({} if wide else self._known) | {ref: said for ref, said in listed if ref not in failed}
        return len(new) - len(failed)

    def _write(self, session: Session, found: Sequence[Receipt | Inbound], now: datetime) -> set[str]:
        """Takes each for itself, so that one which can't be taken keeps no other back; returns those."""
        failed = set()
        for one in found:
            if (error := attempt(session, self._take, [one])) is not None:
                log.error("Something that %s reports could not be taken: %s", one.provider, type(error).__name__)
                failed.add(one.ref or "")
        remember(session, self._key, {READ: now.isoformat()}, now)
        return failed


def _said(one: Receipt | Inbound) -> str:
    return one.status if isinstance(one, Receipt) else "inbound"
