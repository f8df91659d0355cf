"""What coordinators change about one person: an address, the preferred way, a pause, that they left or died."""

from __future__ import annotations

import io
from datetime import date, timedelta

from actions import contacts, joining, people
from bot.person_card import live, show, state_of, way
from bot.turn import Button, Turn
from core.calendar import wall
from core.errors import UserError
from core.people import EMAIL, PHONE, SMS, RouteState, Status
from core.speech import Phrase, Speech
from core.spoken_dates import question, understand_when
from store.people import PersonCard, RouteLine

TALK = "people"

ASKS = {
    EMAIL: Phrase("Write the e-mail address."),
    SMS: Phrase("Write the mobile number for text messages."),
    PHONE: Phrase("Write the number to ring."),
}
CHANNELS = {EMAIL: Phrase("E-mail"), SMS: Phrase("Text message"), PHONE: Phrase("Phone call")}
"""What can be typed in the chat, as buttons name it."""


async def _read(turn: Turn, uid: str) -> PersonCard:
    return await turn.desk.database.read(people.show, turn.actor, uid)


async def ways(turn: Turn, uid: str) -> None:
    """Offers the person's routes to correct, and one more."""
    card = await _read(turn, uid)
    rows = [[Button(way(route, turn), f"pp:fix:{route.id}")] for route in live(card) if route.channel in CHANNELS]
    rows.append([Button(turn.speech.say("One more way"), f"pp:more:{uid}")])
    rows.append([Button(turn.speech.say("Back"), f"pp:card:{uid}")])
    await turn.show(turn.speech.say("Which one of {name}?", name=card.person.name), rows)


async def fix(turn: Turn, route: str) -> None:
    """Asks for the address that takes the place of another, or whether to use it again where it is off."""
    card, found = await _route(turn, route)
    speech = turn.speech
    if found.state != RouteState.ACTIVE and turn.pressed.startswith("pp:fix:"):
        rows = [
            [
                Button(speech.say("Use it again"), f"pp:again:{route}"),
                Button(speech.say("Another one"), f"pp:new:{route}"),
            ],
            [Button(speech.say("Back"), f"pp:card:{card.person.id}")],
        ]
        words = speech.say("{way}: {why}. What now?", way=way(found, turn), why=state_of(found, speech))
        await turn.show(words, rows)
        return
    turn.begin(TALK, "fix", person=card.person.id, route=route, channel=found.channel)
    head = speech.say("It takes the place of: {way}.", way=way(found, turn))
    await turn.say(f"{head}\n{speech.phrase(ASKS[found.channel])}")


async def more(turn: Turn, uid: str) -> None:
    """Asks which kind of way is added."""
    speech = turn.speech
    rows = [[Button(speech.phrase(name), f"pp:way:{uid}:{channel}")] for channel, name in CHANNELS.items()]
    await turn.show(speech.say("Which way is it?"), [*rows, [Button(speech.say("Back"), f"pp:card:{uid}")]])


async def add_way(turn: Turn, uid: str, channel: str) -> None:
    """Asks for the address of one more way."""
    if channel not in CHANNELS:
        raise UserError(turn.speech.say("There is no such way"))
    turn.begin(TALK, "fix", person=uid, route="", channel=channel)
    await turn.say(turn.speech.phrase(ASKS[channel]))


async def take_address(turn: Turn) -> None:
    """Reads an address that was typed and reads it back, before anything is changed."""
    assert turn.talk is not None
    data, speech, desk = turn.talk.data, turn.speech, turn.desk
    address = contacts.read_address(data["channel"], turn.text, desk.around())
    card = await _read(turn, data["person"])
    new = way(RouteLine("", data["channel"], address, RouteState.ACTIVE, "", None, []), turn)
    name = card.person.name
    words = speech.say("From now on {name} is told {way}. Is that right?", name=name, way=new)
    if data["route"]:
        _, old = await _route(turn, data["route"])
        words = speech.say(
            "For {name}: no longer {old}, but {new}. Is that right?", name=card.person.name, old=way(old, turn), new=new
        )
    turn.begin(TALK, "fix", **(data | {"address": address}))
    await turn.say(
        words,
        [[Button(speech.say("Yes, change it"), "pp:keep:"), Button(speech.say("No"), f"pp:card:{data['person']}")]],
    )


async def keep_address(turn: Turn) -> None:
    """Puts the address on file that was read back."""
    if turn.talk is None or turn.talk.name != TALK or turn.talk.step != "fix" or "address" not in turn.talk.data:
        await turn.show(turn.speech.say("This question is over."))
        return
    data, desk, speech = turn.talk.data, turn.desk, turn.speech
    if data["route"]:
        kept = await desk.database.write(contacts.correct, turn.actor, data["route"], data["address"], desk.around())
    else:
        kept = await desk.database.write(
            contacts.add, turn.actor, data["person"], data["channel"], data["address"], desk.around()
        )
    turn.end()
    await show(turn, data["person"], f"{kept.problem}." if kept.problem else speech.say("It is on file."))


async def again(turn: Turn, route: str) -> None:
    """Uses a way again that was off."""
    card = await turn.desk.database.write(contacts.use_again, turn.actor, route, turn.desk.around())
    await show(turn, card.person.id, turn.speech.say("It is used again."))


