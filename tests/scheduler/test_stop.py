from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest

from channels.base import Message
from core.receipts import Receipt
from scheduler import dispatch
from scheduler.dispatch import Dispatcher
from store import notices
from store.database import Database
from tests.scheduler.scripted import Scripted, TickingClock, all_in, counted, crowd, dispatching, says, until
from tests.store.people import claim

SOON = 4.0
"""Seconds within which a stop must be over, on a machine that is busy with other things too."""


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "STOP_WITHIN", 0.3)


@asynccontextmanager
async def stopped_soon(database: Database, *channels: Scripted) -> AsyncIterator[Dispatcher]:
    async with dispatching(database, channels, TickingClock()) as dispatcher:
        yield dispatcher
        start = time.monotonic()
    assert time.monotonic() - start < SOON


async def test_while_nothing_is_to_be_done(database: Database) -> None:
    async with stopped_soon(database, Scripted()):
        await asyncio.sleep(0.05)


async def test_before_it_has_begun(database: Database) -> None:
    crowd(database, 10, "email")
    async with stopped_soon(database, Scripted()):
        pass
    assert set(counted(database)) <= {"queued", "accepted"}


async def test_what_is_in_flight_may_end_and_is_written_down(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "STOP_WITHIN", 20)
    channel = Scripted(concurrency=4)
    channel.gate.clear()
    crowd(database, 100, "email")
    async with stopped_soon(database, channel) as dispatcher:
        await until(lambda: channel.at_once == 4)
        dispatcher.stop()
        channel.gate.set()  # in the same moment: whoever is free now begins nothing that was claimed before
    assert counted(database) == {"accepted": 4, "queued": 96}
    assert len(channel.begun) == 4


async def test_what_does_not_end_stays_in_doubt_and_what_was_not_begun_is_given_back(database: Database) -> None:
    channel = Scripted(concurrency=4)
    channel.gate.clear()
    crowd(database, 100, "email")
    async with stopped_soon(database, channel):
        await until(lambda: channel.at_once == 4)
    assert counted(database) == {"sending": 4, "queued": 96}


async def test_nothing_is_begun_after_a_stop_and_a_new_start_does_the_rest(database: Database) -> None:
    channel = Scripted(rate=50, concurrency=2)
    crowd(database, 60, "email")
    async with stopped_soon(database, channel):
        await until(lambda: len(channel.told) >= 10)
    begun = len(channel.begun)
    assert counted(database) == {"accepted": begun, "queued": 60 - begun}
    async with dispatching(database, [channel], TickingClock()):
        await until(all_in(database, "accepted", 60))
    assert not channel.told_twice


async def test_while_one_waits_for_a_slot_that_is_far_away(database: Database) -> None:
    channel = Scripted(rate=0.01)
    crowd(database, 3, "email")
    async with stopped_soon(database, channel):
        await until(lambda: counted(database) == {"accepted": 1, "sending": 2})
    assert counted(database) == {"accepted": 1, "queued": 2}


async def test_while_a_provider_has_asked_for_a_rest(database: Database) -> None:
    channel = Scripted(answer=lambda _: says("deferred", wide=True, retry_after=timedelta(hours=1)), concurrency=1)
    crowd(database, 30, "email")
    async with stopped_soon(database, channel):
        await until(lambda: len(channel.begun) >= 1 and counted(database) == {"queued": 30})
    assert counted(database) == {"queued": 30}


async def test_while_a_provider_is_paused(database: Database) -> None:
    channel = Scripted(answer=lambda _: says("broken"))
    crowd(database, 100, "email")
    async with stopped_soon(database, channel):
        await until(lambda: channel.begun and counted(database) == {"queued": 100})
    assert counted(database) == {"queued": 100}


async def test_while_a_provider_pauses_itself_in_the_middle_of_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "STOP_WITHIN", 20)
    channel = Scripted(answer=lambda _: says("broken"), concurrency=4)
    channel.gate.clear()
    crowd(database, 100, "email")
    async with stopped_soon(database, channel) as dispatcher:
        await until(lambda: channel.at_once == 4)
        dispatcher.stop()
        await until(lambda: counted(database) == {"sending": 4, "queued": 96})
        await asyncio.sleep(0.05)
        channel.gate.set()
    assert counted(database) == {"queued": 100}


async def test_while_a_provider_is_asked_about_a_doubt_and_does_not_answer(database: Database) -> None:
    class Silent(Scripted):
        async def find(self, message: Message, since: datetime) -> Receipt | None:
            self.asked.append(message)
            await asyncio.sleep(3600)
            return None

    channel = Silent()
    crowd(database, 1, "email")
    with database.writing() as session:
        claim(session)
    async with stopped_soon(database, channel):
        await until(lambda: channel.asked)
    assert counted(database) == {"unknown": 1}


async def test_while_an_audience_is_being_written_down(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "PAGE", 5)
    crowd(database, 200, "email")
    async with stopped_soon(database, Scripted()):
        await until(lambda: counted(database).total() > 5)
    channel = Scripted()
    async with dispatching(database, [channel], TickingClock()):
        await until(all_in(database, "accepted", 200))
