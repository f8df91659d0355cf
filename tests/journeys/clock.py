"""A clock that runs like the machine's own and that a test puts forward."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.clock import SystemClock


class MovedClock(SystemClock):
    """Runs like the machine's own, from the moment that it was last moved to."""

    def __init__(self, start: datetime) -> None:
        self._ahead = start - super().now()
        self._passed = 0.0

    def now(self) -> datetime:
        return super().now() + self._ahead

    def monotonic(self) -> float:
        return super().monotonic() + self._passed

    def move(self, to: datetime) -> None:
        by = to - self.now()
        assert by > timedelta(), "this clock goes forward"
        self._ahead += by
        self._passed += by.total_seconds()
