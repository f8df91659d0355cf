from __future__ import annotations

import asyncio
import heapq
from datetime import datetime, timedelta
from itertools import count, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import SteppedClock
from scheduler import pacing
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


BROADCAST, ANSWER, EDIT = "broadcast", "answer", "edit"


def together(
    rate: float, who: list[tuple[str, float]], *, broadcast: int = 0, each: float | None = None, to: str = ""
) -> list[tuple[str, float, float]]:
    """Who leaves, when they asked and when they left: a broadcast of so many messages beside answers and edits."""

    async def simulate() -> list[tuple[str, float, float]]:
        clock = WaitingClock()
        pacer = Pacer(rate, clock, each=each)
        left: list[tuple[str, float, float]] = []

        async def tell_all() -> None:  # as a lane does: it waits until a slot is free, and only then takes it
            for _ in range(broadcast):
                asked = clock.monotonic()
                with pacer.queue():
                    while wait := pacer.wait:
                        await clock.sleep(wait)
                pacer.take()
                left.append((BROADCAST, asked, clock.monotonic()))

        async def one(kind: str, at: float) -> None:
            await clock.sleep(at)
            await pacer.slot(to, last=kind == EDIT)
            left.append((kind, at, clock.monotonic()))

        tasks = [asyncio.create_task(tell_all())] if broadcast else []
        await clock.run(tasks + [asyncio.create_task(one(kind, at)) for kind, at in who])
        return left

    return asyncio.run(simulate())


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([4, 25, 30]), st.lists(st.tuples(st.sampled_from([ANSWER, EDIT]), st.floats(0, 3)), max_size=60))
def test_answers_and_edits_and_the_broadcast_together_keep_to_the_rate(
    rate: float, who: list[tuple[str, float]]
) -> None:
    times = [at for _, _, at in together(rate, who, broadcast=60)]
    assert len(times) == 60 + len(who)
    for start in times:
        assert sum(start <= at < start + 1 - 1e-9 for at in times) <= rate + 1


def test_an_answer_waits_for_at_most_one_message_of_the_broadcast() -> None:
    gap = SLACK / 25
    left = together(25, [(ANSWER, number / 2 + 0.013) for number in range(6)], broadcast=100)
    waited = [at - asked for kind, asked, at in left if kind == ANSWER]
    assert len(waited) == 6
    assert max(waited) <= gap + 1e-9


def test_many_answers_at_once_all_go_before_the_broadcast_goes_on() -> None:
    left = together(25, [(ANSWER, 0.5)] * 8, broadcast=60)
    order = [kind for kind, _, at in left if at > 0.5]
    assert order.index(ANSWER) <= 1
    first = order.index(ANSWER)
    assert order[first : first + 8] == [ANSWER] * 8


def test_an_edit_waits_until_nobody_else_does() -> None:
    left = together(25, [(EDIT, 0.1), (ANSWER, 0.2)], broadcast=50)
    assert left[-1][0] == EDIT
    assert left[-1][2] < pacing.LONGEST_LAST


def test_an_edit_does_not_wait_for_ever_behind_a_long_broadcast() -> None:
    left = together(25, [(EDIT, 0.1)], broadcast=250)
    [(asked, at)] = [(asked, at) for kind, asked, at in left if kind == EDIT]
    assert pacing.LONGEST_LAST <= at - asked <= pacing.LONGEST_LAST + 3 * SLACK / 25
    assert left[-1][0] == BROADCAST


def test_an_edit_leaves_at_once_where_nothing_else_does() -> None:
    assert together(25, [(EDIT, 1.0)]) == [(EDIT, 1.0, 1.0)]


@pytest.mark.parametrize(("chat", "apart"), [("4711", 1.0), ("-100", pacing.A_GROUP)])
def test_messages_to_one_chat_are_spaced_after_a_few_at_once(chat: str, apart: float) -> None:
    times = [at for _, _, at in together(25, [(ANSWER, 0.0)] * 6, each=1.0, to=chat)]
    assert times[2] < 0.1, "a few may follow upon each other"
    assert [later - sooner for sooner, later in pairwise(times[2:])] == pytest.approx([apart * SLACK] * 3, abs=0.1)


def test_one_chat_that_is_busy_does_not_hold_up_another() -> None:
    pacer = Pacer(25, SteppedClock(NOON), each=1.0)
    for _ in range(6):
        pacer.take("4711")
    assert pacer.busy("4711") > 3
    assert pacer.busy("4712") == pacer.busy("") == 0


def test_without_a_limit_for_each_address_nobody_is_busy() -> None:
    pacer = Pacer(None, SteppedClock(NOON))
    for _ in range(20):
        pacer.take("ann@example.org")
    assert pacer.busy("ann@example.org") == 0


def test_addresses_are_not_remembered_for_ever() -> None:
    clock = SteppedClock(NOON)
    pacer = Pacer(None, clock, each=1.0)
    for number in range(5 * pacing.MOST_ADDRESSES):
        pacer.take(str(number))
        clock.step(timedelta(seconds=0.01))
    assert len(pacer._free) <= pacing.MOST_ADDRESSES + 1


def test_an_answer_that_waits_while_the_provider_asks_for_a_rest_waits_for_that_too() -> None:
    times = sent_at(1, [0.0, 0.0, 0.0], hold=(0.5, 30.0))
    assert times[0] == 0.0
    assert times[1] >= 30.5