async def order(turn: Turn, uid: str) -> None:
    """Asks which way is tried first."""
    card = await _read(turn, uid)
    speech = turn.speech
    rows = [
        [Button(way(route, turn), f"pp:first:{route.id}")] for route in live(card) if route.state == RouteState.ACTIVE
    ]
    rows.append([Button(speech.say("Back"), f"pp:card:{uid}")])
    words = speech.say("How does {name} like to be told first? Ask them, if you do not know.", name=card.person.name)
    await turn.show(words, rows)


async def first(turn: Turn, route: str) -> None:
    """Puts a way first."""
    card = await turn.desk.database.write(contacts.prefer, turn.actor, route, turn.desk.around())
    await show(turn, card.person.id, turn.speech.say("That way is tried first from now on."))


async def pause(turn: Turn, uid: str) -> None:
    """Asks until when nothing goes to somebody."""
    card, speech = await _read(turn, uid), turn.speech
    today = wall(turn.desk.clock.now(), turn.desk.settings.timezone).date()
    spans = ((speech.say("One week"), 7), (speech.say("Two weeks"), 14), (speech.say("Four weeks"), 28))
    rows = [[Button(label, f"pp:until:{uid}:{today + timedelta(days=days)}") for label, days in spans]]
    rows.append(
        [Button(speech.say("Until further notice"), f"pp:until:{uid}:"), Button(speech.say("Back"), f"pp:card:{uid}")]
    )
    turn.begin(TALK, "pause", person=uid)
    words = speech.say("Until when does nothing go to {name}? Press a button, or write a day.", name=card.person.name)
    await turn.show(words, rows)


async def take_day(turn: Turn) -> None:
    """Reads the day that somebody typed."""
    assert turn.talk is not None
    desk, speech, uid = turn.desk, turn.speech, turn.talk.data["person"]
    now, zone = desk.clock.now(), desk.settings.timezone
    found = understand_when(turn.text.strip().removeprefix("until "), zone, now, speech.language)
    if len(found.days) > 1:
        rows = [[Button(speech.day(day), f"pp:until:{uid}:{day}")] for day in found.days]
        await turn.say(speech.say("Which day do you mean?"), rows)
    elif found.wrong or found.past or not found.days or found.days[0] <= wall(now, zone).date():
        hint = question(found, zone, now, speech) if found.wrong else speech.say("I need a day that is still to come")
        raise UserError(hint, mend=speech.say("Write it like: 12 May, or in two weeks."))
    else:
        await until(turn, uid, found.days[0].isoformat())


async def until(turn: Turn, uid: str, day: str) -> None:
    """Pauses somebody, until a day or until further notice."""
    last = date.fromisoformat(day) if day else None
    desk, speech = turn.desk, turn.speech
    stopped = await desk.database.write(contacts.mark, turn.actor, uid, Status.PAUSED, last, desk.around())
    turn.end()
    await show(turn, uid, _stopped(speech.say("Nothing goes to them until then."), stopped, speech))


async def gone(turn: Turn, uid: str) -> None:
    """Asks whether somebody left or died, once, and says what stops."""
    card, speech = await _read(turn, uid), turn.speech
    waiting, name = await turn.desk.database.read(contacts.waiting, turn.actor, uid), card.person.name
    words = speech.say(
        "Everything that has not left for {name} stops at once, and nothing more goes to them.", name=name
    )
    count = speech.count("{n} message waits now.", "{n} messages wait now.", waiting)
    rows = [
        [Button(speech.say("{name} left the group", name=name), f"pp:mark:{uid}:left")],
        [Button(speech.say("{name} has died", name=name), f"pp:mark:{uid}:died")],
        [Button(speech.say("Back"), f"pp:card:{uid}")],
    ]
    await turn.show(f"{words} {count}", rows)


async def mark(turn: Turn, uid: str, status: str) -> None:
    """Marks somebody as having left or died, or as back."""
    desk, speech = turn.desk, turn.speech
    wanted = Status(status) if status in ("left", "died") else Status.ACTIVE
    stopped = await desk.database.write(contacts.mark, turn.actor, uid, wanted, None, desk.around())
    words = {
        Status.LEFT: speech.say("Noted: they left the group."),
        Status.DIED: speech.say("Noted: they have died. Nothing more goes to them."),
    }.get(wanted, speech.say("They are in the group again."))
    await show(turn, uid, _stopped(words, stopped, speech))


def _stopped(words: str, stopped: int, speech: Speech) -> str:
    if not stopped:
        return words
    return f"{words} {speech.count('{n} message was stopped.', '{n} messages were stopped.', stopped)}"


async def link(turn: Turn, uid: str) -> None:
    """Gives a person's own link into the chat, as a picture to print and as a code to type."""
    import segno

    desk, speech = turn.desk, turn.speech
    card = await _read(turn, uid)
    made = await desk.database.write(joining.make_link, turn.actor, uid, desk.around())
    picture = io.BytesIO()
    segno.make(made.url, error="m").save(picture, kind="png", scale=8, border=4)
    words = speech.say(
        "This lets {name} into the chat, and nobody else: pass it on to them alone. The link: {url}\n"
        "On paper: the picture, or they write the code {code} to {bot} on Telegram.",
        name=card.person.name,
        url=made.url,
        code=made.code,
        bot=f"@{made.bot}",
    )
    await turn.say(words, [[Button(speech.say("Back"), f"pp:card:{uid}")]], picture=picture.getvalue())


async def _route(turn: Turn, route: str) -> tuple[PersonCard, RouteLine]:
    uid = await turn.desk.database.read(contacts.whose, turn.actor, route)
    card = await _read(turn, uid)
    return card, next(one for one in card.routes if one.id == route)
