"""The service is killed over and over while it tells everybody, and nobody is lost or told twice.

The judge is the log of the providers, which run in a process that is never killed.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.delivery import DuplicatePolicy
from core.retry import MOST_CRASHES
from tests.faults.program import Patch
from tests.faults.provider import Told, until
from tests.faults.town import CONCURRENCY, RATES, Town, town
from tests.faults.unclaimed import send_without_claims

MOSTLY_QUICK = ("email", "sms", "email", "sms", "email", "sms", "telegram")
"""Whom the people are told by: Telegram takes no more than 30 messages a second."""

SILENCE, TWICE = DuplicatePolicy.PREFER_SILENCE, DuplicatePolicy.PREFER_TELLING_TWICE

MOST_IN_DOUBT = sum(2 * RATES[channel] + CONCURRENCY[channel] for channel in RATES)
"""The most that one kill may leave in doubt.

On each channel one and a half batches wait and as many are under way as the channel sends at once; half a batch more
has been answered and is about to be written down. A batch is a second's worth.
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a run came to, by the providers' log and the service's own rows."""

    recipients: int
    in_flight: list[int]
    """Sends in flight at each kill, by the log."""
    crashed: int
    """Attempts that the kills left in doubt, by the rows."""
    states: Counter[str]
    lost: list[Told]
    """Accepted by the rows, and not in the log."""
    gone: list[Told]
    """Neither in the log nor left to a person: nobody would ever know."""
    twice: list[Told]
    given_up: list[Told]
    seconds: float

    def __str__(self) -> str:
        return (
            f"{self.recipients} recipients, {len(self.in_flight)} kills, in flight {self.in_flight}, "
            f"in doubt {self.crashed}, {dict(self.states)}, lost {len(self.lost)}, gone {len(self.gone)}, "
            f"twice {len(self.twice)}, given up {len(self.given_up)}, {self.seconds:.1f} s"
        )


def seeded() -> random.Random:
    seed = int(os.environ.get("RINGROUND_SEED") or random.SystemRandom().randrange(2**32))
    print(f"RINGROUND_SEED={seed}")
    return random.Random(seed)


def kill_over_and_over(
    place: Town, dice: random.Random, kills: int, arrivals: tuple[int, int], patch: Patch | None = None
) -> list[float]:
    """Kills the service so many times, each at a random moment of its work; gives the moments."""
    moments = []
    for _ in range(kills):
        place.program.start(patch)
        wanted = place.provider.arrived + dice.randint(*arrivals)
        until(lambda: place.provider.arrived >= wanted or place.drained(), lambda: place.program.said)  # noqa: B023
        time.sleep(dice.uniform(0, 0.05))
        moments.append(place.program.kill())
    return moments


def judged(place: Town, moments: list[float], begun: float) -> Verdict:
    told, fates = place.provider.told, place.crowd.fates()
    accepted = {fate.told for fate in fates if fate.state in ("accepted", "delivered")}
    # What was in hand at three kills is taken to be their cause, and staff are asked to tell the person.
    given_up = [
        fate.told for fate in fates if fate.state == "failed" and fate.crashes >= MOST_CRASHES and fate.task == "open"
    ]
    left_to_people = {fate.told for fate in fates if fate.state == "review"} | set(given_up)
    assert len(fates) == len({fate.told for fate in fates}) == place.crowd.recipients
    assert set(told) <= {fate.told for fate in fates}
    return Verdict(
        recipients=place.crowd.recipients,
        in_flight=[place.provider.in_flight(moment) for moment in moments],
        crashed=sum(fate.crashes for fate in fates),
        states=Counter(fate.state for fate in fates),
        lost=[one for one in accepted if one not in told],
        gone=[fate.told for fate in fates if fate.told not in accepted | left_to_people],
        twice=[one for one, times in told.items() for _ in range(times - 1)],
        given_up=given_up,
        seconds=time.monotonic() - begun,
    )


def check(verdict: Verdict, place: Town, policy: DuplicatePolicy, people: int) -> None:
    kills = len(verdict.in_flight)
    print(verdict)
    assert verdict.recipients == people
    assert sum(flying > 0 for flying in verdict.in_flight) >= 0.8 * kills
    assert not verdict.lost
    assert not verdict.gone
    assert 0 < verdict.crashed <= kills * MOST_IN_DOUBT
    assert verdict.crashed <= 4 * sum(verdict.in_flight), "little more is in hand than is in flight"
    assert verdict.states["unknown"] == 0
    if policy is SILENCE:
        assert not verdict.twice
        assert verdict.states["review"] <= verdict.crashed
        asked = [fate for fate in place.crowd.fates() if fate.told.channel == "sms"]
        assert {fate.state for fate in asked} <= {"accepted", "delivered", "failed"}, "the texts could be looked up"
    else:
        assert len(verdict.twice) <= sum(verdict.in_flight)
        assert verdict.states["review"] == 0
    rest = verdict.states["accepted"] + verdict.states["delivered"]
    assert rest == people - verdict.states["review"] - len(verdict.given_up)


@pytest.mark.parametrize(
    ("policy", "people", "arrivals"),
    [(SILENCE, 2000, (20, 110)), (TWICE, 2000, (20, 110))],
    ids=["prefer silence", "prefer telling twice"],
)
def test_ten_kills_lose_nobody_and_double_nobody(
    policy: DuplicatePolicy, people: int, arrivals: tuple[int, int], sqlite_template: Path, tmp_path: Path
) -> None:
    dice, begun = seeded(), time.monotonic()
    with town(tmp_path, sqlite_template) as place:
        place.crowd.join(people, MOSTLY_QUICK)
        place.crowd.publish(policy)
        moments = kill_over_and_over(place, dice, 10, arrivals)
        place.finish()
        verdict = judged(place, moments, begun)
        check(verdict, place, policy, people)
        assert not verdict.given_up, "nobody was in hand at three kills"


@pytest.mark.chaos
@pytest.mark.parametrize("policy", [SILENCE, TWICE], ids=["prefer silence", "prefer telling twice"])
def test_two_hundred_kills_lose_nobody_and_double_nobody(
    policy: DuplicatePolicy, sqlite_template: Path, tmp_path: Path
) -> None:
    dice, begun = seeded(), time.monotonic()
    arrivals = (20, 110) if policy is SILENCE else (90, 180)
    moments = []
    with town(tmp_path, sqlite_template) as place:
        place.crowd.join(2000)
        for _ in range(20):
            place.crowd.publish(policy)
            moments += kill_over_and_over(place, dice, 10, arrivals)
            place.finish()
        check(judged(place, moments, begun), place, policy, 40_000)


def test_without_the_claim_the_same_kills_double_people(sqlite_template: Path, tmp_path: Path) -> None:
    """The test of the test: rows that are sent first and marked afterwards do not survive it."""
    dice, begun = seeded(), time.monotonic()
    with town(tmp_path, sqlite_template) as place:
        place.crowd.join(450)
        place.crowd.publish(SILENCE)
        moments = kill_over_and_over(place, dice, 3, (50, 90), send_without_claims)
        place.finish(send_without_claims)
        verdict = judged(place, moments, begun)
        print(verdict)
        assert verdict.recipients == 450
        assert verdict.twice
