"""How a bot learns what people did: updates, fetched by long polling or pushed to a webhook."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

log = logging.getLogger(__name__)

LONGEST_RETRY = 5.0
"""Seconds between two tries at a webhook that does not answer; Telegram itself waits longer and longer."""


class Conflict(Exception):
    """Two ways of fetching updates at once; the message is Telegram's description."""


class Updates:
    """The bot's queue of updates, oldest first, kept until the bot has confirmed them."""

    def __init__(self) -> None:
        self.webhook: dict[str, Any] = {"url": ""}
        self.last_error: str | None = None
        self._queue: deque[dict[str, Any]] = deque()
        self._next_id = 100_001
        self._allowed: set[str] | None = None
        self._news = asyncio.Event()
        self._poll = 0
        self._pusher: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._queue)

    def add(self, kind: str, content: dict[str, Any]) -> int | None:
        """Queues an update and gives its id; None if the bot does not want this kind."""
        if self._allowed is not None and kind not in self._allowed:
            return None
        update_id = self._next_id
        self._next_id += 1
        self._queue.append({"update_id": update_id, kind: content})
        self._news.set()
        return update_id

    def allow(self, kinds: list[str] | None) -> None:
        """Remembers which kinds the bot wants; None leaves it as it was, an empty list means all."""
        if kinds is not None:
            self._allowed = set(kinds) or None

    async def fetch(self, offset: int | None, limit: int, patience: float) -> list[dict[str, Any]]:
        """Confirms all updates before `offset` and gives the next ones, waiting up to `patience` seconds for one.

        Conflict if a webhook is set, or if a later call takes over while this one waits.
        """
        if self.webhook["url"]:
            raise Conflict("can't use getUpdates method while webhook is active; use deleteWebhook to delete it first")
        self._poll += 1
        mine = self._poll
        self._news.set()
        if offset is not None:
            while self._queue and (self._queue[0]["update_id"] < offset or len(self._queue) > -offset > 0):
                self._queue.popleft()
        deadline = asyncio.get_running_loop().time() + patience
        while not self._queue:
            self._news.clear()
            try:
                async with asyncio.timeout_at(deadline):
                    await self._news.wait()
            except TimeoutError:
                break
            if self._poll != mine:
                self._news.set()
                raise Conflict(
                    "terminated by other getUpdates request; make sure that only one bot instance is running"
                )
        return [self._queue[i] for i in range(min(limit, len(self._queue)))]

    async def set_webhook(self, settings: dict[str, Any], drop_pending: bool) -> None:
        """Starts to push updates to `settings["url"]`, or stops if it is empty."""
        await self.close()
        self.webhook = settings
        self.last_error = None
        if drop_pending:
            self._queue.clear()
        if settings["url"]:
            self._pusher = asyncio.create_task(self._push())

    async def close(self) -> None:
        """Stops pushing."""
        if self._pusher is not None:
            self._pusher.cancel()
            await asyncio.gather(self._pusher, return_exceptions=True)
            self._pusher = None

    async def _push(self) -> None:
        """Delivers one update after the other; a refused one is tried again until it gets through."""
        headers = {}
        if secret := self.webhook.get("secret_token"):
            headers["X-Telegram-Bot-Api-Secret-Token"] = secret
        pause = 0.1
        async with ClientSession(timeout=ClientTimeout(total=30), headers=headers) as session:
            while True:
                while not self._queue:
                    self._news.clear()
                    await self._news.wait()
                update = self._queue[0]
                try:
                    async with session.post(self.webhook["url"], json=update) as answer:
                        if answer.status < 300:
                            if self._queue and self._queue[0] is update:
                                self._queue.popleft()
                            pause = 0.1
                            continue
                        self.last_error = f"Wrong response from the webhook: {answer.status} {answer.reason}"
                except (ClientError, TimeoutError, OSError) as error:
                    self.last_error = f"Connection failed ({type(error).__name__})"
                    log.info("the webhook did not answer: %s", type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_RETRY)
