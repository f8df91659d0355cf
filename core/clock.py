"""The clock that every part is handed, so that tests and rehearsals can move time."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time and waits."""

    def now(self) -> datetime:
        """Returns the wall-clock time as aware UTC."""

    def monotonic(self) -> float:
        """Returns seconds that never go backwards, from an arbitrary start."""

    async def sleep(self, seconds: float) -> None:
        """Waits for that many seconds (none if negative)."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Returns the wall-clock time as aware UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Returns seconds that never go backwards, from an arbitrary start."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Waits for that many seconds (none if negative)."""
        await asyncio.sleep(max(0.0, seconds))


class SteppedClock:
    """A clock that stands still until it is moved; for tests and for trying out a timetable.

    `sleep` moves the clock itself and lets other tasks run, so that nothing really waits.
    """

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)
        self._monotonic = 0.0

    def now(self) -> datetime:
        """Returns the time it was last moved to, as aware UTC."""
        return self._now

    def monotonic(self) -> float:
        """Returns the seconds it has been moved forward altogether."""
        return self._monotonic

    async def sleep(self, seconds: float) -> None:
        """Moves the clock forward and lets other tasks run once."""
        self.step(timedelta(seconds=max(0.0, seconds)))
        await asyncio.sleep(0)

    def step(self, by: timedelta) -> None:
        """Moves the wall clock by `by`; only a step forward moves the monotonic time."""
        self._now += by
        self._monotonic += max(0.0, by.total_seconds())
