from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.retry import JITTER, STEPS, wait_after


def test_waits_grow_and_the_last_one_repeats() -> None:
    waits = [wait_after(tries, lambda: 0.5) for tries in range(1, 7)]
    assert waits == [*STEPS, STEPS[-1], STEPS[-1]]


@given(tries=st.integers(-3, 50), random=st.floats(0, 1))
def test_a_wait_varies_by_a_fifth_at_most(tries: int, random: float) -> None:
    step = STEPS[min(max(tries, 1), len(STEPS)) - 1]
    wait = wait_after(tries, lambda: random)
    assert step * (1 - JITTER) - timedelta(microseconds=1) <= wait <= step * (1 + JITTER) + timedelta(microseconds=1)


@given(asked=st.timedeltas(timedelta(0), timedelta(days=2)))
def test_a_wait_is_never_shorter_than_the_provider_asked_for(asked: timedelta) -> None:
    assert wait_after(1, lambda: 0.0, asked) >= asked
