"""/calls: whom to ring, as a spreadsheet or on paper; a sheet that was filled in comes back here."""

from __future__ import annotations

import asyncio

from actions import call_lists, call_returns, calls
from actions.call_lines import CallLine
from bot.turn import Button, Chapter, Command, Turn
from core.people import Role
from core.speech import Phrase, Speech

TALK = "calls"
NAMED = 15
"""Calls listed in the chat; the files hold all of them."""

LARGEST = 5_000_000  # bytes: a sheet with ten thousand calls is far smaller


async def _calls(turn: Turn) -> None:
    await _show(turn, "")


async def _show(turn: Turn, notice: str) -> None:
    desk, speech = turn.desk, turn.speech
    found, _, count, _ = await desk.database.read(calls.first, turn.actor, desk.around(), NAMED, notice or None)
    turn.begin(TALK, "sheet")
    back = speech.say("When you have filled in a spreadsheet, send it here.")
    if not count:
        await turn.say(f"{speech.say('There is nobody to ring just now.')} {back}")
        return
    head = speech.count("{n} call to make.", "{n} calls to make.", count)
    minutes = desk.settings.call_minutes * count
    head += " " + speech.count("About {n} minute.", "About {n} minutes.", minutes)
    lines = [_line(number, one, speech) for number, one in enumerate(found, 1)]
    if count > len(found):
        lines.append(speech.count("and {n} more in the file", "and {n} more in the file", count - len(found)))
    buttons = [
        [
            Button(speech.say("Spreadsheet"), f"ca:xlsx:{notice}"),
            Button(speech.say("Paper (PDF)"), f"ca:pdf:{notice}"),
        ]
    ]
    await turn.say("\n".join([head, "", *lines, "", back]), buttons)


def _line(number: int, one: CallLine, speech: Speech) -> str:
    words = f"{number}. {one.name}, {one.number}: {one.why}"
    if one.with_whom:
        words += " " + speech.say("{name} has this call in hand.", name=one.with_whom)
    return words


async def _pressed(turn: Turn) -> None:
    desk, speech = turn.desk, turn.speech
    _, what, notice, *_ = f"{turn.pressed}::".split(":")
    turn.must_be(Role.CALLER, speech.say("see the call list"))
    if what not in ("xlsx", "pdf"):
        await _show(turn, notice)
        return
    name = f"calls.{what}"
    file = await call_lists.export(desk.database, turn.actor, name, desk.around(), notice=notice or None)
    words = speech.count("{n} call to make.", "{n} calls to make.", file.calls)
    words += " " + speech.say("Please delete this file when the calls are made: it holds names and numbers.")
    if file.unprintable:
        head = speech.say("No font here can print these in full. Write them in by hand, or take the spreadsheet:")
        words = "\n".join([words, head, *(f"- {one.words(speech)}" for one in file.unprintable[:NAMED])])
        if len(file.unprintable) > NAMED:
            words += "\n" + speech.count("and {n} more", "and {n} more", len(file.unprintable) - NAMED)
    await turn.say(words, document=(name, file.data))


async def heard(turn: Turn) -> None:
    """Takes a filled sheet."""
    speech = turn.speech
    if turn.upload is None:
        await turn.say(speech.say("Send the spreadsheet that you filled in, or type another command: /help"))
        return
    await take_sheet(turn)


async def take_sheet(turn: Turn) -> None:
    """Notes what a filled sheet says, and tells what came of it."""
    assert turn.upload is not None
    desk, speech, upload = turn.desk, turn.speech, turn.upload
    turn.must_be(Role.CALLER, speech.say("bring a call list back"))
    if upload.size > LARGEST:
        await turn.say(speech.say("This file is too large to be a call list. Send the spreadsheet that you got here."))
        return
    data = await upload.fetch()
    filled = await asyncio.to_thread(call_returns.read_calls, data, upload.name)
    done = await desk.database.read(call_returns.begin, turn.actor, filled)
    for part in filled.parts():
        await desk.database.write(call_returns.note_rows, turn.actor, part, desk.around(), done)
    lines = [speech.count("{n} result was noted.", "{n} results were noted.", done.noted)]
    if done.unchanged:
        lines.append(speech.count("{n} row brought nothing new.", "{n} rows brought nothing new.", done.unchanged))
    if done.flagged:
        lines.append(speech.say("Somebody else had noted these already:"))
        lines += [f"- {one}" for one in done.flagged[:NAMED]]
    if done.errors:
        lines.append(speech.say("These rows were left out:"))
        lines += [f"- {one}" for one in done.errors[:NAMED]]
    await turn.say("\n".join(lines))


CHAPTER = Chapter(
    commands=(Command("calls", Phrase("Whom to ring, as a spreadsheet or on paper"), _calls, Role.CALLER),),
    presses={"ca": _pressed},
    talks={TALK: heard},
)
