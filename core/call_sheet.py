"""The call list on paper: large type, a tick box for each thing that may come of a call, nothing that gets lost."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from core.call_words import answer_words, result_words
from core.calls import MOST_RINGS, UNANSWERED, CallResult
from core.errors import UserError
from core.printed_call import Printed, Unprintable, lacks_letters, unprintable
from core.speech import IN_ENGLISH, Speech

if TYPE_CHECKING:  # it takes a fifth of a second to import, so it is imported where it is used
    from fpdf import FPDF

MOST_PRINTED: Final = 500
"""Calls on one list: 170 sheets of paper. More is no list that one person rings from."""

LONGEST_SHOWN: Final = 300
"""Characters of one field on paper."""

_MARGIN, _WIDTH, _HEIGHT = 15.0, 210.0, 297.0  # millimetres, A4
_ROOM = _WIDTH - 2 * _MARGIN
_BIG, _TYPE, _SMALL = 18, 14, 11  # points; 14 is what the RNIB calls clear print at its larger end
_LINE, _BOX = 6.4, 4.5
_FOOT = 5.0
_LAST_LATIN: Final = "\u024f"
_CARD = 76.0  # the least that a person's part takes: no part begins where less is left


@dataclass(frozen=True, slots=True)
class Faces:
    """The font files to print with; `more` stand in where the first lacks a character. `missing` no file holds."""

    base: Path
    bold: Path
    more: Sequence[Path] = ()
    missing: Collection[str] = ()


class Sheet(NamedTuple):
    """A printed list: the PDF, and the texts that could not be printed as they are written."""

    data: bytes
    unprintable: Sequence[Unprintable]


def print_calls(
    calls: Sequence[Printed],
    faces: Faces,
    *,
    group: str,
    caller: str,
    made: datetime,
    destroy: datetime,
    speech: Speech = IN_ENGLISH,
) -> Sheet:
    """Makes the PDF: how to use it and what to say first, then the people, three or so on a page.

    `made` and `destroy` are by the group's own clock. A text of a person in a script that no font here holds is left
    out with a word in its place, and comes back in the answer. Raises UserError for more than 500 calls, and NoFont
    where what is to be said can't be printed.
    """
    if len(calls) > MOST_PRINTED:
        raise UserError(
            f"A printed list has room for {MOST_PRINTED} people, and {len(calls):,} are to be rung",
            mend="Print one notice at a time (--notice), or make a sheet (.xlsx).",
        )
    left_out = unprintable(calls, caller, group, faces.missing)
    page = _Page(faces, group, caller, made, destroy, speech)
    page.begin(len(calls))
    for why, script, voicemail in dict.fromkeys((one.why, one.script, one.voicemail) for one in calls):
        page.say_this(why, script, voicemail)
    if calls:
        page.pdf.add_page()
    for one in calls:
        page.person(one)
    return Sheet(bytes(page.pdf.output()), left_out)


class _Page:
    """The paper and where the pen is."""

    def __init__(
        self, faces: Faces, group: str, caller: str, made: datetime, destroy: datetime, speech: Speech
    ) -> None:
        self.missing = set(faces.missing)
        self.speech = speech
        self.caller = caller
        self.results, self.answers = result_words(speech), answer_words(speech)
        self.head = self.shown(group, else_="Ringround")
        self.foot = speech.say(
            "Private. Made on {made}. Destroy this paper by {destroy}.",
            made=speech.day(made.date()),
            destroy=speech.day(destroy.date()),
        )
        self.pdf = self._paper(faces)

    def shown(self, text: str, *, longest: int = LONGEST_SHOWN, else_: str | None = None) -> str:
        """Gives a text as it can be printed: on one line and of bounded length.

        Where no font holds its letters it is replaced as a whole, by `else_` or by a word that leads to the sheet: half
        a name is nobody's. Any other sign that is missing becomes a dot.
        """
        text = " ".join(text.split())
        if not text or lacks_letters(text, self.missing):
            return else_ if else_ is not None else self.speech.say("(see the sheet)") if text else ""
        text = text if len(text) <= longest else f"{text[:longest]}…"
        return "".join("·" if one in self.missing else one for one in text)

    def begin(self, count: int) -> None:
        say, pdf = self.speech.say, self.pdf
        pdf.add_page()
        self.write(say("People to ring"), size=24, bold=True)
        if caller := self.shown(self.caller, else_=""):
            self.write(say("For {caller}", caller=caller), size=_BIG)
        self.write(self.speech.count("{n} person", "{n} people", count), size=_BIG)
        pdf.ln(3)
        self.write(
            say(
                "Tick what happened. Where nobody answers there are three boxes, one for each try. Then give the list "
                "back, or note it with each person's code. Keep this paper where nobody else can read it."
            ),
        )
        if not count:
            pdf.ln(5)
            self.write(say("Nobody has to be rung just now."))

    def say_this(self, why: str, script: str, voicemail: str) -> None:
        """Prints what to say about one thing, once for everybody who is told it in the same words."""
        pdf, say = self.pdf, self.speech.say
        pdf.ln(5)
        self.write(self.shown(why), size=_BIG, bold=True)
        for paragraph in filter(None, (self.shown(line, longest=len(script)) for line in script.splitlines())):
            self.write(paragraph)
            pdf.ln(1.5)
        self.write(say("On an answering machine say only this:"), bold=True)
        self.write(self.shown(voicemail))

    def person(self, one: Printed) -> None:
        """Prints one person with their boxes; a page is never broken inside."""
        pdf, say = self.pdf, self.speech.say
        if pdf.get_y() + _CARD > _HEIGHT - _MARGIN - _FOOT:
            pdf.add_page()
        pdf.set_draw_color(90)
        pdf.line(_MARGIN, pdf.get_y(), _WIDTH - _MARGIN, pdf.get_y())
        pdf.ln(2)
        self.write(self.shown(one.name, else_=say("(name: see the sheet)")), size=_BIG, bold=True)
        self.write(f"{one.number}     {say('Code {code}', code=one.code)}", bold=True)
        facts = [self.shown(one.why), say("Ring between {hours}", hours=one.between)]
        if one.held_by:
            facts.append(say("The phone is held by {who}", who=self.shown(one.held_by)))
        if one.tries:
            facts.append(say("Tries so far: {n}, last: {last}", n=one.tries, last=self.shown(one.last)))
        self.write(" · ".join(facts), size=_SMALL)
        if one.back_at:
            self.write(say("Asked to be rung back: {when}", when=one.back_at), bold=True)
        if one.needs:
            self.write(say("Needs: {needs}", needs=self.shown(one.needs)))
        pdf.ln(1.5)
        self.boxes(one)
        pdf.set_font("base", size=_SMALL)
        words = say("Note:")
        pdf.cell(0, _LINE, words)
        pdf.set_draw_color(150)
        pdf.line(_MARGIN + pdf.get_string_width(words) + 3, pdf.get_y() + 6, _WIDTH - _MARGIN, pdf.get_y() + 6)
        pdf.ln(12)

    def boxes(self, one: Printed) -> None:
        """Prints the tick boxes: the answers beside "reached", then two columns of all the rest."""
        pdf = self.pdf
        at = _MARGIN + self.box(_MARGIN, self.results[CallResult.REACHED])
        if one.asks:
            for answer in self.answers.values():
                at += self.box(at, answer)
        pdf.ln(_LINE)
        rest = [(words, result in UNANSWERED) for result, words in self.results.items() if result != "reached"]
        for number, (words, thrice) in enumerate(rest):
            self.box(_MARGIN + (number % 2) * _ROOM / 2, words, MOST_RINGS if thrice else 1)
            if number % 2 or number == len(rest) - 1:
                pdf.ln(_LINE)

    def box(self, x: float, words: str, boxes: int = 1) -> float:
        """Prints boxes with their words, and returns how much room they took."""
        pdf = self.pdf
        pdf.set_draw_color(0)
        for number in range(boxes):
            pdf.rect(x + number * (_BOX + 1), pdf.get_y() + 1, _BOX, _BOX)
        wide = boxes * (_BOX + 1)
        pdf.set_font("base", size=_SMALL)
        pdf.set_x(x + wide + 0.5)
        self.shape(words)
        pdf.cell(0, _LINE, words)
        return float(pdf.get_string_width(words)) + wide + 7

    def write(self, text: str, *, size: int = _TYPE, bold: bool = False) -> None:
        """Prints a text over the whole width, on as many lines as it takes."""
        self.pdf.set_font("base", "B" if bold else "", size)
        self.shape(text)
        self.pdf.multi_cell(_ROOM, size * 0.47, text, align="L", new_x="LMARGIN", new_y="NEXT")

    def shape(self, text: str) -> None:
        """Has letters joined and put in their order where the script needs it: it costs most of the time."""
        self.pdf.set_text_shaping(any(one > _LAST_LATIN for one in text))

    def _paper(self, faces: Faces) -> FPDF:
        from fpdf import FPDF

        head, foot, speech = self.head, self.foot, self.speech

        class Paper(FPDF):
            def header(self) -> None:
                self.set_text_shaping(True)
                self.set_font("base", "B", _SMALL)
                self.cell(0, 6, head, new_x="LMARGIN", new_y="NEXT")
                self.ln(3)

            def footer(self) -> None:
                self.set_text_shaping(True)
                self.set_y(-_MARGIN)
                self.set_font("base", "", 9)
                self.cell(_ROOM * 0.8, 6, foot)
                words = speech.say("{page} of {pages}", page=self.page_no(), pages="{nb}")
                self.cell(0, 6, words, align="R")

        pdf = Paper(format="A4")
        pdf.set_margin(_MARGIN)
        pdf.set_auto_page_break(True, margin=_MARGIN + _FOOT)
        pdf.add_font("base", "", faces.base)
        pdf.add_font("base", "B", faces.bold)
        for number, file in enumerate(faces.more):
            pdf.add_font(f"more{number}", "", file)
        pdf.set_fallback_fonts([f"more{number}" for number in range(len(faces.more))], exact_match=False)
        pdf.set_title(head)
        pdf.set_lang(speech.language)
        return pdf
