"""/status: what goes on, whom it has not reached and what comes next for each; in words, and as a picture if wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from actions import status
from actions.desk import Desk
from actions.status import Planned
from bot.preview import when
from bot.progress import coming_words
from bot.reasons import by, reason
from bot.turn import Button, Chapter, Command, Turn
from core.chart import describe, draw
from core.delivery import State
from core.notices import Kind
from core.people import PHONE, Role
from core.reach import Task
from core.speech import Phrase, Speech
from store.behind import Behind

FIRST = 10
"""People named below a notice before somebody asks for all."""

_KINDS = {
    Kind.INVITATION: Phrase("invitation"),
    Kind.REMINDER: Phrase("reminder"),
    Kind.CHANGE: Phrase("change"),
    Kind.CANCELLATION: Phrase("cancellation"),
    Kind.UPDATE: Phrase("update"),
    Kind.THANKS: Phrase("thanks"),
}


def kind_words(kind: Kind, speech: Speech) -> str:
    """Says what kind of notice it is."""
    return speech.phrase(_KINDS[kind]) if kind in _KINDS else str(kind)


async def _status(turn: Turn) -> None:
    desk, speech = turn.desk, turn.speech
    found = await desk.database.read(status.status, turn.actor, desk.around())
    if not found.under_way:
        nothing = speech.say("Nothing is under way: nobody waits to be reached.")
        await turn.say("\n\n".join([nothing, *_planned(found.planned, speech)]))
        return
    parts, rows = [], []
    for number, (coming, people, count) in enumerate(found.under_way, 1):
        parts.append(f"{number}. {coming_words(coming, desk, speech)}\n{_behind(people[:FIRST], count, desk, speech)}")
        several = len(found.under_way) > 1
        who = speech.say("Who, {number}", number=number) if several else speech.say("Who")
        picture = speech.say("Picture, {number}", number=number) if several else speech.say("Picture")
        rows.append([Button(who, f"st:who:{coming.id}"), Button(picture, f"st:picture:{coming.id}")])
    await turn.say("\n\n".join([*parts, *_planned(found.planned, speech)]), rows)


def _planned(found: list[Planned], speech: Speech) -> Iterator[str]:
    if not found:
        yield speech.say("Nothing is planned.")
        return
    lines = [speech.say("Planned next:")]
    for one in found:
        values = {
            "kind": kind_words(one.kind, speech),
            "title": one.title,
            "when": speech.when(one.due_local, year=False),
        }
        if one.held:
            lines.append("- " + speech.say("{when}: {kind}, {title}. Held until somebody releases it.", **values))
        else:
            lines.append("- " + speech.say("{when}: {kind}, {title}.", **values))
    yield "\n".join(lines)


def _behind(people: list[Behind], count: int, desk: Desk, speech: Speech) -> str:
    if not count:
        return speech.say("Nobody waits to be reached.")
    lines = [speech.count("{n} person is not reached yet:", "{n} people are not reached yet:", count)]
    lines += [f"- {one.name}: {next_step(one, desk, speech)}" for one in people]
    if count > len(people):
        lines.append(speech.count("and {n} more", "and {n} more", count - len(people)))
    return "\n".join(lines)


def next_step(one: Behind, desk: Desk, speech: Speech) -> str:
    """Says what happens next for somebody who is not reached yet, and who does it."""
    how = by(one.channel, speech)
    if one.task is Task.UNREACHABLE:
        return speech.say("nobody could reach them")
    if one.task is Task.OPEN:
        return speech.say("somebody has to see to them ({reason})", reason=reason(one.reason, speech))
    if one.channel == PHONE and one.state is State.ACCEPTED:
        return speech.say("to be rung; they are on the call list")
    if one.state is State.QUEUED and one.due and one.due > desk.clock.now():
        return speech.say("goes {by} on {when}", by=how, when=when(one.due, desk, speech))
    match one.state:
        case State.QUEUED:
            return speech.say("goes {by} when its turn comes and it is not quiet hours", by=how)
        case State.HELD:
            return speech.say("held back until somebody lets it go on")
        case State.SENDING:
            return speech.say("is being sent {by}", by=how)
        case State.UNKNOWN:
            return speech.say("nobody knows yet whether it was sent {by}; that is being found out", by=how)
        case State.REVIEW:
            return speech.say("nobody knows whether it was sent {by}; please ask them", by=how)
    return speech.say("somebody has to see to them")


async def _pressed(turn: Turn) -> None:
    _, what, uid, *_ = f"{turn.pressed}::".split(":")
    turn.must_be(Role.VIEWER, turn.speech.say("see how things stand"))
    if what == "picture":
        await _picture(turn, uid)
    else:
        await _who(turn, uid)


async def _who(turn: Turn, uid: str) -> None:
    desk, speech = turn.desk, turn.speech
    people, count = await desk.database.read(status.behind_on, turn.actor, uid, 200)
    picture = Button(speech.say("Picture"), f"st:picture:{uid}")
    await turn.say(_behind(people, count, desk, speech), [[picture]])


async def _picture(turn: Turn, uid: str) -> None:
    desk, speech = turn.desk, turn.speech
    title, bars = await desk.database.read(status.picture, turn.actor, uid, desk.around(), speech)
    drawn = await asyncio.to_thread(draw, title, bars)
    await turn.say(describe(title, bars), [[Button(speech.say("Who"), f"st:who:{uid}")]], picture=drawn)


CHAPTER = Chapter(
    commands=(Command("status", Phrase("What is under way, and who has not been reached yet"), _status, Role.VIEWER),),
    presses={"st": _pressed},
)
