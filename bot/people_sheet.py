"""A people file that is sent into the chat: what it would do is shown first, then it is brought in."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from actions import people, people_sheet
from actions.people import ImportReport
from bot.person_change import TALK
from bot.turn import Button, Rows, Turn
from core.errors import UserError
from core.people import Role
from core.person_row import Problem
from core.sheet_limits import SENT
from core.speech import Speech

MOST = 10
"""Rows of one kind that are read out."""


async def ask(turn: Turn) -> None:
    """Asks for the file, and hands an empty one over."""
    turn.must_be(Role.COORDINATOR, turn.speech.say("import people"))
    turn.begin(TALK, "sheet")
    words = turn.speech.say(
        "Send the list as an Excel or CSV file. Its first row holds headings: name, email, mobile, phone and so on. "
        "You see what it would do before anything is changed. Here is an empty one."
    )
    await turn.say(words, document=("people.xlsx", people.template("people.xlsx")))


async def look(turn: Turn) -> None:
    """Says what a file would do, and offers to bring it in."""
    assert turn.upload is not None
    turn.must_be(Role.COORDINATOR, turn.speech.say("import people"))
    desk, speech, upload = turn.desk, turn.speech, turn.upload
    if upload.size > people_sheet.MOST:
        raise UserError(
            speech.say("This file is too large for a list of people"),
            mend=speech.say("Send the list alone, up to 5 MB."),
        )
    data = await upload.fetch()
    file = await asyncio.to_thread(people.read_people, data, upload.name, desk.settings.region, SENT)
    around = desk.around()
    uid, report = await desk.database.write(people_sheet.look, turn.actor, upload.name, data, file, around)
    turn.begin(TALK, "sheet", file=uid)
    head = speech.say("This is what {file} would do. Nothing has been done yet.", file=upload.name)
    rows: Rows = [[Button(speech.say("Leave it"), "pp:drop::")]]
    if report.added or report.changed:
        bring = speech.say("Bring them in, without the wrong rows") if report.errors else speech.say("Bring them in")
        rows = [[Button(bring, "pp:bring::")], *rows]
    await turn.say("\n".join([head, *_lines(report, speech)]), rows)


async def bring(turn: Turn) -> None:
    """Brings in the file that was shown."""
    uid = _kept(turn)
    desk, speech = turn.desk, turn.speech
    name, data = await desk.database.read(people_sheet.kept, turn.actor, uid)
    file = await asyncio.to_thread(people.read_people, data, name, desk.settings.region, SENT)
    report = await desk.database.write(people_sheet.bring_in, turn.actor, uid, file, desk.around())
    turn.end()
    await turn.show("\n".join([speech.say("Done."), *_lines(report, speech)]))


async def drop(turn: Turn) -> None:
    """Throws the file away."""
    await turn.desk.database.write(people_sheet.forget, turn.actor, _kept(turn))
    turn.end()
    await turn.show(turn.speech.say("Nothing was changed. The file is thrown away."))


def _kept(turn: Turn) -> str:
    if turn.talk is None or turn.talk.name != TALK or not turn.talk.data.get("file"):
        raise UserError(turn.speech.say("This question is over"), mend=turn.speech.say("Send the file once more."))
    return str(turn.talk.data["file"])


def _lines(report: ImportReport, speech: Speech) -> Iterator[str]:
    yield speech.count("{n} person new", "{n} people new", report.added)
    yield speech.count("{n} person changed", "{n} people changed", report.changed)
    yield speech.count("{n} person as before", "{n} people as before", report.unchanged)
    yield from _problems(speech.say("Wrong, so these rows are left out:"), report.errors, speech)
    yield from _problems(speech.say("Not done, because it is known better:"), report.conflicts, speech)
    yield from _problems(speech.say("Please look at:"), report.remarks, speech)
    if report.extra_columns:
        yield speech.say("Kept in the notes: {columns}", columns=", ".join(report.extra_columns))


def _problems(head: str, found: list[Problem], speech: Speech) -> Iterator[str]:
    if found:
        yield head
    for one in found[:MOST]:
        who = speech.say("row {n}, {name}", n=one.row, name=one.name) if one.name else speech.say("row {n}", n=one.row)
        yield "- " + speech.say(
            "{who}, {column}: {problem}. {mend}", who=who, column=one.column, problem=one.problem, mend=one.mend
        )
    if len(found) > MOST:
        yield speech.count("- and {n} more", "- and {n} more", len(found) - MOST)
