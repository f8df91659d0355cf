from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from core.clock import SteppedClock, SystemClock

START = datetime(2026, 3, 2, 12, tzinfo=timezone(timedelta(hours=2)))


async def test_a_stepped_clock_moves_only_when_it_is_moved() -> None:
    clock = SteppedClock(START)
    assert clock.now() == START
    assert clock.now().tzinfo is UTC
    await clock.sleep(90)
    await clock.sleep(-5)
    assert (clock.now() - START, clock.monotonic()) == (timedelta(seconds=90), 90.0)


def test_a_step_back_moves_the_wall_clock_alone() -> None:
    clock = SteppedClock(START)
    clock.step(timedelta(hours=-1))
    assert (clock.now() - START, clock.monotonic()) == (timedelta(hours=-1), 0.0)


async def test_the_machines_clock_is_aware_and_never_runs_backwards() -> None:
    clock = SystemClock()
    before = clock.monotonic()
    await clock.sleep(-1)
    assert clock.monotonic() >= before
    assert clock.now().utcoffset() == timedelta(0)
