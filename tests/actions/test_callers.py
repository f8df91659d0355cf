from __future__ import annotations

import itertools
import math
import subprocess
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO

import pytest
from sqlmodel import select

from actions import shift
from store.database import Database
from store.shift import Waiting
from store.tables import CallLease, CallOutcome, Delivery
from tests.actions import callers
from tests.actions.ringing import CORA, NOON, at, list_calls, number
from tests.store.people import add_person, publish

ROOT = Path(__file__).resolve().parents[2]


def town(database: Database, people: int, lists: int) -> int:
    """Puts people in, of whom every tenth shares a number with the one before, and has them on the call list.

    All are to be rung about one notice. Each of two who ring from paper has `lists` more, each about a notice for five
    of those who come last on the screens. Returns how many calls there are.
    """
    groups = [f"paper-{n % 2}-{n}" for n in range(2 * lists)]
    with database.writing() as session:
        for n in range(people):
            shared = n - (n % 10 == 9)
            listed = groups[(people - 1 - n) // 5 :][:1]
            add_person(session, f"Person {n:03}", "phone", addresses={"phone": number(shared)}, groups=listed)
        publish(session)
        for group in groups:
            publish(session, group, group=group)
        list_calls(session)
    return people + 5 * len(groups)


@contextmanager
def doomed(url: str, each: int, calls: int = 0) -> Iterator[tuple[IO[str], list[str]]]:
    """Callers at work in a process of their own, which is killed; gives their voice, and what was said so far."""
    command = [sys.executable, "-m", "tests.actions.callers", url, "0", str(calls), *names(0, each)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            said = [process.stdout.readline()]
            yield process.stdout, said
        finally:
            process.kill()
        said += process.stdout.readlines()


def names(group: int, each: int) -> list[str]:
    """So many callers, one of them with lists on paper."""
    return [f"paper-{group}", *(f"caller-{group}-{n}" for n in range(1, each))]


def test_some_of_the_callers_are_killed_and_everybody_is_rung_once(database: Database, database_url: str) -> None:
    each = 4
    total = town(database, 60, lists=2)
    with doomed(database_url, each, 2) as (pipe, said):
        others = threading.Thread(target=callers.run, args=(database_url, 0, 0, names(1, each), said.append))
        kept, ended = 0, 0
        while kept + ended < each:  # then each has another in hand, on screen or on paper, or nobody was left
            said.append(line := pipe.readline())
            kept, ended = kept + line.startswith("keeps"), ended + line.startswith("ends")
            if kept and not others.ident:
                others.start()
    left = end_of_shift(database, said, others, total)
    assert left.held + left.paper >= kept
    assert kept


@pytest.mark.chaos
def test_twenty_callers_ring_five_hundred_people_and_some_are_killed(database: Database, database_url: str) -> None:
    each = 10
    total = town(database, 500, lists=8)
    with doomed(database_url, each) as (pipe, said):
        others = threading.Thread(target=callers.run, args=(database_url, 0, 0, names(1, each), said.append))
        others.start()
        said += [pipe.readline() for _ in range(100)]  # in the midst of it, with calls in its hands
    left = end_of_shift(database, said, others, total)
    assert left.held + left.paper > 0


def end_of_shift(database: Database, said: list[str], others: threading.Thread, total: int) -> Waiting:
    """Whoever the killed had in hand is rung when the leases have run out, and nobody twice.

    Until then nobody gets them: those in hand, on a screen or on paper, and who shares a number with them. Returns who
    is left when the others are done.
    """
    others.join()
    assert [line for line in said if line.startswith("wrong")] == []
    assert {line.split()[2].partition("-")[0] for line in said if line.startswith("done")} == {"caller", "paper"}
    with database.reading() as session:
        left = shift.waiting(session, CORA, at())
        assert left.free == 0
        assert session.exec(select(CallLease).where(CallLease.until > NOON + timedelta(minutes=15))).all() == []
    callers.ring(database, "the last", 15)
    with database.reading() as session:
        assert Counter(session.exec(select(Delivery.state)).all()) == {"delivered": total}
        assert len(session.exec(select(CallOutcome)).all()) == total
        assert session.exec(select(CallLease)).all() == []
    assert overlaps(said) == []
    return left


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
    for (caller, _), (begun, dial) in under_way.items():
        spans[dial].append((begun, math.inf, caller))
    return [
        f"{dial}: {one} and {other}"
        for dial, those in spans.items()
        for one, other in itertools.combinations(sorted(those), 2)
        if other[0] < one[1] and other[2] != one[2]
    ]
