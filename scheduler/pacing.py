"""Keeps to a provider's limit by spacing sends: each takes the next free slot."""

from __future__ import annotations

from core.clock import Clock


class Pacer:
    """Hands out slots `1 / rate` seconds apart; made once for a provider and shared by all who use it.

    A bucket that starts full lets twice the limit through in the first second; slots never do. `rate` None means that
    there is no limit.
    """

    def __init__(self, rate: float | None, clock: Clock) -> None:
        self._gap = 1 / rate if rate else 0.0
        self._clock = clock
        self._next = clock.monotonic()

    async def slot(self) -> None:
        """Waits for the next slot."""
        now = self._clock.monotonic()
        if not self._gap and now >= self._next:
            return
        at = max(self._next, now)
        self._next = at + self._gap
        await self._clock.sleep(at - now)

    def hold(self, seconds: float) -> None:
        """Hands out no slot for that long, because the provider asked for it."""
        self._next = max(self._next, self._clock.monotonic() + seconds)
