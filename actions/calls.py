"""The call list: whom to ring, why, what to say, and what came of it. Lists that go out are in `actions.call_lists`."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from actions.call_lines import CallLine, Lines, Said
from actions.leaving import Surroundings
from core.call_codes import LENGTH, ending_of
from core.call_words import result_named
from core.errors import UserError
from core.people import Role
from core.roles import Actor
from scheduler.dispatch import ways_of
from store import call_log, call_results, calls, overview, shift
from store.audit import note
from store.database import Session


class First(NamedTuple):
    """The first calls of the list and how many there are in all; `last` is until when one of those may be made."""

    lines: list[CallLine]
    said: list[Said]
    total: int
    last: datetime


def listing(session: Session, actor: Actor, around: Surroundings, notice: str | None = None) -> list[CallLine]:
    """Lists whom to ring now, the most urgent first; `notice` limits it to one."""
    return first(session, actor, around, None, notice).lines


def first(session: Session, actor: Actor, around: Surroundings, limit: int | None, notice: str | None = None) -> First:
    """Gives the first so many calls, what is said in them, and how many there are; `notice` limits it to one."""
    actor.must_be(Role.CALLER, "see the call list")
    today = around.now.astimezone(around.settings.zone).date()
    found = calls.open_calls(session, today, notice, now=around.now, limit=limit)
    names = call_log.names_of(session, {call.held_by_caller for call in found if call.held_by_caller})
    lines = Lines(around, names)
    return First(
        lines=[lines.of(call) for call in found],
        said=list(dict.fromkeys(lines.said(call) for call in found)),
        total=len(found) if limit is None or len(found) < limit else calls.count_open(session, today, notice),
        last=max((call.not_after for call in found), default=around.now),
    )


def count(session: Session, actor: Actor, around: Surroundings) -> int:
    """Counts the calls that are to be made."""
    actor.must_be(Role.CALLER, "see the call list")
    return calls.count_open(session, around.now.astimezone(around.settings.zone).date())


def record(session: Session, actor: Actor, code: str, outcome: str, remark: str, around: Surroundings) -> None:
    """Notes what came of a call, for whoever has it on paper or else for the actor.

    Raises UserError for a code or an outcome that there is not.
    """
    actor.must_be(Role.CALLER, "note what came of a call")
    found = overview.calls_ending(session, ending) if len(ending := ending_of(code)) >= LENGTH else []
    if len(found) != 1:
        raise UserError(f"No call has the code {code[:40]!r}", mend="ringround calls list shows them.")
    result = result_named(outcome)
    lease = shift.lease_of(session, calls.call_key(session, found[0]), around.now)
    by = lease.by if lease and lease.paper else actor.name
    call_results.record_call(session, found[0], result, remark, by, around.now, ways_of(around.channels))
    note(session, actor, "calls.record", found[0], result, around.now)
