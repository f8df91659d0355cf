from __future__ import annotations

import itertools
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import timedelta
from pathlib import Path
from typing import IO

import pytest
from sqlmodel import select

from actions import shift
from store.database import Database
from store.tables import CallLease, CallOutcome, Delivery
from tests.actions import callers
from tests.actions.ringing import CORA, NOON, at, list_calls, number
from tests.store.people import add_person, publish

ROOT = Path(__file__).resolve().parents[2]


def town(database: Database, people: int) -> None:
    """Puts people in, of whom every tenth shares a number with the one before, and has them on the call list."""
    with database.writing() as session:
        for n in range(people):
            shared = n - (n % 10 == 9)
            add_person(session, f"Person {n:03}", "phone", addresses={"phone": number(shared)})
        publish(session)
        list_calls(session)


def start(url: str, group: int, each: int, calls: int = 0) -> subprocess.Popen[str]:
    names = [f"caller-{group}-{n}" for n in range(each)]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.actions.callers", url, "0", str(calls), *names],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def pipe(process: subprocess.Popen[str]) -> IO[str]:
    assert process.stdout is not None
    return process.stdout


def test_some_of_the_callers_are_killed_and_everybody_is_rung_once(database: Database, database_url: str) -> None:
    each, calls, people = 4, 2, 60
    town(database, people)
    doomed = start(database_url, 0, each, calls)
    said = [pipe(doomed).readline()]
    other = start(database_url, 1, each)
    said += [pipe(doomed).readline() for _ in range(each * (2 * calls + 1) - 1)]  # then each has one more in hand
    end_of_shift(database, said, doomed, other, people, at_least=each, at_most=2 * each)


@pytest.mark.chaos
def test_twenty_callers_ring_five_hundred_people_and_some_are_killed(database: Database, database_url: str) -> None:
    each, people = 10, 500
    town(database, people)
    doomed, other = (start(database_url, group, each) for group in range(2))
    said = [pipe(doomed).readline() for _ in range(60)]  # in the midst of it, with calls in its hands
    end_of_shift(database, said, doomed, other, people, at_least=1, at_most=2 * each)


def end_of_shift(
    database: Database,
    said: list[str],
    doomed: subprocess.Popen[str],
    other: subprocess.Popen[str],
    people: int,
    *,
    at_least: int,
    at_most: int,
) -> None:
    """Kills one of two processes; whoever it had in hand is rung when the leases have run out, and nobody twice.

    Until then so many are held: those in hand, and who shares a number with them.
    """
    doomed.kill()
    for process in (doomed, other):
        said += pipe(process).readlines()
        process.wait(60)
        pipe(process).close()
    assert other.returncode == 0
    with database.reading() as session:
        left = shift.waiting(session, CORA, at())
        assert left.free == 0
        assert at_least <= left.held <= at_most
        assert session.exec(select(CallLease).where(CallLease.until > NOON + timedelta(minutes=15))).all() == []
    callers.ring(database, "the last", 15)
    with database.reading() as session:
        states = Counter(session.exec(select(Delivery.state)).all())
        assert states == {"delivered": people}
        assert len(session.exec(select(CallOutcome)).all()) == people
        assert session.exec(select(CallLease)).all() == []
    assert overlaps(said) == []


def overlaps(said: list[str]) -> list[str]:
    """Names the numbers that two callers had in hand at once; a call that was never put down lasts for ever."""
    spans: dict[str, list[tuple[int, float, str]]] = defaultdict(list)
    under_way: dict[tuple[str, str], tuple[int, str]] = {}
    for line in said:
        if line.count(" ") != 4 or not line.endswith("\n"):
            continue  # cut off by the kill
        what, moment, caller, call, dial = line.split()
        if what == "took":
            under_way[caller, call] = (int(moment), dial)
        else:
            begun, _ = under_way.pop((caller, call))
            spans[dial].append((begun, int(moment), caller))
    found = []
    for dial, those in spans.items():
        those.sort()
        found += [dial for one, other in itertools.pairwise(those) if other[0] < one[1]]
    return found
