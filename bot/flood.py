"""How much one chat may send us: beyond that we say so once, and are silent for the rest of the time."""

from __future__ import annotations

from core.clock import Clock


class Flood:
    """Counts what comes in from each chat in spans of `seconds`; `limit` is how much is dealt with in one."""

    def __init__(self, limit: int, seconds: float, clock: Clock) -> None:
        self._limit, self._seconds, self._clock = limit, seconds, clock
        self._began = clock.monotonic()
        self._counts: dict[str, int] = {}

    def over(self, chat: str) -> int:
        """Counts one more, and gives by how much the chat is over its limit: 0 while it is not, 1 the first time."""
        now = self._clock.monotonic()
        if now - self._began >= self._seconds:
            self._began, self._counts = now, {}
        self._counts[chat] = self._counts.get(chat, 0) + 1
        return max(0, self._counts[chat] - self._limit)
