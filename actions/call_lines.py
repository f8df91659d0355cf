"""One call as a caller needs it: on the screen, in a row of a sheet, and on paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from actions.leaving import Surroundings
from core.addresses import readable_number
from core.call_codes import code_of
from core.call_sheet import Printed
from core.content import Content
from core.forms import CallForm, call_form, fields
from core.notices import Attachment
from core.placeholders import KNOWN, Template, first_name
from store.calls import Call

_ANYONE = "(their name)"

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
    "answer",
    "ring back at",
    "note",
)


@dataclass(frozen=True, slots=True)
class CallLine:
    """One call as a caller needs it. `name` is what they like to be called, `between` the hours to ring in.

    `asks` says whether they are asked if they come to a meeting. `with_whom` names who has the call in hand until
    `until`, `paper` says that it is on a list that was handed out, `back_at` when they asked to be rung.
    """

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
    asks: bool = False
    with_whom: str = ""
    until: datetime | None = None
    paper: bool = False
    back_at: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """Gives it as plain data, moments as ISO 8601 in UTC."""
        return {key: _plain(value) for key, value in asdict(self).items()}


class Scripts:
    """What to say in the calls of a list: put together once for everybody who is told the same."""

    def __init__(self, around: Surroundings) -> None:
        self.around = around
        self._made: dict[tuple[Content, Attachment | None], CallForm] = {}

    def of(self, call: Call) -> tuple[CallForm, dict[str, str]]:
        """Gives what to say in a call, and the values that it is filled with."""
        speaker, speech = self.around.settings.speaker, self.around.speech(call.content.language)
        told = call.content, call.attachment
        if told not in self._made:
            self._made[told] = call_form(call.content, speaker, speech, attachment=call.attachment)
        return self._made[told], fields(call.name, call.called, speaker, call.for_whom, speech)


def line_of(call: Call, scripts: Scripts, names: Mapping[str, str]) -> CallLine:
    """Makes a line of a call; `names` are callers' names by their outside ids."""
    form, filled = scripts.of(call)
    around = scripts.around
    return CallLine(
        code=code_of(call.id),
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
        asks=call.asks,
        with_whom=names.get(call.held_by_caller, call.held_by_caller),
        until=call.held_until,
        paper=call.paper,
        back_at=call.back_at,
    )


def row_of(line: CallLine) -> Sequence[str]:
    """Makes a row under `HEADINGS`, with room for what came of the call."""
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
        "",
        "",
    )


def printed(call: Call, line: CallLine, scripts: Scripts) -> Printed:
    """Makes one call on paper, where the script is one for all who are told the same."""
    form, filled = scripts.of(call)
    anyone = {**filled, "name": _ANYONE, "first_name": _ANYONE}
    return Printed(
        code=line.code,
        name=line.name,
        number=readable_number(line.number, scripts.around.settings.region),
        held_by=line.held_by,
        why=Template.parse(call.why, KNOWN).fill(anyone),
        needs=line.needs,
        between=line.between,
        tries=line.tries,
        last=line.last.replace("_", " "),
        script=form.script.fill(anyone),
        voicemail=line.voicemail,
        asks=line.asks,
    )


def _named(call: Call) -> str:
    """The whole name, and what they like to be called where that is another."""
    called = first_name(call.name, call.called)
    return call.name if call.name.startswith(called) else f"{called} ({call.name})"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
