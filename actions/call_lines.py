"""One call as a caller needs it: on the screen, in a row of a sheet, and on paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from actions.leaving import Surroundings
from core.addresses import readable_number
from core.call_codes import code_of
from core.call_words import result_words
from core.calls import CallResult
from core.forms import CallForm, call_form, fields
from core.placeholders import KNOWN, Template, first_name
from core.printed_call import Printed
from store.calls import Call

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
    "asked to be rung at",
)
"""The columns of a sheet. Others rely on their names and their order, so what is new comes last."""


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


class Said(NamedTuple):
    """What is said in every call about one thing, with a word in the place of names, and to an answering machine."""

    why: str
    script: str
    voicemail: str


class Lines:
    """Makes lines of calls; the words of a notice are made once for all who are rung about it.

    `names` are callers' names by their outside ids.
    """

    def __init__(self, around: Surroundings, names: Mapping[str, str]) -> None:
        self._around, self._names = around, names
        self._forms: dict[str, tuple[CallForm, Template]] = {}

    def of(self, call: Call) -> CallLine:
        """Makes the line of one call."""
        form, why = self._form(call)
        filled, calling = _values(call, self._around), self._around.strategy.calling
        return CallLine(
            code=code_of(call.id),
            name=_named(call),
            number=call.number,
            held_by=call.held_by,
            why=why.fill(filled),
            script=form.script.fill(filled),
            voicemail=form.voicemail.fill(filled),
            needs="; ".join(need for need in (call.language, call.format, call.support, call.notes) if need),
            between=f"{calling.start:%H:%M}-{calling.end:%H:%M}",
            tries=call.tries,
            last=call.last,
            notice=call.notice,
            asks=call.asks,
            with_whom=self._names.get(call.held_by_caller, call.held_by_caller),
            until=call.held_until,
            paper=call.paper,
            back_at=call.back_at,
        )

    def said(self, call: Call) -> Said:
        """Makes what is said, the same for all who are told the same."""
        form, why = self._form(call)
        name = self._around.speech(call.content.language).say("(their name)")
        anyone = {**_values(call, self._around), "name": name, "first_name": name}
        return Said(why.fill(anyone), form.script.fill(anyone), form.voicemail.fill(anyone))

    def printed(self, call: Call) -> Printed:
        """Makes one call on paper, where the script is one for all who are told the same."""
        line, said, around = self.of(call), self.said(call), self._around
        speech = around.speech()
        back_at = call.back_at.astimezone(around.settings.zone) if call.back_at else None
        return Printed(
            code=line.code,
            name=line.name,
            number=readable_number(line.number, around.settings.region),
            held_by=line.held_by,
            why=said.why,
            needs=line.needs,
            between=line.between,
            tries=line.tries,
            last=result_words(speech)[CallResult(line.last)] if line.last else "",
            script=said.script,
            voicemail=said.voicemail,
            asks=line.asks,
            back_at=speech.when(back_at, year=False) if back_at else "",
        )

    def _form(self, call: Call) -> tuple[CallForm, Template]:
        if call.notice not in self._forms:
            self._forms[call.notice] = form_of(call, self._around), Template.parse(call.why, KNOWN)
        return self._forms[call.notice]


def words_of(call: Call, around: Surroundings) -> tuple[CallForm, dict[str, str]]:
    """Gives what to say in a call, and the values that it is filled with."""
    return form_of(call, around), _values(call, around)


def form_of(call: Call, around: Surroundings) -> CallForm:
    """Gives what to say in every call about the same notice."""
    speech = around.speech(call.content.language)
    return call_form(call.content, around.settings.speaker, speech, attachment=call.attachment)


def row_of(line: CallLine, zone: ZoneInfo) -> Sequence[str]:
    """Makes a row under `HEADINGS`, with room for what came of the call; times are by the group's clock, `zone`."""
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
        f"{line.back_at.astimezone(zone):%Y-%m-%d %H:%M}" if line.back_at else "",
    )


def _values(call: Call, around: Surroundings) -> dict[str, str]:
    speech = around.speech(call.content.language)
    return fields(call.name, call.called, around.settings.speaker, call.for_whom, speech)


def _named(call: Call) -> str:
    """The whole name, and what they like to be called where that is another."""
    called = first_name(call.name, call.called)
    return call.name if call.name.startswith(called) else f"{called} ({call.name})"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
