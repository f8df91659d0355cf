"""Keeps to a provider's limit by spacing sends: each takes the next free slot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from core.clock import Clock

SLACK = 1.01
"""Slots are a hundredth further apart than the limit asks: a send that wakes late crowds the next one."""

AT_ONCE = 3
"""Messages to one address that may follow upon each other at once, before they are spaced."""

A_GROUP = 3.0
"""Seconds between messages to a chat of several people, whose number begins with a minus (20 a minute:
core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this)."""

LONGEST_LAST = 5.0
"""Seconds after which even what comes last takes a turn: what shows how far a long broadcast is must move."""

MOST_ADDRESSES = 1000


class Pacer:
    """Hands out slots `1 / rate` seconds apart; made once for a provider and shared by all who use it.

    A bucket that starts full lets twice the limit through in the first second; slots never do. `rate` None means that
    there is no limit. `each` is how many seconds apart messages to one address should be, after a few at once.

    Who answers a person takes the next slot there is (`slot`). The broadcast waits until one is free and takes it only
    then (`queue`, `wait`, `take`), so that an answer never waits for more than one of its messages. What comes last,
    such as a progress that is shown, waits until nobody else does.
    """

    def __init__(self, rate: float | None, clock: Clock, *, each: float | None = None) -> None:
        self._gap = SLACK / rate if rate else 0.0
        self._each = each
        self._clock = clock
        self._next = clock.monotonic()
        self._free: dict[str, float] = {}
        self._queueing = 0
        self._rests = 0

    @property
    def wait(self) -> float:
        """How many seconds until a slot is free; 0 where one is."""
        return max(0.0, self._next - self._clock.monotonic())

    def busy(self, address: str) -> float:
        """Gives how many seconds until one more message may go to an address; 0 where it may now."""
        apart = self._apart(address)
        return max(0.0, self._free.get(address, 0.0) - self._clock.monotonic() - (AT_ONCE - 1) * apart)

    def take(self, address: str = "") -> float:
        """Takes the next slot, for a message to an address if one is named; returns in how many seconds it is."""
        now = self._clock.monotonic()
        late = now - self._next
        # Who comes a little late takes the slot that has just begun: else each small delay would push back all others.
        at = self._next if late < self._gap else now
        self._next = at + self._gap
        if address and self._each:
            self._free[address] = max(self._free.get(address, 0.0), at, now) + self._apart(address)
            if len(self._free) > MOST_ADDRESSES:
                self._free = {one: until for one, until in self._free.items() if until > now}
        return max(0.0, at - now)

    @contextmanager
    def queue(self) -> Iterator[None]:
        """Has everything that comes last wait for as long as the block lasts."""
        self._queueing += 1
        try:
            yield
        finally:
            self._queueing -= 1

    async def slot(self, to: str = "", *, last: bool = False) -> None:
        """Waits for a slot, for a message to an address if one is named, and takes it.

        With `last` it lets everybody else go first, but not for ever.
        """
        until = self._clock.monotonic() + LONGEST_LAST
        while True:
            while busy := self.busy(to):
                await self._clock.sleep(busy)
            if last and self._clock.monotonic() < until and (self.wait or self._queueing):
                await self._clock.sleep(max(self.wait, self._gap))
                continue
            rests = self._rests
            if wait := self.take(to):
                await self._clock.sleep(wait)
            if rests == self._rests:
                return  # nobody has asked for a rest meanwhile

    def hold(self, seconds: float) -> None:
        """Hands out no slot for that long, because the provider asked for it."""
        self._rests += 1
        self._next = max(self._next, self._clock.monotonic() + seconds)

    def _apart(self, address: str) -> float:
        return max(self._each, A_GROUP if address.startswith("-") else 0.0) * SLACK if self._each and address else 0.0
