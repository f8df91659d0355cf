"""Takes the time of the timetable's own work: planning many meetings anew, and one of them after an edit.

usage: python -m benchmarks.timetable COUNT ROUNDS (settings from the environment, as the service takes them)

Prints one line of JSON: the seconds of each rebuild from nothing, of each rebuild that finds all as it was, and of
each edit: a move with all that follows, in one transaction.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from sqlalchemy import text

from actions import meetings as actions
from actions.leaving import Surroundings
from actions.meeting_orders import Change
from cli.service import House, build
from config.settings import load
from core.calendar import wall
from core.meetings import Meeting
from core.roles import TERMINAL
from core.strategy import Strategy
from store import meetings
from store.database import Session
from store.rebuild import rebuild as rebuild_all
from store.tables.base import new_uid

T = TypeVar("T")

DAY = timedelta(days=1)
NOTICES = 4
"""The invitation, two reminders and the thanks."""


class Times(NamedTuple):
    """Seconds, one figure a round."""

    rebuilds: list[float]
    again: list[float]
    edits: list[float]


def measure(count: int, rounds: int, environ: Mapping[str, str]) -> Times:
    """Takes the times with `count` meetings in a throw-away installation, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.timetable", str(count), str(rounds)],
        check=True,
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        text=True,
    )
    return Times(**json.loads(done.stdout))


def take(count: int, rounds: int) -> Times:
    """Puts the meetings in and takes the times."""
    house = build(load())
    strategy, zone, now = Strategy(), house.settings.timezone, house.clock.now()
    start = wall(now, zone).replace(hour=14, minute=0, second=0, microsecond=0) + 30 * DAY
    ids = fill(house, start, count, now)
    write = house.database.writing

    def rebuild() -> int:
        with write() as session:
            return rebuild_all(session, strategy, zone, house.clock.now())

    times = Times([], [], [])
    for number in range(rounds):
        with write() as session:
            session.connection().execute(text("DELETE FROM planned"))
        seconds, changed = timed(rebuild)
        assert changed == NOTICES * count, "every meeting makes its notices"
        times.rebuilds.append(seconds)
        seconds, changed = timed(rebuild)
        assert changed == 0, "nothing has changed since"
        times.again.append(seconds)
        around = Surroundings(house.settings, house.channels, house.clock.now(), strategy)
        for id_ in ids[number :: max(1, count // 10)]:
            move = Change(id_, starts=f"{start + (number + 1) * DAY:%Y-%m-%d} 15:00")

            def edit(move: Change = move, around: Surroundings = around) -> None:
                with write() as session:
                    actions.move(session, TERMINAL, move, around)

            times.edits.append(timed(edit)[0])
    house.close()
    return times


def fill(house: House, start: datetime, count: int, now: datetime) -> list[str]:
    """Writes the meetings down, one for each day of about a year in turn; returns their ids."""

    def page(session: Session, first: int) -> list[str]:
        found = []
        for number in range(first, min(first + 500, count)):
            meeting = replace(usual, id=new_uid(), starts=start + (number % 360) * DAY)
            meetings.add(session, meeting, "bench", now)
            found.append(meeting.id)
        return found

    zone = house.settings.timezone
    usual = Meeting("", "Planning meeting", start, zone, 90, place="The library", thanks="Thank you, {first_name}.")
    ids = []
    for first in range(0, count, 500):
        with house.database.writing() as session:
            ids += page(session, first)
    return ids


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Returns how many seconds something took, and what it gave."""
    begin = time.perf_counter()
    given = work()
    return time.perf_counter() - begin, given


if __name__ == "__main__":
    print(json.dumps(take(int(sys.argv[1]), int(sys.argv[2]))._asdict()))
