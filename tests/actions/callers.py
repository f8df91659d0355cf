"""Callers on a shift, here or as a program of its own: `python -m tests.actions.callers URL MINUTES CALLS NAME...`.

Each name is a caller in a thread, who rings so many people and keeps the next one in hand (0: rings on to the end). A
line is printed when a call is in hand, and when it is out of it again: `took MONOTONIC CALLER CALL NUMBER` and
`done MONOTONIC CALLER CALL NUMBER`; then `keeps MONOTONIC CALLER`, or `ends MONOTONIC CALLER` where there is nobody
left. The first name begins with "paper" and rings from lists: one for each notice whose key begins with the name,
handed out and brought back; with CALLS they keep the second list. It ends when none of them gets a call.
"""

from __future__ import annotations

import itertools
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta

from sqlmodel import col, select

from actions import call_lists, shift
from actions.call_returns import begin, note_rows, read_calls
from actions.leaving import Surroundings
from core.errors import UserError
from core.people import Role
from core.roles import Actor
from core.sheets import Table, read_sheet, write_csv
from store.database import Database
from store.tables import Notice
from tests.actions.meetings import around
from tests.actions.ringing import NOON

LIST = "list.csv"
ON_PAPER = timedelta(minutes=14)
"""How long a list is somebody's: no longer than what is on a screen, which goes back after a quarter of an hour."""

Tell = Callable[[str], None]


def ring(database: Database, name: str, minutes: int, calls: int = 0, tell: Tell = lambda line: None) -> None:
    actor, now = Actor(name, Role.CALLER), around(NOON + timedelta(minutes=minutes))
    for number in itertools.count(1):
        with database.writing() as session:
            held = shift.next_call(session, actor, now)
        if held is None:
            tell(line("ends", name))
            return
        tell(line("took", name, held.call, held.dial))
        if number > calls > 0:
            keep(name, tell)
        tell(line("done", name, held.call, held.dial))  # before it is saved: then it is free for others
        with database.writing() as session:
            shift.save(session, actor, held.token, held.call, "reached", "", now)


def ring_from_paper(
    database: Database, name: str, minutes: int, calls: int, tell: Tell, drawn_one: threading.Event
) -> None:
    actor, now = Actor("coordinator", Role.COORDINATOR), around(NOON + timedelta(minutes=minutes))
    with database.reading() as session:
        notices = session.exec(
            select(Notice.uid).where(col(Notice.key).startswith(name)).order_by(col(Notice.id))
        ).all()
    for number, notice in enumerate(notices, 1):
        drawn = handed_out(database, actor, name, notice, now)
        drawn_one.set()
        held = drawn.calls if drawn else ()
        for one in held:
            tell(line("took", name, one.id, f"tel:{one.number}"))
        if number > 1 and calls > 0:
            keep(name, tell)
        for one in held:
            tell(line("done", name, one.id, f"tel:{one.number}"))
        if drawn is None:
            continue
        sheet = read_sheet(drawn.file().data, LIST)
        rows = [[*{**row.cells, "outcome": "reached"}.values()] for row in sheet.rows]
        file = read_calls(write_csv(Table("Calls", sheet.header, rows)), LIST)
        with database.reading() as session:
            came = begin(session, actor, file)
        for part in file.parts():
            with database.writing() as session:
                note_rows(session, actor, part, now, came)
        if came.noted != len(held) or came.flagged or came.errors:
            tell(line("wrong", name, repr(came)))
    tell(line("ends", name))


def handed_out(database: Database, actor: Actor, name: str, notice: str, now: Surroundings) -> call_lists.Drawn | None:
    """Draws a list up until what stands in it still holds as it is handed out; None where nobody is left."""
    while True:
        try:
            with database.reading() as session:
                drawn = call_lists.draw(session, actor, LIST, now, notice=notice, caller=name, until=now.now + ON_PAPER)
        except UserError:
            return None
        with database.writing() as session:
            if call_lists.hand_out(session, actor, drawn):
                return drawn


def line(what: str, *words: str) -> str:
    return " ".join((what, str(time.monotonic_ns()), *words)) + "\n"


def keep(name: str, tell: Tell) -> None:
    tell(line("keeps", name))
    threading.Event().wait()


def run(url: str, minutes: int, calls: int, names: Sequence[str], tell: Tell) -> None:
    """Has each caller ring in a thread of its own, until none gets a call; first of all a list is drawn up."""
    database, drawn = Database(url), threading.Event()
    threads = [
        threading.Thread(target=ring_from_paper, args=(database, name, minutes, calls, tell, drawn))
        if name.startswith("paper")
        else threading.Thread(target=ring, args=(database, name, minutes, calls, tell))
        for name in names
    ]
    for thread in threads:
        thread.start()
        drawn.wait()
    for thread in threads:
        thread.join()
    ring(database, names[-1], minutes, calls, tell)  # about something else, those who were on the last list
    database.close()


def main() -> None:
    url, minutes, calls, *names = sys.argv[1:]
    lock = threading.Lock()

    def tell(line: str) -> None:
        with lock:
            sys.stdout.write(line)
            sys.stdout.flush()

    threading.excepthook = _fail
    run(url, int(minutes), int(calls), names, tell)


def _fail(what: threading.ExceptHookArgs) -> None:
    """Ends the program where one of its callers has met an error: whoever listens would wait for that one for ever."""
    sys.__excepthook__(what.exc_type, what.exc_value or SystemExit(), what.exc_traceback)
    os._exit(1)


if __name__ == "__main__":
    main()
