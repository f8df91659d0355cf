"""The whole process stands still for longer than a lease, as on a laptop that sleeps, and then goes on."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.provider import until
from tests.faults.slow import short_leases
from tests.faults.town import Town, town

LEASE = 3.0
PEOPLE = 120


@contextmanager
def asleep(place: Town) -> Iterator[None]:
    os.kill(place.program.pid, signal.SIGSTOP)
    yield
    os.kill(place.program.pid, signal.SIGCONT)


def settled(place: Town) -> bool:
    """Whether nothing is under way, and whatever still waits has been put off by its provider."""
    waiting = [fate for fate in place.crowd.fates() if fate.state == "queued" and not fate.attempts]
    return not waiting and not place.crowd.states()["sending"]


def test_a_sleep_longer_than_a_lease_doubles_nobody_and_late_answers_are_taken(
    sqlite_template: Path, tmp_path: Path
) -> None:
    with town(tmp_path, sqlite_template, latency=0.7, unknown_wait=60) as place:
        place.crowd.join(PEOPLE)
        place.crowd.publish()
        place.program.start(short_leases, str(LEASE))
        until(lambda: place.provider.arrived >= 15, lambda: place.program.said)
        with asleep(place):
            in_flight = place.provider.in_flight(time.monotonic())
            time.sleep(LEASE + 1.5)  # the answers come meanwhile, and nobody reads them
        assert in_flight
        until(lambda: settled(place), lambda: f"{place.crowd.states()} {place.program.said}")
        assert place.program.stop() < 5
        told, fates = place.provider.told, place.crowd.fates()
    assert len(fates) == PEOPLE
    assert set(told.values()) == {1}
    assert {fate.told for fate in fates if fate.state in ("accepted", "delivered")} <= set(told)
    # All that a provider took is known to have been taken: what was in flight was answered late, and that counts.
    assert {fate.told for fate in fates if fate.state in ("accepted", "delivered")} == set(told)


def test_an_answer_that_comes_after_the_lease_settles_the_doubt(sqlite_template: Path, tmp_path: Path) -> None:
    """Nothing stands still here but the provider: it takes longer than a lease to answer."""
    with town(tmp_path, sqlite_template, latency=4.0, unknown_wait=60) as place:
        place.crowd.join(3, ("sms",))
        place.crowd.publish()
        place.program.start(short_leases, "1")
        until(lambda: place.crowd.states() == {"unknown": 3}, lambda: f"{place.crowd.states()} {place.program.said}")
        until(lambda: place.crowd.states() == {"accepted": 3}, lambda: f"{place.crowd.states()} {place.program.said}")
        assert place.program.stop() < 5
        fates = place.crowd.fates()
        assert set(place.provider.told.values()) == {1}
    assert {(fate.attempts, fate.crashes) for fate in fates} == {(1, 1)}, "the same attempt, by its own token"
