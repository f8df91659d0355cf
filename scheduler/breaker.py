"""Pauses a provider that fails everybody, and tries it with one message a minute until it is well."""

from __future__ import annotations

from core.clock import Clock
from core.receipts import Outcome, Receipt

MOST_IN_A_ROW = 20
PROBE_EVERY = 60.0
"""Seconds between two probes of a paused provider."""


class Breaker:
    """Counts the errors in a row that are the provider's, not a recipient's.

    `broken` pauses at once: our log-in or account is wrong, and no other message would fare better.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._in_a_row = 0
        self._probe_at = 0.0
        self.reason: str | None = None
        """Why the provider is paused, in plain words; None while all is well."""

    @property
    def paused(self) -> bool:
        """Whether the provider is paused."""
        return self.reason is not None

    @property
    def wait(self) -> float:
        """How many seconds until the provider may be tried again; 0 while all is well or a probe is due."""
        return max(0.0, self._probe_at - self._clock.monotonic()) if self.paused else 0.0

    def heard(self, receipt: Receipt) -> bool:
        """Takes note of a receipt; returns whether that paused the provider or set it going again."""
        was = self.paused
        if receipt.outcome is Outcome.BROKEN or receipt.wide:
            self._in_a_row += 1
            if was or receipt.outcome is Outcome.BROKEN or self._in_a_row >= MOST_IN_A_ROW:
                self.reason = receipt.reason or "it does not work as it should"
                self._probe_at = self._clock.monotonic() + PROBE_EVERY
        else:
            self._in_a_row, self.reason = 0, None
        return self.paused != was
