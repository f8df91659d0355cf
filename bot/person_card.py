"""A person as the chat shows them: how they are reached, how they stand, and what they were told lately."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from actions import people
from bot.reasons import by, reason
from bot.turn import Button, Rows, Turn
from core.addresses import readable_number
from core.delivery import State
from core.people import PHONE, SMS, TELEGRAM, Role, RouteState, Status
from core.roles import ORDER
from core.speech import Phrase, Speech
from store.on_file import REPLACED
from store.people import DeliveryLine, PersonCard, PersonLine, RouteLine

LATELY = 8
"""Messages that are read out of what somebody was told."""

_STATES = {
    State.QUEUED: Phrase("waits to be sent"),
    State.HELD: Phrase("is held"),
    State.SENDING: Phrase("is being sent"),
    State.ACCEPTED: Phrase("sent, without proof that it arrived"),
    State.DELIVERED: Phrase("arrived"),
    State.FAILED: Phrase("did not arrive"),
    State.UNKNOWN: Phrase("may have been sent; we are finding out"),
    State.REVIEW: Phrase("may have been sent; somebody has to decide"),
    State.WITHDRAWN: Phrase("was not sent"),
    State.EXPIRED: Phrase("was too late to send"),
}


def live(card: PersonCard) -> list[RouteLine]:
    """Lists the ways that are on file now, without those that another address has replaced."""
    return [route for route in card.routes if route.address and route.reason != REPLACED]


def may_see(turn: Turn) -> bool:
    """Tells whether whoever asks may see a person's card: callers and above."""
    return ORDER.index(turn.actor.role) >= ORDER.index(Role.CALLER)


def may_change(turn: Turn) -> bool:
    """Tells whether whoever asks may change what is on file."""
    return ORDER.index(turn.actor.role) >= ORDER.index(Role.COORDINATOR)


async def show(turn: Turn, uid: str, before: str = "") -> None:
    """Shows a person, with what can be done; `before` is what is said first."""
    card = await turn.desk.database.read(people.show, turn.actor, uid)
    text = "\n".join([*([before, ""] if before else []), *_lines(card, turn)])
    await turn.show(text, _buttons(turn, card))


def named(one: PersonLine, speech: Speech) -> str:
    """Names a person in a list, with how they stand where that matters."""
    standing = _standing(one, speech)
    return one.name if one.status == Status.ACTIVE and not one.stopped else f"{one.name} ({standing})"


def way(route: RouteLine, turn: Turn) -> str:
    """Says one way to reach somebody: "by text message, 07700 900123"."""
    speech = turn.speech
    address = route.address or speech.say("erased")
    if route.channel in (SMS, PHONE):
        address = readable_number(address, turn.desk.settings.region)
    if route.channel == TELEGRAM:
        return by(route.channel, speech)
    return speech.say("{by}, {address}", by=by(route.channel, speech), address=address)


def state_of(route: RouteLine, speech: Speech) -> str:
    """Says why a way is not used; empty where it is."""
    if route.state == RouteState.STOPPED:
        return speech.say("stopped: {why}", why=reason(route.reason, speech))
    if route.state == RouteState.DEAD:
        return speech.say("does not work: {why}", why=reason(route.reason, speech))
    return ""


def _lines(card: PersonCard, turn: Turn) -> Iterator[str]:
    speech, one = turn.speech, card.person
    yield speech.say("{name}, called {called}", name=one.name, called=one.called) if one.called else one.name
    yield _standing(one, speech)
    if one.stopped:
        yield speech.say("They asked us to stop everything.")
    yield ""
    yield (
        speech.say("Ways to reach them, the preferred one first:")
        if live(card)
        else speech.say("No way to reach them.")
    )
    for number, route in enumerate(live(card), 1):
        why = state_of(route, speech)
        yield f"{number}. {way(route, turn)}" + (f" ({why})" if why else "")
    facts = (
        (speech.say("Whose phone or mailbox it is"), card.held_by),
        (speech.say("Never to be used"), ", ".join(by(channel, speech) for channel in card.never)),
        (speech.say("Language"), card.language),
        (speech.say("Format"), card.format),
        (speech.say("What helps them"), card.support),
        (speech.say("Groups"), ", ".join(one.groups)),
        (speech.say("Notes"), card.notes[:500]),
    )
    yield from (f"{name}: {value}" for name, value in facts if value)
    yield ""
    yield speech.say("What they were told lately:") if card.deliveries else speech.say("They were told nothing yet.")
    yield from (_told(line, turn) for line in card.deliveries[:LATELY])


def _standing(one: PersonLine, speech: Speech) -> str:
    match one.status:
        case "paused" if one.paused_until:
            return speech.say("Paused until {day}", day=speech.day(one.paused_until))
        case "paused":
            return speech.say("Paused until further notice")
        case "left":
            return speech.say("Left the group")
        case "died":
            return speech.say("Died")
    return speech.say("In the group, stopped everything") if one.stopped else speech.say("In the group")


def _told(line: DeliveryLine, turn: Turn) -> str:
    speech = turn.speech
    state = speech.phrase(_STATES[State(line.state)])
    if line.channel == PHONE and line.state == State.ACCEPTED:
        state = speech.say("on the call list")
    return "- " + speech.say(
        "{day}: {subject}, {by}, {state}",
        day=speech.day(_local(line.at, turn), year=False),
        subject=" ".join(line.subject.split()),
        by=by(line.channel, speech),
        state=state,
    )


def _local(moment: datetime, turn: Turn) -> datetime:
    return moment.astimezone(turn.desk.settings.zone)


def _buttons(turn: Turn, card: PersonCard) -> Rows:
    speech, uid, status = turn.speech, card.person.id, card.person.status
    if not may_change(turn):
        return [[Button(speech.say("Find somebody else"), "pp:find:")]]
    rows: list[list[Button]] = []
    if status in (Status.ACTIVE, Status.PAUSED):
        rows += [
            [Button(speech.say("Correct or add a number or address"), f"pp:ways:{uid}")],
            [
                Button(speech.say("Preferred way"), f"pp:order:{uid}"),
                Button(speech.say("Link into the chat"), f"pp:link:{uid}"),
            ],
        ]
    if status == Status.ACTIVE:
        rows.append(
            [Button(speech.say("Pause"), f"pp:pause:{uid}"), Button(speech.say("Left or died"), f"pp:gone:{uid}")]
        )
    elif status == Status.PAUSED:
        rows.append(
            [
                Button(speech.say("End the pause"), f"pp:back:{uid}"),
                Button(speech.say("Left or died"), f"pp:gone:{uid}"),
            ]
        )
    elif status in (Status.LEFT, Status.DIED):
        rows.append([Button(speech.say("That was a mistake"), f"pp:back:{uid}")])
    rows.append([Button(speech.say("Find somebody else"), "pp:find:")])
    return rows
