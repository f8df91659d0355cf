"""Telegram's limits on sending, enforced on request.

About 30 messages a second for a bot, one a second to a chat with a small burst, 20 a minute to a group
(https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable


class Bucket:
    """Lets `rate` messages a second pass on average, and up to `burst` at once."""

    __slots__ = ("_burst", "_rate", "_spent_until")

    def __init__(self, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = burst
        self._spent_until = 0.0

    def wait(self, now: float) -> float:
        """Gives the seconds until one more message may pass; 0 if it may now."""
        return max(0.0, max(self._spent_until, now) + 1 / self._rate - now - self._burst / self._rate)

    def spend(self, now: float) -> None:
        """Counts one message."""
        self._spent_until = max(self._spent_until, now) + 1 / self._rate


class Limits:
    """The buckets of one bot; `clock` tells a span in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._bot = Bucket(30, 30)
        self._chats: dict[int, Bucket] = {}

    def retry_after(self, chat_id: int) -> int:
        """Counts one message to a chat and gives 0, or gives the whole seconds to wait and counts nothing."""
        now = self._clock()
        chat = self._chats.setdefault(chat_id, Bucket(20 / 60, 20) if chat_id < 0 else Bucket(1, 3))
        if (wait := max(self._bot.wait(now), chat.wait(now))) > 0:
            return max(1, math.ceil(wait))
        self._bot.spend(now)
        chat.spend(now)
        return 0
