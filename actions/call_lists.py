"""Call lists that go out, as a sheet or on paper: made first, then handed to a caller until a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Final, NamedTuple

from actions import fonts
from actions.call_lines import HEADINGS, Lines, row_of
from actions.leaving import Surroundings
from core.call_sheet import MOST_PRINTED, Faces, print_calls
from core.errors import UserError
from core.people import Role
from core.printed_call import Unprintable, words_on
from core.roles import Actor
from core.sheets import KINDS, Table, write_sheet
from core.speech import IN_ENGLISH, Speech
from store import call_log, calls, paper, shift
from store.audit import note
from store.calls import Call
from store.database import Database, Session
from store.paper import Out

LONGEST_CALLER: Final = 100
LONGEST_OUT: Final = timedelta(days=14)
"""How long a list may be somebody's: nobody else rings these people meanwhile."""

TRIES: Final = 3
"""How often a list is made anew because its people were rung or changed while it was made."""

PDF = ".pdf"


class Exported(NamedTuple):
    """A list that was made: the file, how many calls it has, whose it is, and what could not be printed in it."""

    data: bytes
    calls: int
    caller: str
    unprintable: Sequence[Unprintable] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """A list as it was at one moment. `by` is whose it is to be, as `store.paper` knows them, until `until`.

    `made` and `destroy` are by the group's own clock.
    """

    name: str
    calls: Sequence[Call]
    around: Surroundings
    caller: str
    by: str
    until: datetime | None
    made: datetime
    destroy: datetime

    def file(self) -> Exported:
        """Makes the file; a PDF takes seconds, so not while a transaction is open. Raises NoFont."""
        lines = Lines(self.around, {})
        if PurePath(self.name).suffix.lower() != PDF:
            rows = [row_of(lines.of(call), self.around.settings.zone) for call in self.calls]
            return Exported(write_sheet(self.name, Table("Calls", HEADINGS, rows)), len(self.calls), self.caller)
        papers = [lines.printed(call) for call in self.calls]
        group, speech = self.around.settings.group.name, self._speech
        days = (speech.day(self.made.date()), speech.day(self.destroy.date()))
        found = fonts.find(words_on(papers, group, self.caller, *days))
        sheet = print_calls(
            papers,
            Faces(found.base, found.bold, found.more, found.missing),
            group=group,
            caller=self.caller,
            made=self.made,
            destroy=self.destroy,
            speech=speech,
        )
        return Exported(sheet.data, len(papers), self.caller, sheet.unprintable)

    @property
    def _speech(self) -> Speech:
        return self.around.speech()


async def export(
    database: Database,
    actor: Actor,
    name: str,
    around: Surroundings,
    *,
    notice: str | None = None,
    caller: str = "",
    until: datetime | None = None,
    whole: bool = False,
    keep: Callable[[bytes], None] = lambda _: None,
) -> Exported:
    """Makes the call list as CSV, XLSX or PDF by the ending of `name`, with room for what came of each call.

    With a `caller` (a name) these people are theirs `until` a time (aware UTC): screens and other lists skip them. They
    are so only when the file is there and `keep` has kept it, and only if what stands in it is still true; otherwise
    it is made anew. With `whole` nothing is handed out of which something could not be printed.

    Raises UserError for another ending, for a time that is missing, past, too late or without a caller, for too many on
    a PDF, where nobody is left to be rung, and where the list changes faster than it is made.
    """
    for _ in range(TRIES):
        drawn = await database.read(draw, actor, name, around, notice=notice, caller=caller, until=until)
        made = await asyncio.to_thread(drawn.file)
        if whole and made.unprintable:
            return made

        def give(session: Session, drawn: Drawn = drawn, made: Exported = made) -> bool:
            given = hand_out(session, actor, drawn)
            if given:
                keep(made.data)
            return given

        if await database.write(give):
            return made
    raise UserError(
        "The people on this list were rung or changed while it was made", mend="Nothing was handed out. Try again soon."
    )


