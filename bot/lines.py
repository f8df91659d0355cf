"""Who waits for whom: one thing at a time in each chat, in order, and all chats side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


class Lines:
    """A line of turns for each chat."""

    def __init__(self) -> None:
        self._last: dict[str, asyncio.Task[None]] = {}
        self._open: dict[int, asyncio.Task[None]] = {}

    @property
    def open(self) -> dict[int, asyncio.Task[None]]:
        """What waits or is under way, by the number of its update."""
        return self._open

    def put(self, update: int, chat: str, do: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        """Has `do` done after all that came before it in its chat; the same update twice is done once."""
        if update in self._open:
            return self._open[update]
        task = asyncio.create_task(_after(self._last.get(chat), do))
        self._last[chat] = self._open[update] = task

        def ended(task: asyncio.Task[None]) -> None:
            del self._open[update]
            if self._last.get(chat) is task:
                del self._last[chat]

        task.add_done_callback(ended)
        return task

    async def close(self, seconds: float) -> None:
        """Gives what is under way that long to end, and leaves off what is not done by then."""
        if tasks := list(self._open.values()):
            _, late = await asyncio.wait(tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)


async def _after(before: asyncio.Task[None] | None, do: Callable[[], Awaitable[None]]) -> None:
    if before is not None:
        await asyncio.wait([before])
    await do()
