"""Who stands where with a notice, by name."""

from __future__ import annotations

from collections.abc import Iterator

from actions import reach
from bot.reasons import by, named, reason
from bot.turn import Turn
from core.delivery import State
from core.people import PHONE, Role
from core.reach import Standing
from core.speech import Speech
from store.reach import PersonReach


async def who(turn: Turn, uid: str) -> None:
    """Names everybody by where they stand with a notice."""
    desk, speech = turn.desk, turn.speech
    turn.must_be(Role.VIEWER, speech.say("see who was sent what"))
    found = await desk.database.read(reach.reach, turn.actor, uid, desk.around())
    lines = []
    for heading, people in _by_standing(found.people, speech):
        lines.append(f"{heading} {named(people, speech, most=60)}.")
    await turn.say("\n\n".join(lines) or speech.say("It is meant for nobody."))


def _by_standing(people: list[PersonReach], speech: Speech) -> Iterator[tuple[str, list[str]]]:
    def those(standing: Standing) -> list[PersonReach]:
        return [one for one in people if one.standing is standing]

    seen, trying = those(Standing.NEEDS_PERSON), those(Standing.TRYING)
    ring = [one for one in seen if (one.channel, one.state) == (PHONE, State.ACCEPTED)]
    sent = [one for one in trying if one.state == State.ACCEPTED]
    for heading, group, why in (
        (speech.say("To ring:"), ring, False),
        (speech.say("Need somebody to see to them:"), [one for one in seen if one not in ring], True),
        (speech.say("Can't be reached:"), those(Standing.NOT_REACHABLE), True),
        (speech.say("Still to be sent:"), [one for one in trying if one not in sent], False),
        (speech.say("Sent, and nobody can say whether it has arrived:"), sent, False),
        (speech.say("Known to have arrived:"), those(Standing.REACHED), False),
        (speech.say("Left out on purpose:"), those(Standing.LEFT_OUT), True),
    ):
        if group:
            yield heading, [f"{one.name} ({_why(one, speech)})" if why else _how(one, speech) for one in group]


def _why(one: PersonReach, speech: Speech) -> str:
    return reason(one.reason, speech) or by(one.channel, speech)


def _how(one: PersonReach, speech: Speech) -> str:
    return f"{one.name} {by(one.channel, speech)}" if one.channel and one.channel != PHONE else one.name
