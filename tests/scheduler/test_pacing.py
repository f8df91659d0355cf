from __future__ import annotations

import asyncio
import heapq
from datetime import datetime
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import SteppedClock
from scheduler.pacing import SLACK, Pacer
from tests.store.people import NOON


class WaitingClock:
    """Stands still while anybody has something to do, then jumps to the first who sleeps."""

    def __init__(self) -> None:
        self._at = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = count()

    def now(self) -> datetime:
        return NOON

    def monotonic(self) -> float:
        return self._at

    async def sleep(self, seconds: float) -> None:
        sleeper: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._at + max(0.0, seconds), next(self._order), sleeper))
        await sleeper

    async def run(self, tasks: list[asyncio.Task[None]]) -> None:
        while not all(task.done() for task in tasks):
            for _ in range(5):
                await asyncio.sleep(0)
            if self._sleepers:
                self._at, _, sleeper = heapq.heappop(self._sleepers)
                sleeper.set_result(None)


def sent_at(rate: float | None, arrivals: list[float], hold: tuple[float, float] | None = None) -> list[float]:
    """When messages leave that ask for a slot at `arrivals`, all through one pacer."""

    async def simulate() -> list[float]:
        clock = WaitingClock()
        pacer = Pacer(rate, clock)
        times: list[float] = []

        async def send(arrival: float) -> None:
            await clock.sleep(arrival)
            await pacer.slot()
            times.append(clock.monotonic())

        async def ask_for_rest(at: float, seconds: float) -> None:
            await clock.sleep(at)
            pacer.hold(seconds)

        tasks = [asyncio.create_task(send(arrival)) for arrival in arrivals]
        if hold:
            tasks.append(asyncio.create_task(ask_for_rest(*hold)))
        await clock.run(tasks)
        return times

    return asyncio.run(simulate())


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([0.5, 1, 4, 25, 30, 100]),
    st.lists(st.floats(0, 5, allow_nan=False), min_size=1, max_size=120),
)
def test_no_pattern_of_arrivals_gets_more_than_one_over_the_rate_through_in_a_second(
    rate: float, arrivals: list[float]
) -> None:
    times = sent_at(rate, arrivals)
    assert len(times) == len(arrivals)
    for start in times:
        assert sum(start <= at < start + 1 - 1e-9 for at in times) <= max(rate, 1) + 1


def test_those_who_wait_leave_exactly_one_slot_apart_and_the_first_at_once() -> None:
    assert sent_at(30, [0.0] * 91) == pytest.approx([number * SLACK / 30 for number in range(91)])


def test_a_pause_is_not_made_up_for_with_a_burst() -> None:
    times = sent_at(10, [0.0] * 5 + [60.0] * 5)
    assert times[5:] == pytest.approx([60.0 + number * SLACK / 10 for number in range(5)])


def test_a_sender_that_comes_a_little_late_does_not_push_all_the_others_back() -> None:
    gap = SLACK / 10
    times = sent_at(10, [0.0, 1.3 * gap, 2 * gap, 3 * gap, 4 * gap])
    assert times == pytest.approx([0.0, 1.3 * gap, 2 * gap, 3 * gap, 4 * gap])


def test_without_a_rate_nobody_waits() -> None:
    assert sent_at(None, [0.0] * 50) == [0.0] * 50


def test_nothing_leaves_while_a_provider_has_asked_for_a_rest() -> None:
    assert sent_at(None, [0.0, 2.0, 3.0], hold=(1.0, 30.0)) == pytest.approx([0.0, 31.0, 31.0])


def test_a_shorter_rest_does_not_cut_a_longer_one_short() -> None:
    clock = SteppedClock(NOON)
    pacer = Pacer(None, clock)
    pacer.hold(30)
    pacer.hold(5)
    assert pacer.wait == pytest.approx(30)
