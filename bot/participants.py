"""What participants write and press: all of it ends where their texts and e-mails end, in `actions.hearing`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from actions import hearing, staff, wishes
from actions.hearing import Heard, Reply
from bot.turn import Button, Chapter, Command, Turn
from config import distress
from core.distress import distressing
from core.errors import ConfigError
from core.people import TELEGRAM
from core.replies import Meaning, understand
from core.speech import Phrase

_IN_A_ROW = 3
_LONGEST_DATA = 64
BREAKS = (7, 30)
"""Days that a break may last, by a button; a longer one ends when they say so."""


async def heard(turn: Turn, sent: str) -> None:
    """Takes what somebody on file wrote outside any conversation; `sent` is what they sent that can't be read here."""
    if turn.who and turn.who.actor and not sent and _is_for_nobody(turn):
        await turn.say(
            turn.speech.say("I did not understand that. To do something, begin with a command: /help lists them.")
        )
        return
    before = ""
    if sent:
        before = turn.speech.say("I cannot open {what} here, but somebody will see that you sent it.", what=sent)
    text = turn.text
    if turn.forwarded:
        text = f"(forwarded) {text}"
    if sent:
        text = f"({sent}) {text}".strip()
    ask = hearing.edited if turn.edited else hearing.hear
    reply = await turn.desk.database.write(ask, _heard(turn, text, f"{turn.chat}:{turn.message}"), turn.desk.around())
    await _answer(turn, reply, before)


async def overheard(turn: Turn) -> bool:
    """Takes what a stranger wrote if it asks us to stop or may come from somebody in distress; returns whether so."""
    stop = turn.command == "stop" or (not turn.command and _meaning(turn) is Meaning.STOP)
    if not turn.text or not (stop or _distressing(turn)):
        return False
    said = _heard(turn, turn.text, f"{turn.chat}:{turn.message}")
    reply = await turn.desk.database.write(hearing.hear, said, turn.desk.around())
    await _answer(turn, reply)
    return True


def _is_for_nobody(turn: Turn) -> bool:
    """Tells whether words of a member of staff are neither an answer to something nor a cry for help."""
    return _meaning(turn) is Meaning.OTHER and not _distressing(turn)


def _meaning(turn: Turn) -> Meaning:
    return understand(turn.text, turn.speech).meaning


def _distressing(turn: Turn) -> bool:
    try:
        phrases = distress.load(turn.desk.settings.data_dir)
    except ConfigError:  # the group's own list can't be read: ours, until it is mended
        phrases = distress.load(Path())
    return distressing(turn.text, phrases)


def _heard(turn: Turn, text: str, ref: str) -> Heard:
    return Heard(TELEGRAM, turn.chat, text, ref)


async def _below_a_notice(turn: Turn) -> None:
    """Takes a press below a notice: `n:WORD:DELIVERY`."""
    _, word, delivery = [*turn.pressed.split(":", 2), "", ""][:3]
    desk = turn.desk
    reply = await desk.database.write(hearing.press, TELEGRAM, turn.chat, delivery, word, desk.around())
    if reply is None:
        return
    rows = _choices(reply)
    if word == "more" and reply.person:
        rows.insert(1, [Button(turn.speech.say("Take a break"), f"me:break:{reply.person}")])
    await turn.say(reply.text, rows)


async def _said(turn: Turn) -> None:
    """Takes a word that was offered as a button for one that was written."""
    word = turn.pressed.partition(":")[2]
    desk = turn.desk
    said = _heard(turn, word, f"press:{turn.ref}")
    await _answer(turn, await desk.database.write(hearing.hear, said, desk.around()))


async def _stop(turn: Turn) -> None:
    desk = turn.desk
    said = _heard(turn, "stop", f"{turn.chat}:{turn.message}")
    await _answer(turn, await desk.database.write(hearing.hear, said, desk.around()))


async def _answer(turn: Turn, reply: Reply | None, before: str = "") -> None:
    words = "\n\n".join(part for part in (before, reply.text if reply else "") if part)
    if words:
        await turn.say(words, _choices(reply) if reply else ())


def _choices(reply: Reply) -> list[list[Button]]:
    made = [
        Button(label, f"say:{word}") for label, word in reply.choices if len(f"say:{word}".encode()) <= _LONGEST_DATA
    ]
    return [made[at : at + _IN_A_ROW] for at in range(0, len(made), _IN_A_ROW)]


async def _break(turn: Turn) -> None:
    """Asks how long a break shall last, and begins or ends it: `me:WHAT:PERSON[:DAYS]`."""
    _, what, person, days = [*turn.pressed.split(":", 3), "", "", ""][:4]
    desk, speech = turn.desk, turn.speech
    if person not in await desk.database.read(staff.people_at, turn.chat):
        await turn.show(speech.say("This question is over."))
        return
    match what:
        case "break":
            choices = [Button(speech.count("{n} day", "{n} days", n), f"me:until:{person}:{n}") for n in BREAKS]
            longer = Button(speech.say("Until I say so"), f"me:until:{person}:0")
            await turn.say(speech.say("For how long shall we leave you alone?"), [choices, [longer]])
        case "until" if days.isdigit():
            today = desk.clock.now().astimezone(desk.settings.zone).date()
            until = today + timedelta(days=int(days)) if int(days) else None
            await desk.database.write(wishes.pause, person, until, desk.around())
            told = (
                speech.say("You will hear nothing from us until {day}.", day=speech.day(until))
                if until
                else speech.say("You will hear nothing from us until you say so.")
            )
            await turn.show(told, [[Button(speech.say("End the break"), f"me:back:{person}")]])
        case "back":
            await desk.database.write(wishes.unpause, person, desk.around())
            await turn.show(speech.say("Welcome back. You will hear from us as before."))
        case _:
            await turn.show(speech.say("This question is over."))


CHAPTER = Chapter(
    commands=(Command("stop", Phrase("Stop our messages to this chat"), _stop),),
    presses={"n": _below_a_notice, "say": _said, "me": _break},
)