def draw(
    session: Session,
    actor: Actor,
    name: str,
    around: Surroundings,
    *,
    notice: str | None = None,
    caller: str = "",
    until: datetime | None = None,
) -> Drawn:
    """Draws up a list and changes nothing; whoever somebody else has in hand is not on it. Raises like `export`."""
    actor.must_be(Role.CALLER, "see the call list")
    caller = " ".join(caller.split())
    ending = PurePath(name).suffix.lower()
    _check(ending, caller, until, around)
    by = paper.caller_of(session, caller, around.now) if caller else ""
    found, others = _free(session, around, notice, by)
    if not found:
        raise _nobody(others)
    latest = max(call.not_after for call in found)
    if until is not None:
        _check_until(until, latest, around)
    if ending == PDF and len(found) > MOST_PRINTED:
        raise UserError(
            f"A printed list has room for {MOST_PRINTED} people, and {len(found):,} are to be rung",
            mend="Print the calls of one notice at a time, or make a sheet (.xlsx).",
        )
    zone = around.settings.zone
    called = call_log.names_of(session, {by}).get(by, by)
    made, destroy = around.now.astimezone(zone), (until or latest).astimezone(zone)
    return Drawn(name, found, around, called, by, until, made, destroy)


def hand_out(session: Session, actor: Actor, drawn: Drawn) -> bool:
    """Puts the calls of a list into its caller's hands; False, and nothing is done, where it is no longer true."""
    around = drawn.around
    if drawn.until is not None:
        shift.alone(session)
        free, _ = _free(session, around, None, drawn.by)
        still = {call.key: call for call in free}
        if any(still.get(call.key) != call for call in drawn.calls):
            return False
        paper.hand_out(session, [call.key for call in drawn.calls], drawn.by, drawn.until)
    detail = f"{len(drawn.calls)} calls{', handed out' if drawn.until else ''}"
    note(session, actor, "calls.export", "", detail, around.now)
    return True


def lists_out(session: Session, actor: Actor, around: Surroundings) -> list[Out]:
    """Lists who has calls on paper, how many, and until when."""
    actor.must_be(Role.CALLER, "see the call list")
    return paper.lists_out(session, around.now)


def take_back(session: Session, actor: Actor, caller: str, around: Surroundings) -> int:
    """Takes back what somebody has on paper, so that others can ring these people; returns how many calls."""
    actor.must_be(Role.COORDINATOR, "take back a list")
    taken = paper.take_back(session, caller, around.now)
    note(session, actor, "calls.take_back", "", f"{taken} calls", around.now)
    return taken


def _free(session: Session, around: Surroundings, notice: str | None, by: str) -> tuple[list[Call], int]:
    """Returns the open calls to whoever nobody but `by` has in hand, and how many more calls there are."""
    today = around.now.astimezone(around.settings.zone).date()
    found = calls.open_calls(session, today, notice, now=around.now)
    taken = paper.busy(session, around.now, but=by)
    free = [call for call in found if call.person not in taken]
    return free, len(found) - len(free)


def _check(ending: str, caller: str, until: datetime | None, around: Surroundings) -> None:
    if ending not in (*KINDS, PDF):
        raise UserError("The file's name must end in .csv, .xlsx or .pdf")
    if bool(caller) != (until is not None):
        raise UserError(
            "A list that is handed out needs both a name and a time",
            mend="Say who rings these people, and until when they have the list.",
        )
    if len(caller) > LONGEST_CALLER:
        raise UserError(f"The caller's name is longer than {LONGEST_CALLER} characters", mend="Shorten it.")
    if until is not None and until <= around.now:
        raise UserError("The list would be out of date as soon as it is made", where="until", mend="Say a later time.")


def _check_until(until: datetime, latest: datetime, around: Surroundings) -> None:
    """Refuses a time that would keep people from everybody else for longer than is of use."""
    at = IN_ENGLISH.when(min(latest, around.now + LONGEST_OUT).astimezone(around.settings.zone))
    if until > around.now + LONGEST_OUT:
        raise UserError(
            f"A list is somebody's for {LONGEST_OUT.days} days at most", where="until", mend=f"Say {at} or earlier."
        )
    if until > latest:
        what = "By then it is too late for every call on the list"
        raise UserError(what, where="until", mend=f"Say {at} or earlier.")


def _nobody(others: int) -> UserError:
    if others:
        have = "the one call that there is" if others == 1 else f"all {others:,} calls"
        return UserError(
            f"Nobody is left for this list: other callers have {have}",
            mend="See who has them, on the list of everybody who is to be rung (ringround calls list). "
            "A coordinator can take a list back.",
        )
    return UserError("Nobody has to be rung just now, so there is no list to make")
