"""Keeps to a provider's limit by spacing sends: each takes the next free slot."""

from __future__ import annotations

from core.clock import Clock

SLACK = 1.01
"""Slots are a hundredth further apart than the limit asks: a send that wakes late crowds the next one."""


class Pacer:
    """Hands out slots `1 / rate` seconds apart; made once for a provider and shared by all who use it.

    A bucket that starts full lets twice the limit through in the first second; slots never do. `rate` None means that
    there is no limit.
    """

    def __init__(self, rate: float | None, clock: Clock) -> None:
        self._gap = SLACK / rate if rate else 0.0
        self._clock = clock
        self._next = clock.monotonic()

    @property
    def wait(self) -> float:
        """How many seconds until a slot is free; 0 where one is."""
        return max(0.0, self._next - self._clock.monotonic())

    def take(self) -> float:
        """Takes the next slot; returns in how many seconds it is."""
        now = self._clock.monotonic()
        late = now - self._next
        # Who comes a little late takes the slot that has just begun: else each small delay would push back all others.
        at = self._next if late < self._gap else now
        self._next = at + self._gap
        return max(0.0, at - now)

    async def slot(self) -> None:
        """Waits for the next slot."""
        if wait := self.take():
            await self._clock.sleep(wait)

    def hold(self, seconds: float) -> None:
        """Hands out no slot for that long, because the provider asked for it."""
        self._next = max(self._next, self._clock.monotonic() + seconds)
