"""People on four channels, and what the tests of notices ask of them."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import Any, cast

from sqlmodel import col, select

from core.notices import Kind
from sandbox.record import Arrival
from store import overview
from store.overview import NoticeLine
from store.tables import ProgressCard
from tests.bot.town import PATIENCE, ChatTown

TEXT = "Our meeting on Tuesday is in the library. Bring a friend."
CHANNELS = ("email", "sms", "telegram", "phone")


def crowd(town: ChatTown, number: int, *, staff: str = "Sam Lee") -> int:
    """Puts people on file, one after the other on each channel, the last of them a coordinator; returns their chat."""
    for at in range(number - 1):
        channel = CHANNELS[at % 4]
        address = {"email": f"p{at}@example.org", "sms": f"+447700900{at:03}", "phone": f"+447700901{at:03}"}
        if channel == "telegram":
            town.person(f"Person {at}", channel)
        else:
            town.person(f"Person {at}", **cast(Any, {channel: address[channel]}))
    return town.staff(staff)


def notices(town: ChatTown) -> list[NoticeLine]:
    """What was made, the newest first, without what went to staff alone."""
    with town.database.reading() as session:
        return [line for line in overview.listing(session, 50) if line.kind == Kind.UPDATE]


def told(town: ChatTown, words: str = "library") -> list[Arrival]:
    """The messages in which the notice's words arrived; previews and the names of notices are none of them."""
    return [
        one for one in town.world.messages() if words in one.text and "Preview" not in one.text and "“" not in one.text
    ]


def followed(town: ChatTown) -> bool:
    """Whether some message still follows its notice."""
    with town.database.reading() as session:
        return not all(session.exec(select(col(ProgressCard.done))))


async def result(town: ChatTown, chat: int, words: str = "Sent to") -> str:
    """Waits for the message that tells how a notice ended, and lets time pass as it does for word of its arrival."""

    def shown() -> list[str]:
        return [one.text for one in town.shown(chat) if words in one.text]

    end = time.monotonic() + PATIENCE
    while not shown() or (words == "Sent to" and followed(town)):
        assert time.monotonic() < end, f"waited in vain; the last message is {town.last(chat)}"
        await asyncio.sleep(0.1)
        if not any(line.waiting for line in notices(town)):
            town.clock.move(town.clock.now() + timedelta(seconds=5))
    return shown()[0]
