"""Starts what fetches messages: the group's mailbox, and providers that can't reach us."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from channels.base import Fetched, RawCallback
from core.people import EMAIL
from core.receipts import Inbound, Receipt

if TYPE_CHECKING:
    from cli.service import House
    from config.settings import MailboxSettings
    from scheduler.fetching import Fetching
    from scheduler.mailbox import Box, Mailbox
    from store.database import Session


@asynccontextmanager
async def fetching(house: House, every: float | None = None) -> AsyncIterator[None]:
    """Fetches messages for as long as the block lasts, every so many seconds; a fault in it ends the block."""
    parts = fetchers(house, every)
    tasks = [asyncio.create_task(part.run()) for part in parts]
    block = asyncio.current_task()
    assert block is not None
    for task in tasks:
        task.add_done_callback(lambda done: None if done.cancelled() or done.exception() is None else block.cancel())
    try:
        yield
    finally:
        for part in parts:
            part.stop()
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=1)
            for task in late:  # between a provider's answer and our write: it is fetched again at the next start
                task.cancel()
            for outcome in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(outcome, Exception):
                    raise outcome


def fetchers(house: House, every: float | None = None) -> list[Fetching | Mailbox]:
    """Gives what there is to fetch from: a mailbox where one is set, texts where nobody can reach us."""
    from actions import receipts
    from cli.service import surroundings

    def take(session: Session, statements: Sequence[Receipt | Inbound]) -> None:
        receipts.take_all(session, statements, surroundings(house))

    def read(data: bytes) -> list[Receipt | Inbound]:
        return house.channels[EMAIL].read(RawCallback(body=data))

    found: list[Fetching | Mailbox] = []
    if house.settings.mailbox.on and EMAIL in house.channels:
        from scheduler.mailbox import EVERY, Mailbox

        found.append(Mailbox(box_of(house.settings.mailbox), house.database, house.clock, read, take, every or EVERY))
    if not house.settings.public_url:
        from scheduler.fetching import EVERY, Fetching

        asked = [channel for channel in house.channels.values() if isinstance(channel, Fetched)]
        found += [Fetching(channel, house.database, house.clock, take, every or EVERY) for channel in asked]
    return found


def box_of(settings: MailboxSettings) -> Box:
    """Gives the mailbox that the settings name."""
    if settings.maildir:
        from scheduler.maildir import Maildir

        return Maildir(settings.maildir)
    from scheduler.imap import Imap

    return Imap(settings)
