"""/timetable: what will go out, with a hold on each; /pause and /resume: a notice that is under way."""

from __future__ import annotations

import asyncio

from actions import notices, status, timetable
from actions.progress import Coming
from actions.timetable import Line
from bot.progress import about
from bot.reasons import by, by_order
from bot.status import kind_words
from bot.turn import Button, Chapter, Command, Rows, Turn
from core.errors import UserError
from core.notices import NoticeState
from core.people import Role
from core.planned import PlannedState
from core.roles import ORDER
from core.speech import Phrase, Speech

SHOWN = 6
"""Entries shown at once, each with its button."""

SOON = 0.1
"""Seconds that the answer waits for how many people each goes to."""


async def _timetable(turn: Turn) -> None:
    await _show(turn)


async def _show(turn: Turn, before: str = "") -> None:
    """Shows what is planned; where counting whom it goes to takes a while, that is filled in as soon as it is known."""
    desk, speech, around = turn.desk, turn.speech, turn.desk.around()
    found = await desk.database.read(
        lambda session: timetable.timetable(session, turn.actor, around, limit=50, count=False)
    )
    if not found:
        await turn.show(speech.say("Nothing is planned. Meetings bring notices with them: /meeting"))
        return
    more = len(found) - SHOWN
    counting = asyncio.create_task(
        desk.database.read(lambda session: timetable.timetable(session, turn.actor, around, limit=SHOWN))
    )
    try:
        await asyncio.wait([counting], timeout=SOON)
        if counting.done():
            await turn.show(*_page(turn, counting.result(), more, before))
            return
        text, rows = _page(turn, found[:SHOWN], more, before, counted=False)
        shown = await turn.show(f"{text}\n{speech.say('One moment: the people are being counted.')}", rows)
        await turn.post.edit(turn.chat, shown, *_page(turn, await counting, more, before))
    finally:
        counting.cancel()


def _page(turn: Turn, found: list[Line], more: int, before: str, *, counted: bool = True) -> tuple[str, Rows]:
    speech = turn.speech
    may = ORDER.index(turn.actor.role) >= ORDER.index(Role.COORDINATOR)
    lines, rows = [before] if before else [], []
    for number, one in enumerate(found, 1):
        lines.append(f"{number}. {_line(one, speech, counted=counted)}")
        if may and one.state is PlannedState.HELD:
            rows.append([Button(speech.say("Release {number}", number=number), f"tt:release:{one.number}")])
        elif may:
            rows.append([Button(speech.say("Hold {number}", number=number), f"tt:hold:{one.number}")])
    if more > 0:
        lines.append(speech.count("{n} more comes after these.", "{n} more come after these.", more))
    return "\n".join(lines), rows


def _line(one: Line, speech: Speech, *, counted: bool) -> str:
    words = speech.say(
        "{when}: {kind}, {title}.",
        when=speech.when(one.due_local, year=False),
        kind=kind_words(one.kind, speech),
        title=one.title,
    )
    how = ", ".join(f"{one.channels[channel]:,} {by(channel, speech)}" for channel in by_order(list(one.channels)))
    people = speech.count("To {n} person", "To {n} people", one.people)
    if counted:
        words += f" {people}: {how}." if how else f" {people}."
    if one.state is PlannedState.HELD:
        words += " " + speech.say("Held until somebody releases it.")
        words += f" {one.reason}." if one.reason else ""
    return words


async def _pressed(turn: Turn) -> None:
    desk, speech = turn.desk, turn.speech
    _, what, number, *_ = f"{turn.pressed}::".split(":")
    turn.must_be(Role.COORDINATOR, speech.say("hold what is planned"))
    found = await desk.database.read(
        lambda session: timetable.timetable(session, turn.actor, desk.around(), limit=200, count=False)
    )
    one = next((line for line in found if str(line.number) == number), None)
    if one is None:
        await _show(turn, speech.say("That one is not planned any more: it has gone out, or was taken back."))
        return
    wanted = PlannedState.HELD if what == "hold" else PlannedState.COMING
    if one.state is not wanted:
        change = timetable.hold if what == "hold" else timetable.release
        await desk.database.write(change, turn.actor, one.key, desk.around())
    values = {"kind": kind_words(one.kind, speech), "title": one.title}
    done = (
        speech.say("Held: {kind}, {title}. It does not go out until somebody releases it.", **values)
        if what == "hold"
        else speech.say("Released: {kind}, {title}. It goes out when it is due.", **values)
    )
    await _show(turn, f"{done}\n")


