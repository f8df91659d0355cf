"""The call list: whom to ring, why, what to say, and what came of it. Lists that go out are in `actions.call_lists`."""

from __future__ import annotations

from actions.call_lines import CODE, CallLine, Lines
from actions.leaving import Surroundings
from core.call_words import result_named
from core.errors import UserError
from core.people import Role
from core.roles import Actor
from scheduler.dispatch import ways_of
from store import call_log, calls, overview
from store.audit import note
from store.database import Session


def listing(
    session: Session, actor: Actor, around: Surroundings, notice: str | None = None, *, limit: int | None = None
) -> list[CallLine]:
    """Lists whom to ring now, the most urgent first; `notice` limits it to one, `limit` to so many."""
    actor.must_be(Role.CALLER, "see the call list")
    today = around.now.astimezone(around.settings.zone).date()
    found = calls.open_calls(session, today, notice, now=around.now, limit=limit)
    names = call_log.names_of(session, {call.held_by_caller for call in found if call.held_by_caller})
    lines = Lines(around, names)
    return [lines.of(call) for call in found]


def count(session: Session, actor: Actor, around: Surroundings, notice: str | None = None) -> int:
    """Counts the calls that are to be made; `notice` limits it to one."""
    actor.must_be(Role.CALLER, "see the call list")
    return calls.count_open(session, around.now.astimezone(around.settings.zone).date(), notice)


def record(session: Session, actor: Actor, code: str, outcome: str, remark: str, around: Surroundings) -> None:
    """Notes what came of a call; raises UserError for a code or an outcome that there is not."""
    actor.must_be(Role.CALLER, "note what came of a call")
    found = overview.calls_ending(session, code.strip().lower()) if len(code.strip()) >= CODE else []
    if len(found) != 1:
        raise UserError(f"No call has the code {code[:40]!r}", mend="ringround calls list shows them.")
    result = result_named(outcome)
    calls.record_call(session, found[0], result, remark, actor.name, around.now, ways_of(around.channels))
    note(session, actor, "calls.record", found[0], result, around.now)
