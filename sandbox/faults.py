"""What is wrong with the providers just now: failures that wait for their moment, slowness and hangs.

The names of the failures stand in `sandbox.failures`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from sandbox.failures import CHANNELS, How, lookup


@dataclass(slots=True)
class Fault:
    """A failure that waits for its moment.

    `to` limits it to one recipient (address, number or chat id as text), `after` lets that many matching requests
    pass first, `times` is how often it strikes (None: until `heal`), `seconds` is the length of a hang or slowness
    and the value of Retry-After (None: a hang lasts until `heal`; otherwise 1). `at` moves it to another point:
    for Telegram a method's name or `*`, for SMS `send`, `list`, `fetch` or `account`.
    """

    channel: str
    how: str
    to: str | None = None
    times: int | None = 1
    after: int = 0
    seconds: float | None = None
    at: str | None = None
    hits: int = 0

    def __post_init__(self) -> None:
        meaning = lookup(self.channel, self.how)
        if self.to is not None and meaning.point in ("connect", "auth", "mail"):
            raise ValueError(f"{self.how!r} strikes before the recipient is known: leave `to` out")
        if self.at is not None and self.channel == "email":
            raise ValueError("an e-mail failure's name says where it strikes: leave `at` out")
        if self.times is not None and self.times < 1:
            raise ValueError("`times` is at least 1, or None for always")

    @property
    def meaning(self) -> How:
        """The point, act and words behind the name."""
        return lookup(self.channel, self.how)


class Faults:
    """What is wrong with the providers just now: failures still to happen, slowness, and hangs that last."""

    def __init__(self, latency: float = 0.0) -> None:
        self.latency: dict[str, float] = dict.fromkeys(CHANNELS, latency)
        """Seconds that each answer to a send takes, half before the message is accepted and half after it."""
        self._waiting: list[tuple[Fault, How, str]] = []
        self._healed = asyncio.Event()

    def add(self, fault: Fault) -> None:
        """Puts a failure at the end of the list."""
        meaning = fault.meaning
        self._waiting.append((fault, meaning, fault.at or meaning.point))

    def heal(self, channel: str | None = None) -> None:
        """Forgets the failures and the slowness of one channel, or all; connections that hang are cut."""
        self._waiting = [entry for entry in self._waiting if channel and entry[0].channel != channel]
        self.latency.update(dict.fromkeys([channel] if channel else CHANNELS, 0.0))
        self._healed.set()
        self._healed = asyncio.Event()

    def waiting(self) -> list[Fault]:
        """Lists the failures that have not used up their times."""
        return [fault for fault, _, _ in self._waiting]

    def take(self, channel: str, point: str, to: str | None = None) -> tuple[Fault, How] | None:
        """Gives the first failure that strikes at this point for this recipient, and counts it; None if none does."""
        if not self._waiting:
            return None
        for entry in self._waiting:
            fault, meaning, where = entry
            if fault.channel != channel or where not in (point, "*") or fault.to not in (None, to):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            fault.hits += 1
            if fault.times is not None:
                fault.times -= 1
                if fault.times == 0:
                    self._waiting.remove(entry)
            return fault, meaning
        return None

    async def pause(self, channel: str) -> None:
        """Waits half of the channel's latency."""
        if (latency := self.latency[channel]) > 0:
            await asyncio.sleep(latency / 2)

    async def hang(self, seconds: float | None) -> bool:
        """Stays silent; True when the seconds are over and the answer may go out, False when `heal` ended it."""
        try:
            async with asyncio.timeout(seconds):
                await self._healed.wait()
        except TimeoutError:
            return True
        return False
