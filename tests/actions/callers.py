"""Callers on a shift, as a program of its own: `python -m tests.actions.callers URL MINUTES CALLS NAME...`.

Each name is a caller in a thread, who rings so many people and keeps the next one in hand (0: rings on to the end). A
line is printed when a call is in hand, and when it is out of it again: `took MONOTONIC CALLER CALL NUMBER` and
`done MONOTONIC CALLER CALL NUMBER`. It ends when none of them gets a call.
"""

from __future__ import annotations

import itertools
import sys
import threading
import time
from datetime import timedelta

from actions import shift
from core.people import Role
from core.roles import Actor
from store.database import Database
from tests.actions.meetings import around
from tests.actions.ringing import NOON

_print = threading.Lock()


def tell(what: str, *words: str) -> None:
    with _print:
        sys.stdout.write(" ".join((what, str(time.monotonic_ns()), *words)) + "\n")
        sys.stdout.flush()


def ring(database: Database, name: str, minutes: int, calls: int = 0) -> None:
    actor, now = Actor(name, Role.CALLER), around(NOON + timedelta(minutes=minutes))
    for number in itertools.count(1):
        with database.writing() as session:
            held = shift.next_call(session, actor, now)
        if held is None:
            return
        tell("took", name, held.call, held.dial)
        if number > calls > 0:
            threading.Event().wait()
        tell("done", name, held.call, held.dial)  # before it is saved: then it is free for others
        with database.writing() as session:
            shift.save(session, actor, held.token, held.call, "reached", "", now)


def main() -> None:
    url, minutes, calls, *names = sys.argv[1:]
    database = Database(url)
    threads = [threading.Thread(target=ring, args=(database, name, int(minutes), int(calls))) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.close()


if __name__ == "__main__":
    main()
