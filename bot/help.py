"""/help says what somebody may do here; /cancel leaves a conversation; a slip of the pen is met with what was meant."""

from __future__ import annotations

from difflib import get_close_matches

from bot.turn import Chapter, Command, Turn
from core.people import Role
from core.speech import Phrase


async def unknown(turn: Turn) -> None:
    """Answers a command that does not exist, or not for whoever wrote it."""
    speech = turn.speech
    near = get_close_matches(turn.command, [one.name for one in turn.commands], n=1, cutoff=0.6)
    if near:
        await turn.say(speech.say("I do not know /{wrong}. Did you mean /{near}?", wrong=turn.command, near=near[0]))
    else:
        await turn.say(speech.say("I do not know /{wrong}. Type /help to see what you can do.", wrong=turn.command))


async def _cancel(turn: Turn) -> None:
    if turn.talk is None:
        await turn.say(turn.speech.say("There is nothing to leave: nothing was under way here."))
        return
    turn.end()
    await turn.say(turn.speech.say("You have left it. Nothing was sent and nothing was changed."))


async def _help(turn: Turn) -> None:
    speech = turn.speech
    lines = [f"/{one.name}: {speech.phrase(one.says)}." for one in turn.commands if one.says]
    if turn.who is None or turn.who.actor is None:
        first = speech.say(
            "You can write to us here at any time: what you write goes to {group}.", group=turn.desk.settings.group.name
        )
        await turn.say("\n".join([first, "", *lines]))
    else:
        first = speech.say("You can do this here. Type a command, or choose it from the menu.")
        last = speech.say("Buttons can be typed too: their words, or their number.")
        await turn.say("\n".join([first, "", *lines, "", last]))


CHAPTER = Chapter(
    commands=(
        Command("help", Phrase("What you can do here"), _help),
        Command("cancel", Phrase("Leave what you are in the middle of; nothing is sent"), _cancel, Role.VIEWER),
    )
)
