"""Putting somebody on file in the chat: the name, how they are reached, what they agreed to."""

from __future__ import annotations

from typing import Any

from actions import contacts, people
from bot.person_card import show, way
from bot.person_change import ASKS, CHANNELS, TALK
from bot.turn import Button, Rows, Turn
from core.cells import line
from core.errors import UserError
from core.people import RouteState
from core.person_row import LONGEST
from store.people import RouteLine


async def begin(turn: Turn, name: str = "") -> None:
    """Asks for the name, or goes on with one that was typed already."""
    turn.begin(TALK, "name")
    if name:
        await take_name(turn, name)
    else:
        await turn.say(turn.speech.say("What is their whole name? Write the first name and the surname."))


async def take_name(turn: Turn, written: str) -> None:
    """Takes the name; where somebody on file is called so, shows them first."""
    speech = turn.speech
    name = line(written, LONGEST["name"])
    if not name.strip():
        raise UserError(speech.say("I need a name"), mend=speech.say("Write the first name and the surname."))
    alike = await turn.desk.database.read(people.listing, turn.actor, query=name, limit=3)
    turn.begin(TALK, "way", named=name, ways=[])
    before = speech.say("Already on file: {names}.", names=", ".join(one.name for one in alike)) if alike else ""
    await _ask_way(turn, before)


async def _ask_way(turn: Turn, before: str = "") -> None:
    assert turn.talk is not None
    data, speech = turn.talk.data, turn.speech
    had = {channel for channel, _ in data["ways"]}
    rows: list[list[Button]] = [
        [Button(speech.phrase(name), f"pp:by::{channel}")] for channel, name in CHANNELS.items() if channel not in had
    ]
    rows.append([Button(speech.say("That is all") if had else speech.say("No way yet"), "pp:agree::")])
    first = speech.say("How does {name} like to be told? Begin with the way that they like best.", name=data["named"])
    turn.begin(TALK, "way", **data)
    await turn.say(f"{before}\n{first if not had else speech.say('Is there another way?')}".strip(), rows)


async def choose_way(turn: Turn, channel: str) -> None:
    """Asks for the address of the way that was chosen."""
    data = _data(turn, "way")
    if channel not in CHANNELS:
        raise UserError(turn.speech.say("There is no such way"))
    turn.begin(TALK, "address", **(data | {"channel": channel}))
    await turn.say(turn.speech.phrase(ASKS[channel]))


async def take_address(turn: Turn) -> None:
    """Takes an address that was typed."""
    data = _data(turn, "address")
    channel = data["channel"]
    address = contacts.read_address(channel, turn.text, turn.desk.around())
    ways = [one for one in data["ways"] if one[0] != channel]
    turn.begin(TALK, "way", named=data["named"], ways=[*ways, [channel, address]])
    await _ask_way(turn, turn.speech.say("Noted: {way}.", way=_way(channel, address, turn)))


async def ask_agreed(turn: Turn) -> None:
    """Asks what they agreed to: what concerns the group needs no consent, promotion does."""
    data, speech = _data(turn, "way"), turn.speech
    turn.begin(TALK, "agreed", **data)
    words = speech.say(
        "What the group does goes to everybody in it. May we also tell {name} of events and other offers? "
        "Only if they have said so.",
        name=data["named"],
    )
    yes, no = speech.say("Yes, they agreed to that"), speech.say("No, or not asked")
    await turn.say(words, [[Button(yes, "pp:agreed::1")], [Button(no, "pp:agreed::")]])


async def check(turn: Turn, agreed: str) -> None:
    """Reads everything back."""
    data, speech = _data(turn, "agreed"), turn.speech
    turn.begin(TALK, "check", **(data | {"agreed": bool(agreed)}))
    lines = [speech.say("Please check. Nobody is on file yet."), speech.say("Name: {name}", name=data["named"])]
    lines += [speech.say("Way: {way}", way=_way(channel, address, turn)) for channel, address in data["ways"]]
    if not data["ways"]:
        lines.append(speech.say("No way to reach them yet: somebody has to see to them."))
    lines.append(speech.say("Events and offers: yes") if agreed else speech.say("Events and offers: no"))
    rows: Rows = [[Button(speech.say("Put on file"), "pp:add::")], [Button(speech.say("Leave it"), "pp:leave::")]]
    await turn.say("\n".join(lines), rows)


async def add(turn: Turn) -> None:
    """Puts them on file."""
    data, desk, speech = _data(turn, "check"), turn.desk, turn.speech
    ways = [(channel, address) for channel, address in data["ways"]]
    card = await desk.database.write(
        contacts.put_on_file, turn.actor, data["named"], ways, bool(data["agreed"]), desk.around()
    )
    turn.end()
    await show(turn, card.person.id, speech.say("{name} is on file.", name=card.person.name))


def _data(turn: Turn, step: str) -> dict[str, Any]:
    if turn.talk is None or turn.talk.name != TALK or turn.talk.step != step:
        raise UserError(turn.speech.say("This question is over"), mend=turn.speech.say("Type /people to begin anew."))
    return turn.talk.data


def _way(channel: str, address: str, turn: Turn) -> str:
    return way(RouteLine("", channel, address, RouteState.ACTIVE, "", None, []), turn)
