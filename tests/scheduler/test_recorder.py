from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

import pytest

from core.clock import SteppedClock
from core.errors import StoreError
from scheduler.recorder import MOST_AT_ONCE, Recorder
from store import outbox
from store.database import Database, Session
from store.outbox import Claim, Result
from store.settle import Ways
from tests.scheduler.scripted import TickingClock, all_in, counted, crowd, says, until
from tests.store.people import WAYS, claim

Batches = list[int]


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> Batches:
    """The sizes of the batches that are written down."""
    sizes: Batches = []
    real = outbox.record

    def record(session: Session, results: Sequence[Result], now: datetime, ways: Ways) -> set[str]:
        sizes.append(len(results))
        return real(session, results, now, ways)

    monkeypatch.setattr(outbox, "record", record)
    return sizes


def claimed(database: Database, people: int) -> list[Claim]:
    crowd(database, people, "email")
    with database.writing() as session:
        return claim(session, limit=people)


async def finished(recorder: Recorder, running: asyncio.Task[None]) -> None:
    recorder.stop()
    await asyncio.wait_for(running, 20)


async def test_results_are_written_down_many_at_once(database: Database, batches: Batches) -> None:
    recorder = Recorder(database, TickingClock(), WAYS, lambda _: None)
    running = asyncio.create_task(recorder.run())
    for one in claimed(database, 250):
        recorder.add(Result(one, says("accepted")))
    await until(all_in(database, "accepted", 250))
    assert len(batches) <= 1 + 250 // MOST_AT_ONCE
    await finished(recorder, running)


async def test_a_stop_writes_down_all_that_is_left(database: Database) -> None:
    recorder = Recorder(database, TickingClock(), WAYS, lambda _: None)
    claims = claimed(database, 5)
    running = asyncio.create_task(recorder.run())
    for one in claims:
        recorder.add(Result(one, says("accepted")))
    await finished(recorder, running)
    assert counted(database) == {"accepted": 5}


async def test_a_stop_with_nothing_to_write_down_ends_at_once(database: Database) -> None:
    recorder = Recorder(database, TickingClock(), WAYS, lambda _: None)
    running = asyncio.create_task(recorder.run())
    await asyncio.sleep(0)
    await finished(recorder, running)


async def test_nothing_is_lost_while_the_database_is_away(
    database: Database, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder(database, clock, WAYS, lambda _: None)
    claims = claimed(database, 30)
    running = asyncio.create_task(recorder.run())
    with monkeypatch.context() as away:
        away.setattr(outbox, "record", lambda *_: _raise(StoreError("The disk is full")))
        for one in claims[:10]:
            recorder.add(Result(one, says("accepted")))
        await until(lambda: recorder.ailing)
        for one in claims[10:]:
            recorder.add(Result(one, says("accepted")))
        assert counted(database) == {"sending": 30}
    await until(all_in(database, "accepted", 30))
    assert not recorder.ailing
    await finished(recorder, running)


async def test_a_stop_does_not_wait_for_ever_for_a_database_that_is_away(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder(database, TickingClock(), WAYS, lambda _: None)
    claims = claimed(database, 3)
    running = asyncio.create_task(recorder.run())
    monkeypatch.setattr(outbox, "record", lambda *_: _raise(StoreError("The disk is full")))
    for one in claims:
        recorder.add(Result(one, says("accepted")))
    await until(lambda: recorder.ailing)
    await finished(recorder, running)
    assert counted(database) == {"sending": 3}, "the next start makes them unknown"


async def test_one_outcome_that_cannot_be_written_down_does_not_hold_up_the_others(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = outbox.record
    claims = claimed(database, 4)
    poison = claims[1].id

    def record(session: Session, results: Sequence[Result], now: datetime, ways: Ways) -> set[str]:
        if any(result.claim.id == poison for result in results):
            raise AssertionError("a fault of our own")
        return real(session, results, now, ways)

    monkeypatch.setattr(outbox, "record", record)
    recorder = Recorder(database, TickingClock(), WAYS, lambda _: None)
    running = asyncio.create_task(recorder.run())
    for one in claims:
        recorder.add(Result(one, says("accepted")))
    await until(lambda: counted(database) == {"accepted": 3, "sending": 1})
    await finished(recorder, running)


async def test_whoever_has_something_new_to_send_is_woken(database: Database) -> None:
    woken: list[set[str]] = []
    recorder = Recorder(database, TickingClock(), WAYS, woken.append)
    crowd(database, 1, "email", "sms")
    with database.writing() as session:
        (one,) = claim(session)
    running = asyncio.create_task(recorder.run())
    recorder.add(Result(one, says("refused", dead=True)))
    await until(lambda: {"sms"} in woken)
    await finished(recorder, running)


def _raise(error: Exception) -> set[str]:
    raise error
