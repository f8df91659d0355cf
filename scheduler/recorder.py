"""Writes down what became of attempts, many at once, and never loses one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from core.clock import Clock
from core.errors import StoreError
from store import outbox
from store.database import Database
from store.outbox import Result
from store.settle import Ways

MOST_AT_ONCE = 250
FEW = 8
GLANCE = 0.005
"""Seconds to see whether outcomes come singly or in a stream: only a stream is worth gathering."""

LONGEST_WAIT = 0.05
"""Seconds an outcome waits for company: the price of a crash is what was sent and not yet written."""

TRY_EVERY = 1.0
"""Seconds between two tries while the database can't be written to."""

log = logging.getLogger(__name__)


class Recorder:
    """Collects results and records them in batches, in one task that is stopped by a flag, never cancelled.

    While the database can't be written to (a full disk), it keeps what it has and tries again each second; `ailing`
    tells the lanes to claim nothing more meanwhile.
    """

    def __init__(self, database: Database, clock: Clock, ways: Ways, woken: Callable[[set[str]], None]) -> None:
        self._database, self._clock, self._ways, self._woken = database, clock, ways, woken
        self._results: list[Result] = []
        self._some = asyncio.Event()
        self._stopping = False
        self.ailing = False

    def add(self, result: Result) -> None:
        """Takes a result; it is on the disk within a moment."""
        self._results.append(result)
        self._some.set()

    async def run(self) -> None:
        """Records until `stop` was called and nothing is left."""
        while not (self._stopping and not self._results):
            await self._some.wait()
            if len(self._results) < MOST_AT_ONCE and not self._stopping:
                await self._clock.sleep(GLANCE)
                if FEW < len(self._results) < MOST_AT_ONCE:
                    await self._clock.sleep(LONGEST_WAIT)
            batch, self._results = self._results, []
            self._some.clear()
            if batch:
                await self._record(batch)

    def stop(self) -> None:
        """Has `run` end once everything is recorded; where the database is away, after one more try."""
        self._stopping = True
        self._some.set()

    async def _record(self, batch: list[Result]) -> None:
        while True:
            last_try = self._stopping
            try:
                await self._write(batch)
            except StoreError as error:
                self.ailing = True
                if last_try:
                    log.error("%d outcomes could not be written down and become unknown: %s", len(batch), error)
                    return
                log.error("Outcomes can't be written down yet, nothing more is sent meanwhile: %s", error)
                await self._clock.sleep(TRY_EVERY)
            else:
                self.ailing = False
                return

    async def _write(self, batch: list[Result]) -> None:
        try:
            woken = await self._database.write_silently(outbox.record, batch, self._clock.now(), self._ways)
        except StoreError:
            raise
        except Exception:
            if len(batch) > 1:  # one that can't be written down must not take the others with it
                for result in batch:
                    await self._write([result])
                return
            claim = batch[0].claim
            ids = {"channel": batch[0].receipt.provider, "delivery": claim.uid, "attempt": claim.n}
            log.exception("The outcome of delivery %s can't be written down: it becomes unknown", claim.uid, extra=ids)
        else:
            self._woken(woken)
