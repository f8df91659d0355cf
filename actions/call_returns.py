"""What comes back on a filled call list: noted once however often it is brought in, and never over somebody's head."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from actions.answers import answer_meeting, takes_answers
from actions.leaving import Surroundings
from actions.promises import BACK_AT, check_promise
from core.calendar import instant
from core.call_codes import LENGTH
from core.call_rows import CallFile, CallRow, read_calls
from core.calls import CallResult
from core.delivery import State
from core.errors import UserError
from core.people import PHONE, Role
from core.person_row import Problem
from core.roles import Actor
from scheduler.dispatch import ways_of
from store import call_log, call_results, calls, shift
from store.audit import note
from store.calls import Coded
from store.database import Session

__all__ = ["Imported", "begin", "note_rows", "read_calls"]  # the doors take the reading and the noting from here

STILL_COUNTS = (CallResult.REACHED, CallResult.WRONG_NUMBER, CallResult.NUMBER_DEAD, CallResult.DO_NOT_CALL)
"""What is true whatever became of the call meanwhile: that they were told, and what is wrong with the number."""

MOST_LISTED = 500
"""Flagged rows and errors that are listed one by one."""


@dataclass(slots=True)
class Imported:
    """What a filled list brought: how many results were noted, how many rows brought nothing new.

    `flagged` are rows whose call was noted elsewhere meanwhile, with what was noted; `errors` those that can't be
    understood. `woken` are the channels on which something new is now waiting.
    """

    noted: int = 0
    unchanged: int = 0
    flagged: list[Problem] = field(default_factory=list)
    errors: list[Problem] = field(default_factory=list)
    woken: set[str] = field(default_factory=set)

    def add(self, part: Imported) -> None:
        """Adds what one more part of the list brought."""
        self.noted += part.noted
        self.unchanged += part.unchanged
        self.flagged += part.flagged
        self.errors = sorted([*self.errors, *part.errors], key=lambda one: one.row)
        self.woken |= part.woken

    def to_json(self) -> dict[str, Any]:
        """Gives it as plain data."""
        return {
            "noted": self.noted,
            "unchanged": self.unchanged,
            "flagged": [one.to_json() for one in self.flagged],
            "errors": [one.to_json() for one in self.errors],
        }


def begin(session: Session, actor: Actor, file: CallFile) -> Imported:
    """Looks at a filled call list (see `read_calls`) and changes nothing; `note_rows` adds to what it returns.

    Raises UserError for a list of other people's calls.
    """
    actor.must_be(Role.CALLER, "bring a call list back")
    if file.rows and not calls.by_codes(session, [row.code for row in file.rows]):
        raise UserError(
            "No row has the code of a call of this group",
            where=file.name,
            mend="Is it the right file? Lists are made by: ringround calls export calls.xlsx.",
        )
    return Imported(unchanged=len(file.rows) - len(file.noted), errors=[*file.errors])


def note_rows(session: Session, actor: Actor, rows: Sequence[CallRow], around: Surroundings, done: Imported) -> None:
    """Notes what one part of a filled call list says and adds to `done` what came of it; twice changes nothing."""
    actor.must_be(Role.CALLER, "bring a call list back")
    part = Imported()
    shift.alone(session)
    known = calls.by_codes(session, [row.code for row in rows])
    for row in rows:
        if row.result is None:
            part.unchanged += 1
        elif (problem := _unknown(row, known)) is not None:
            part.errors.append(problem)
        else:
            _note_row(session, actor, row, row.result, known[row.code][0], around, part)
    detail = f"{part.noted} noted, {len(part.flagged)} flagged, {len(part.errors)} errors"
    note(session, actor, "calls.import", "", detail, around.now)
    done.add(part)


def _unknown(row: CallRow, known: Mapping[str, list[Coded]]) -> Problem | None:
    found = known.get(row.code, []) if len(row.code) == LENGTH else []
    if len(found) == 1:
        return None
    what = "More than one call has this code" if found else "No call has this code"
    return Problem(row.number, "code", what, "Copy it from the list that was handed out.", row.name)


def _note_row(
    session: Session, actor: Actor, row: CallRow, result: CallResult, call: Coded, around: Surroundings, done: Imported
) -> None:
    """Notes one row under a token of its own: the call, and how often it had been tried when the list was made."""
    before = call_results.noted_of(session, call.key)
    token = f"sheet:{call.uid}:{result if row.tries is None else row.tries}"
    again = next((one for one in before if one.token == token), None)
    if again is not None and again.outcome == result:
        done.unchanged += 1
        return
    settled = call.state != State.ACCEPTED
    if again is not None:
        token = f"{token}:{result}"
    if again is not None or settled or (row.tries is not None and len(before) > row.tries):
        if any(one.token == token for one in before):
            done.unchanged += 1
            return
        names = call_log.names_of(session, {one.by for one in before})
        last = before[-1] if before else None
        what = (
            f"Noted meanwhile by {names.get(last.by, last.by)}: {last.outcome.replace('_', ' ')}"
            if last
            else "This call is no longer to be made"
        )
        counts = not settled or result in STILL_COUNTS
        mend = "This row was noted besides." if counts else "This row was not noted; nothing is left to do."
        done.flagged.append(Problem(row.number, "outcome", what, mend, row.name))
        if not counts:
            return
    else:
        done.noted += 1
    meeting = call.meeting if result is CallResult.REACHED and row.answer else None
    if meeting and not takes_answers(session, meeting, around):
        mend = "What came of the call was noted; the answer was not."
        done.flagged.append(Problem(row.number, "answer", "The meeting is over or was cancelled", mend, row.name))
        meeting = None
    lease = shift.lease_of(session, call.key, around.now)
    by = lease.by if lease and lease.paper else actor.name
    done.woken |= call_results.record_call(
        session, call.uid, result, row.note, by, around.now, ways_of(around.channels), token=token
    )
    if meeting and row.answer:
        answer_meeting(session, call.person, meeting, row.answer, PHONE, around)
    if result is CallResult.CALL_BACK and row.back_at and not settled:
        try:
            at = check_promise(instant(row.back_at, around.settings.timezone), call, around)
        except UserError as error:
            mend = f"What came of the call was noted; the promise was not. {error.mend}"
            done.flagged.append(Problem(row.number, BACK_AT, error.what, mend, row.name))
        else:
            shift.promise(session, call.key, at, "")
