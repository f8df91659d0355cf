"""The call list: whom to ring, why, what to say, and what came of it; on the screen, in a sheet and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import NamedTuple

from actions import fonts
from actions.call_lines import HEADINGS, CallLine, Scripts, line_of, printed, row_of
from actions.leaving import Surroundings
from core.call_codes import LENGTH, ending_of
from core.call_sheet import MOST_PRINTED, Faces, Printed, print_calls, words_on
from core.call_words import result_named
from core.errors import UserError
from core.people import Role
from core.roles import Actor
from core.sheets import KINDS, Table, write_sheet
from core.speech import Speech
from scheduler.dispatch import ways_of
from store import call_log, calls, overview, shift
from store.audit import note
from store.calls import Call
from store.database import Session

LONGEST_CALLER = 100
PDF = ".pdf"


class Exported(NamedTuple):
    """An exported list: the file, and the people whose names the fonts of this machine can't print."""

    data: bytes
    unprintable: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Export:
    """A list that is ready to be written. `lines` are its calls; `made` and `destroy` are by the group's own clock.

    `papers` are its calls as they are printed, for a PDF alone.
    """

    name: str
    lines: Sequence[CallLine]
    papers: Sequence[Printed]
    group: str
    caller: str
    made: datetime
    destroy: datetime
    speech: Speech

    def file(self) -> Exported:
        """Makes the file; a PDF takes seconds, so not while a transaction is open."""
        if PurePath(self.name).suffix.lower() != PDF:
            return Exported(write_sheet(self.name, Table("Calls", HEADINGS, [row_of(line) for line in self.lines])))
        found = fonts.find(words_on(self.papers, self.group, self.caller))
        sheet = print_calls(
            self.papers,
            Faces(found.base, found.bold, found.more, found.missing),
            group=self.group,
            caller=self.caller,
            made=self.made,
            destroy=self.destroy,
            speech=self.speech,
        )
        return Exported(sheet.data, sheet.unprintable)


def listing(session: Session, actor: Actor, around: Surroundings, notice: str | None = None) -> list[CallLine]:
    """Lists whom to ring now, the most urgent first; `notice` limits it to one."""
    actor.must_be(Role.CALLER, "see the call list")
    found, names = _open(session, around, notice)
    scripts = Scripts(around)
    return [line_of(call, scripts, names) for call in found]


def export(session: Session, actor: Actor, name: str, around: Surroundings, notice: str | None = None) -> bytes:
    """Writes the call list as CSV, XLSX or PDF by the ending of `name`; see `hand_out`."""
    return hand_out(session, actor, name, around, notice=notice).file().data


def hand_out(
    session: Session,
    actor: Actor,
    name: str,
    around: Surroundings,
    *,
    notice: str | None = None,
    caller: str = "",
    until: datetime | None = None,
) -> Export:
    """Draws up the call list as CSV, XLSX or PDF by the ending of `name`, with room for what came of each call.

    With a `caller` (a name) these people are theirs `until` a time (aware UTC): screens and other lists skip them.
    Whoever somebody else has in hand is not on the list. Raises UserError for another ending, for too many on a PDF,
    and for a time that is missing, past or without a caller.
    """
    actor.must_be(Role.CALLER, "see the call list")
    caller = " ".join(caller.split())
    ending = PurePath(name).suffix.lower()
    _check_hand_out(ending, caller, until, around)
    shift.alone(session)
    taken = shift.busy(session, around.now, but=caller)
    found, names = _open(session, around, notice)
    found = [call for call in found if call.person not in taken]
    if ending == PDF and len(found) > MOST_PRINTED:
        raise UserError(
            f"A printed list has room for {MOST_PRINTED} people, and {len(found):,} are to be rung",
            mend="Print the calls of one notice at a time, or make a sheet (.xlsx).",
        )
    if caller and until:
        shift.hand_out(session, [call.key for call in found], caller, until)
    note(session, actor, "calls.export", "", f"{len(found)} calls{', handed out' if caller else ''}", around.now)
    scripts = Scripts(around)
    lines = [line_of(call, scripts, names) for call in found]
    on_paper = zip(found, lines, strict=True) if ending == PDF else ()
    papers = [printed(call, line, scripts) for call, line in on_paper]
    ends = until or max((call.not_after for call in found), default=around.now)
    return Export(
        name=name,
        lines=lines,
        papers=papers,
        group=around.settings.group.name,
        caller=caller,
        made=around.now.astimezone(around.settings.zone),
        destroy=ends.astimezone(around.settings.zone),
        speech=around.speech(),
    )


def handed_out(session: Session, actor: Actor, around: Surroundings) -> list[tuple[str, int, datetime]]:
    """Lists who has calls on paper, how many, and until when."""
    actor.must_be(Role.CALLER, "see the call list")
    return shift.on_paper(session, around.now)


def take_back(session: Session, actor: Actor, caller: str, around: Surroundings) -> int:
    """Takes back what somebody has on paper, so that others can ring these people; returns how many calls."""
    actor.must_be(Role.COORDINATOR, "take back a list")
    taken = shift.take_back(session, caller)
    note(session, actor, "calls.take_back", "", f"{taken} calls", around.now)
    return taken


def record(session: Session, actor: Actor, code: str, outcome: str, remark: str, around: Surroundings) -> None:
    """Notes what came of a call; raises UserError for a code or an outcome that there is not."""
    actor.must_be(Role.CALLER, "note what came of a call")
    found = overview.calls_ending(session, ending) if len(ending := ending_of(code)) >= LENGTH else []
    if len(found) != 1:
        raise UserError(f"No call has the code {code[:40]!r}", mend="ringround calls list shows them.")
    result = result_named(outcome)
    calls.record_call(session, found[0], result, remark, actor.name, around.now, ways_of(around.channels))
    note(session, actor, "calls.record", found[0], result, around.now)


def _open(session: Session, around: Surroundings, notice: str | None) -> tuple[list[Call], dict[str, str]]:
    """Returns the open calls, and the names of the callers who have some of them in hand."""
    today = around.now.astimezone(around.settings.zone).date()
    found = calls.open_calls(session, today, notice, now=around.now)
    return found, call_log.names_of(session, {call.held_by_caller for call in found if call.held_by_caller})


def _check_hand_out(ending: str, caller: str, until: datetime | None, around: Surroundings) -> None:
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
