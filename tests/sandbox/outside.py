"""What stands around the world in its tests: a webhook of the product's side, and patience."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field


@dataclass
class Webhook:
    """A server of the product's side that keeps what it is posted, and answers with `status`."""

    url: str = ""
    status: int = 204
    forms: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def received(self, n: int) -> None:
        async with asyncio.timeout(20):
            while len(self.bodies) < n:
                self.news.clear()
                await self.news.wait()


async def eventually(true: Callable[[], bool | Awaitable[bool]]) -> None:
    """Waits until something is so; fails after twenty seconds."""
    async with asyncio.timeout(20):
        while True:
            answer = true()
            if answer is True or (not isinstance(answer, bool) and await answer):
                return
            await asyncio.sleep(0.005)
