"""Which zones are quiet just now: asked before every claim, so that quiet hours bind every door, retry and fallback."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from core.clock import Clock
from core.quiet import QuietHours
from store.database import Database
from store.outbox import Now
from store.zones import zones_in_use

KEEP = 60.0
"""Seconds for which the list of zones in use is kept."""


class Quiet:
    """Tells what binds a claim at a moment. `zone` is the group's own, for everyone who named none."""

    def __init__(self, database: Database, clock: Clock, hours: QuietHours, zone: ZoneInfo) -> None:
        self._database, self._clock, self._hours, self._zone = database, clock, hours, zone
        self._zones: set[str] = set()
        self._read_at: float | None = None

    async def now(self) -> Now:
        """Returns the moment and the zones that are quiet in it. Raises `StoreError`."""
        at = self._clock.now()
        if self._read_at is None or self._clock.monotonic() - self._read_at > KEEP:
            self._zones = await self._database.read(zones_in_use) | {self._zone.key}
            self._read_at = self._clock.monotonic()
        quiet = [zone for zone in self._zones if self._hours.cover(at, ZoneInfo(zone))]
        return Now(at, at.astimezone(self._zone).date(), self._zone.key, quiet)
