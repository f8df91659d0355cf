"""The call list: whom to ring, why, what to say, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from actions.leaving import Surroundings
from core.errors import UserError
from core.forms import call_form, fields
from core.people import Role
from core.placeholders import KNOWN, Template, first_name
from core.roles import Actor
from core.sheets import Table, write_sheet
from scheduler.dispatch import ways_of
from store import calls, overview
from store.audit import note
from store.calls import Call
from store.database import Session

CODE = 8
"""Characters of a call's code: the end of its id, which is random; short enough for a list on paper."""

HEADINGS = (
    "code",
    "name",
    "number",
    "held by",
    "why we ring",
    "what to say",
    "needs",
    "ring between",
    "tries so far",
    "last outcome",
    "outcome",
    "note",
)


@dataclass(frozen=True, slots=True)
class CallLine:
    """One call as a caller needs it. `name` is what they like to be called, `between` the hours to ring in."""

    code: str
    name: str
    number: str
    held_by: str
    why: str
    script: str
    voicemail: str
    needs: str
    between: str
    tries: int
    last: str
    notice: str

    def to_json(self) -> dict[str, Any]:
        """Gives it as plain data."""
        return asdict(self)


def listing(session: Session, actor: Actor, around: Surroundings, notice: str | None = None) -> list[CallLine]:
    """Lists whom to ring now, the most urgent first; `notice` limits it to one."""
    actor.must_be(Role.CALLER, "see the call list")
    today = around.now.astimezone(around.settings.zone).date()
    return [_line(call, around) for call in calls.open_calls(session, today, notice)]


def export(session: Session, actor: Actor, name: str, around: Surroundings, notice: str | None = None) -> bytes:
    """Writes the call list as CSV or XLSX by the ending of `name`, with empty columns for what came of each call."""
    lines = listing(session, actor, around, notice)
    data = write_sheet(name, Table("Calls", HEADINGS, [_row(line) for line in lines]))
    note(session, actor, "calls.export", "", f"{len(lines)} calls", around.now)
    return data


def record(session: Session, actor: Actor, code: str, outcome: str, remark: str, around: Surroundings) -> None:
    """Notes what came of a call; raises UserError for a code or an outcome that there is not."""
    actor.must_be(Role.CALLER, "note what came of a call")
    found = overview.calls_ending(session, code.strip().lower()) if len(code.strip()) >= CODE else []
    if len(found) != 1:
        raise UserError(f"No call has the code {code[:40]!r}", mend="ringround calls list shows them.")
    result = outcome.strip().lower().replace("-", "_").replace(" ", "_")
    calls.record_call(session, found[0], result, remark, actor.name, around.now, ways_of(around.channels))
    note(session, actor, "calls.record", found[0], result, around.now)


def _line(call: Call, around: Surroundings) -> CallLine:
    speaker = around.settings.speaker
    filled = fields(call.name, call.called, speaker, call.for_whom)
    form = call_form(call.content, speaker)
    return CallLine(
        code=call.id[-CODE:],
        name=_named(call),
        number=call.number,
        held_by=call.held_by,
        why=Template.parse(call.why, KNOWN).fill(filled),
        script=form.script.fill(filled),
        voicemail=form.voicemail.fill(filled),
        needs="; ".join(need for need in (call.language, call.format, call.support, call.notes) if need),
        between=f"{around.strategy.calling.start:%H:%M}-{around.strategy.calling.end:%H:%M}",
        tries=call.tries,
        last=call.last,
        notice=call.notice,
    )


def _named(call: Call) -> str:
    """The whole name, and what they like to be called where that is another."""
    called = first_name(call.name, call.called)
    return call.name if call.name.startswith(called) else f"{called} ({call.name})"


def _row(line: CallLine) -> Sequence[str]:
    return (
        line.code,
        line.name,
        line.number,
        line.held_by,
        line.why,
        line.script,
        line.needs,
        line.between,
        str(line.tries),
        line.last.replace("_", " "),
        "",
        "",
    )
