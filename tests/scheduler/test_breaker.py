from __future__ import annotations

from datetime import timedelta

import pytest

from core.clock import SteppedClock
from scheduler.breaker import MOST_IN_A_ROW, PROBE_EVERY, Breaker
from tests.scheduler.scripted import says

AWAY = says("deferred", wide=True, reason="there is no connection")


@pytest.fixture
def breaker(clock: SteppedClock) -> Breaker:
    return Breaker(clock)


def test_twenty_errors_in_a_row_pause_a_provider_and_nineteen_do_not(breaker: Breaker) -> None:
    assert [breaker.heard(AWAY) for _ in range(MOST_IN_A_ROW)] == [False] * 19 + [True]
    assert (breaker.paused, breaker.reason) == (True, "there is no connection")


@pytest.mark.parametrize("other", ["accepted", "refused", "deferred", "unknown"])
def test_anything_that_is_not_the_providers_trouble_begins_the_row_again(breaker: Breaker, other: str) -> None:
    for _ in range(3):
        for _ in range(MOST_IN_A_ROW - 1):
            breaker.heard(AWAY)
        breaker.heard(says(other))
    assert not breaker.paused


@pytest.mark.parametrize("outcome", ["refused", "deferred", "unknown"])
def test_errors_of_single_recipients_never_pause_a_provider(breaker: Breaker, outcome: str) -> None:
    for _ in range(5 * MOST_IN_A_ROW):
        breaker.heard(says(outcome))
    assert not breaker.paused


def test_a_fault_of_our_account_pauses_at_once(breaker: Breaker) -> None:
    assert breaker.heard(says("broken", reason="our password is wrong"))
    assert breaker.reason == "our password is wrong"


def test_a_paused_provider_is_tried_each_minute(breaker: Breaker, clock: SteppedClock) -> None:
    breaker.heard(says("broken"))
    assert breaker.wait == PROBE_EVERY
    for _ in range(3):
        clock.step(timedelta(seconds=PROBE_EVERY))
        assert breaker.wait == 0
        assert not breaker.heard(AWAY)
        assert breaker.wait == PROBE_EVERY


def test_a_probe_that_goes_well_sets_the_provider_going_again(breaker: Breaker) -> None:
    breaker.heard(says("broken"))
    assert breaker.heard(says("accepted"))
    assert (breaker.paused, breaker.reason, breaker.wait) == (False, None, 0)


def test_there_is_always_a_reason_for_people_to_read(breaker: Breaker) -> None:
    breaker.heard(says("broken"))
    assert breaker.reason