async def _pause(turn: Turn) -> None:
    await _offer(turn, NoticeState.OPEN)


async def _resume(turn: Turn) -> None:
    await _offer(turn, NoticeState.PAUSED)


async def _offer(turn: Turn, state: NoticeState) -> None:
    """Lists the notices that can be paused, or let go on, each with its button."""
    desk, speech = turn.desk, turn.speech
    found = await desk.database.read(status.changeable, turn.actor, state, desk.around())
    pausing = state is NoticeState.OPEN
    if not found:
        nothing = speech.say("Nothing is being sent just now.") if pausing else speech.say("Nothing is paused.")
        await turn.say(nothing)
        return
    ask = speech.say("Which one should wait?") if pausing else speech.say("Which one should go on?")
    lines = [f"{number}. {_waiting(one, speech)}" for number, one in enumerate(found, 1)]
    rows = []
    for number, one in enumerate(found, 1):
        if pausing:
            rows.append([Button(speech.say("Pause {number}", number=number), f"tt_pause:{one.id}")])
        else:
            rows.append([Button(speech.say("Go on with {number}", number=number), f"tt_resume:{one.id}")])
    await turn.say("\n".join([ask, *lines]), rows)


def _waiting(one: Coming, speech: Speech) -> str:
    still = speech.count("{n} message still to go.", "{n} messages still to go.", one.tally.waiting)
    return f"{about(one, speech)} {still}"


async def _paused(turn: Turn) -> None:
    desk, speech = turn.desk, turn.speech
    uid = turn.pressed.partition(":")[2]
    turn.must_be(Role.COORDINATOR, speech.say("pause notices"))
    if await _is(turn, uid, NoticeState.PAUSED):
        await turn.show(speech.say("It is paused already. To let it go on: /resume"))
        return
    held = await desk.database.write(notices.pause, turn.actor, uid, desk.clock.now())
    kept = speech.count("{n} message waits.", "{n} messages wait.", held)
    await turn.show(f"{speech.say('Paused.')} {kept} {speech.say('To let it go on: /resume')}")


async def _resumed(turn: Turn) -> None:
    desk, speech = turn.desk, turn.speech
    uid = turn.pressed.partition(":")[2]
    turn.must_be(Role.COORDINATOR, speech.say("let a notice go on"))
    if await _is(turn, uid, NoticeState.OPEN):
        await turn.show(speech.say("It goes on already."))
        return
    released = await desk.database.write(notices.resume, turn.actor, uid, desk.clock.now())
    words = speech.count("It goes on: {n} message leaves.", "It goes on: {n} messages leave.", released)
    await turn.show(words)


async def _is(turn: Turn, uid: str, state: NoticeState) -> bool:
    found = await turn.desk.database.read(notices.state_of, turn.actor, uid)
    if found is NoticeState.CANCELLED:
        raise UserError(
            turn.speech.say("This notice was stopped for good"), mend=turn.speech.say("Write a new one: /announce")
        )
    return found is state


CHAPTER = Chapter(
    commands=(
        Command("timetable", Phrase("What will go out and when, to hold or release"), _timetable, Role.VIEWER),
        Command("pause", Phrase("Have a notice wait that is being sent"), _pause, Role.COORDINATOR),
        Command("resume", Phrase("Let a notice go on that was paused"), _resume, Role.COORDINATOR),
    ),
    presses={"tt": _pressed, "tt_pause": _paused, "tt_resume": _resumed},
)
