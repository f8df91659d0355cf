"""When to try again, and when to stop trying."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

STEPS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
"""Waits after the first, second, ... failed try; the last one repeats."""

MOST_TRIES = 12
MOST_CRASHES = 3
"""Attempts that ended without any outcome before a delivery is taken to be the cause of the crashes."""

JITTER = 0.2


def wait_after(tries: int, random: Callable[[], float], asked: timedelta | None = None) -> timedelta:
    """Returns how long to wait after the `tries`-th try (from 1) has failed for now.

    `random` gives a number from 0 to 1; the wait varies by a fifth either way, so that those who failed together
    do not come back together. `asked` is what the provider itself asked for (Retry-After): never less than that.
    """
    step = STEPS[min(max(tries, 1), len(STEPS)) - 1]
    wait = step * (1 - JITTER + 2 * JITTER * random())
    return max(wait, asked) if asked else wait
