"""/people: find somebody, see how they are reached and what they were told, and put it right; take a list of people."""

from __future__ import annotations

from actions import people
from bot import people_sheet, person_add, person_change
from bot.person_card import may_change, may_see, named, show
from bot.person_change import TALK
from bot.reasons import by
from bot.turn import Button, Chapter, Command, Turn
from core.people import Role
from core.speech import Phrase
from store.people import PersonLine

PAGE = 8
"""People offered at once."""

LEAST = 2
"""Letters of a name that are looked for."""


async def _people(turn: Turn) -> None:
    if turn.argument:
        await _find(turn, turn.argument)
    else:
        await _ask(turn)


async def _ask(turn: Turn) -> None:
    speech = turn.speech
    turn.begin(TALK, "find")
    rows = []
    if may_change(turn):
        rows = [[Button(speech.say("Add somebody"), "pp:new_one:"), Button(speech.say("Send a list"), "pp:sheet:")]]
    await turn.say(speech.say("Who is it? Write a part of the name."), rows)


async def _find(turn: Turn, written: str, start: int = 0) -> None:
    """Shows who has this in the name: one person at once, several to choose from."""
    speech = turn.speech
    query = " ".join(written.split())[:60]
    if len(query) < LEAST:
        await turn.say(speech.say("Please write at least two letters of the name."))
        return
    found = await turn.desk.database.read(people.listing, turn.actor, query=query, limit=start + PAGE + 1)
    page = found[start : start + PAGE]
    turn.begin(TALK, "find", query=query)
    rows = [[Button(named(one, speech), f"pp:card:{one.id}")] for one in page]
    if len(found) > start + PAGE:
        rows.append([Button(speech.say("More"), f"pp:page:{start + PAGE}")])
    if len(found) == 1 and not start:
        await _one(turn, found[0])
        return
    if may_change(turn):
        rows.append([Button(speech.say("Add somebody"), "pp:new_one:")])
    if page:
        words = speech.say("Who is it? Choose, or write another part of the name.")
    else:
        words = speech.say("Nobody on file has “{query}” in the name. Write another part of it.", query=query)
    await turn.show(words, rows)


async def _one(turn: Turn, line: PersonLine) -> None:
    """Shows a person: all of it to callers and above, to viewers how they are reached."""
    if may_see(turn):
        await show(turn, line.id)
        return
    speech = turn.speech
    ways = ", ".join(by(channel, speech) for channel in line.channels) or speech.say("no way to reach them")
    await turn.show(speech.say("{name}: {ways}.", name=named(line, speech), ways=ways))


async def _pressed(turn: Turn) -> None:
    _, verb, first, rest, *_ = f"{turn.pressed}:::".split(":")
    match verb:
        case "find":
            await _ask(turn)
        case "page" if turn.talk and turn.talk.name == TALK and turn.talk.data.get("query"):
            await _find(turn, turn.talk.data["query"], int(first or 0))
        case "card":
            found = await turn.desk.database.read(people.listing, turn.actor, query=first, limit=1)
            turn.end()
            if found:
                await _one(turn, found[0])
            else:
                await turn.show(turn.speech.say("This person is not on file any more."))
        case _:
            turn.must_be(Role.COORDINATOR, turn.speech.say("change what is on file about people"))
            await _change(turn, verb, first, rest)


async def _change(turn: Turn, verb: str, first: str, rest: str) -> None:
    """Does what a button says; the actions check the role once more."""
    match verb:
        case "ways":
            await person_change.ways(turn, first)
        case "fix" | "new":
            await person_change.fix(turn, first)
        case "more":
            await person_change.more(turn, first)
        case "way":
            await person_change.add_way(turn, first, rest)
        case "keep":
            await person_change.keep_address(turn)
        case "again":
            await person_change.again(turn, first)
        case "order":
            await person_change.order(turn, first)
        case "first":
            await person_change.first(turn, first)
        case "pause":
            await person_change.pause(turn, first)
        case "until":
            await person_change.until(turn, first, rest)
        case "gone":
            await person_change.gone(turn, first)
        case "mark":
            await person_change.mark(turn, first, rest)
        case "back":
            await person_change.mark(turn, first, "active")
        case "link":
            await person_change.link(turn, first)
        case _:
            await _gather(turn, verb, rest)


async def _gather(turn: Turn, verb: str, value: str) -> None:
    """Goes on with putting somebody on file, or with a list."""
    match verb:
        case "new_one":
            await person_add.begin(turn)
        case "by":
            await person_add.choose_way(turn, value)
        case "agree":
            await person_add.ask_agreed(turn)
        case "agreed":
            await person_add.check(turn, value)
        case "add":
            await person_add.add(turn)
        case "sheet":
            await people_sheet.ask(turn)
        case "bring":
            await people_sheet.bring(turn)
        case "drop":
            await people_sheet.drop(turn)
        case "leave":
            turn.end()
            await turn.show(turn.speech.say("Nothing was changed."))
        case _:
            await turn.show(turn.speech.say("This question is over."))


async def _talked(turn: Turn) -> None:
    """Goes on with what was written or sent, by the step."""
    assert turn.talk is not None
    speech, step = turn.speech, turn.talk.step
    if turn.edited:
        await turn.say(speech.say("Changing that message changes nothing here. Please write it once more."))
    elif turn.upload:
        await people_sheet.look(turn)
    elif step == "find":
        await _find(turn, turn.text)
    else:
        turn.must_be(Role.COORDINATOR, speech.say("change what is on file about people"))
        await _answered(turn, step)


async def _answered(turn: Turn, step: str) -> None:
    speech = turn.speech
    match step:
        case "name":
            await person_add.take_name(turn, turn.text)
        case "address":
            await person_add.take_address(turn)
        case "fix":
            await person_change.take_address(turn)
        case "pause":
            await person_change.take_day(turn)
        case "sheet":
            await turn.say(speech.say("Send the list as a file, or type /cancel to leave it."))
        case _:
            await turn.say(speech.say("Please press one of the buttons, or type its words. /cancel leaves it."))


CHAPTER = Chapter(
    commands=(Command("people", Phrase("Find somebody, put their details right, take a list"), _people, Role.VIEWER),),
    presses={"pp": _pressed},
    talks={TALK: _talked},
)
