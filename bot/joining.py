"""Coming into the chat: by a personal link or a code, or by asking; and the coordinators who let people in."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from telegram.error import TelegramError

from actions import joining, people
from actions.desk import Desk
from actions.joining import Joined, Request
from bot import participants
from bot.flood import Flood
from bot.turn import Button, Chapter, Command, Post, Rows, Turn
from core.people import Role
from core.speech import Phrase, Speech
from store.people import PersonLine

TALK = "joining"

LOOK_EVERY = 300.0
"""Seconds between two looks for requests of which nobody was told."""

EVERYBODY = ""
"""The name under which the tries of all chats are counted together."""

TRIES, TRIES_OF_ALL = 10, 200
"""How many links and codes may be tried in an hour, from one chat and from all together."""

SHOWN = 8
"""People offered at once, and requests listed at once."""


async def stranger(turn: Turn) -> None:
    """Answers somebody who is not on file: the same friendly words whatever they write, and staff are asked once."""
    if turn.forwarded or turn.edited or await participants.overheard(turn):
        return
    desk, speech = turn.desk, turn.speech
    new = await desk.database.write(joining.ask, turn.chat, turn.sender_name, desk.around())
    asked = (
        speech.say("I have asked somebody there to let you in. You will hear from us here.")
        if new
        else speech.say("Somebody there has been asked to let you in.")
    )
    if new:
        await _tell(desk, turn.post)
    hello = speech.say("Hello. This is the chat of {group}.", group=desk.settings.group.name)
    word = speech.say("If you have a link or a code from us, open the link or type the code here.")
    await turn.say(f"{hello} {asked}\n{word}")


def word(turn: Turn) -> str:
    """Gives the token of a link, or the code, that somebody came with; nothing where they wrote other words."""
    if turn.forwarded or turn.edited or turn.pressed:
        return ""
    if turn.command == "start":
        return joining.code_in(turn.argument) or turn.argument[:100]
    return joining.code_in(turn.text) or ""


async def come(turn: Turn, word: str, tries: Flood) -> None:
    """Lets somebody in whose word opens; codes are short, so nobody may try many of them."""
    if tries.over(turn.chat) or tries.over(EVERYBODY) > TRIES_OF_ALL:
        await turn.say(turn.speech.say("That was too many tries. Please wait an hour, or ask us for a new link."))
        return
    desk = turn.desk
    key = joining.key_of(word, desk.around())
    joined = await desk.database.write(joining.join, key, turn.chat, desk.around())
    if not joined.shares_with:
        await _greet(turn, joined)
        return
    turn.begin(TALK, "both", key=key)
    question = turn.speech.say(
        "This chat belongs to {others} already. Do {others} and {name} both use it?",
        others=", ".join(joined.shares_with),
        name=joined.name,
    )
    both, no = Button(turn.speech.say("Yes, both"), "join:both"), Button(turn.speech.say("No"), "join:not")
    await turn.say(question, [[both, no]])


async def _greet(turn: Turn, joined: Joined) -> None:
    speech, group = turn.speech, turn.desk.settings.group.name
    if joined.again:
        await turn.say(speech.say("You have joined already, {name}. Everything is set up.", name=joined.name))
        return
    hello = speech.say("Welcome, {name}. From now on you can hear from {group} here.", name=joined.name, group=group)
    if joined.role:
        help_ = speech.say("Type /help to see what you can do.")
        await turn.say(f"{hello} {help_}")
    elif joined.prefers:
        await turn.say(f"{hello} {speech.say('We will write to you here first.')}")
    else:
        question = speech.say("Shall we write to you here from now on?")
        yes, no = Button(speech.say("Yes"), f"join:prefer:{joined.route}"), Button(speech.say("No"), "join:keep")
        await turn.say(f"{hello}\n{question}", [[yes, no]])


async def _start(turn: Turn) -> None:
    group, name = turn.desk.settings.group.name, turn.who.name if turn.who else ""
    hello = turn.speech.say("Hello {name}. This is the chat of {group}.", name=name, group=group)
    await turn.say(f"{hello} {turn.speech.say('Type /help to see what you can do.')}")


async def _pressed(turn: Turn) -> None:
    what, _, rest = turn.pressed.removeprefix("join:").partition(":")
    desk, speech = turn.desk, turn.speech
    match what:
        case "both" if key := _gathered(turn, "key"):
            turn.end()
            joined = await desk.database.write(joining.join, key, turn.chat, desk.around(), both=True)
            await _greet(turn, joined)
        case "not" if _gathered(turn, "key"):
            turn.end()
            await turn.show(speech.say("Nothing was changed. Open the link on the phone of whoever it is for."))
        case "prefer":
            if await desk.database.write(joining.prefer, turn.chat, rest, desk.around()):
                await turn.show(speech.say("Thank you. We will write to you here first."))
            else:
                await turn.show(speech.say("This question is over."))
        case "keep":
            await turn.show(speech.say("Thank you. Nothing changes, and you can write to us here at any time."))
        case "accept":
            await _who(turn, rest)
        case "refuse":
            await desk.database.write(joining.refuse, turn.actor, rest, desk.around())
            await turn.show(speech.say("Refused. They are not told, and cannot ask again from this chat."))
        case "new" | "as" if request := _gathered(turn, "request"):
            await _accept(turn, request, rest if what == "as" else None)
        case _:
            await turn.show(speech.say("This question is over."))


def _gathered(turn: Turn, what: str) -> str:
    """Gives what our own conversation has gathered, or nothing where it is over."""
    return str(turn.talk.data.get(what, "")) if turn.talk and turn.talk.name == TALK else ""


async def _tell(desk: Desk, post: Post) -> None:
    """Shows coordinators who has asked to join, with buttons to accept or refuse them; each request once."""
    requests, chats = await desk.database.read(joining.untold)
    for one in requests:
        shown = 0
        for chat in chats:
            with suppress(TelegramError):  # the others are told all the same
                shown += bool(await post.send(chat, *_card(desk.speech(), one)))
        await desk.database.write(joining.told, one, desk.around(), in_chat=shown > 0)


async def _watch(desk: Desk, post: Post) -> None:
    """Tells coordinators of requests that were left when the service stopped."""
    while True:
        await _tell(desk, post)
        await desk.clock.sleep(LOOK_EVERY)


def _card(speech: Speech, request: Request) -> tuple[str, Rows]:
    accept = Button(speech.say("Accept"), f"join:accept:{request.id}")
    refuse = Button(speech.say("Refuse"), f"join:refuse:{request.id}")
    name = _called(speech, request)
    return speech.say("{name} has written to the bot and would like to join.", name=name), [[accept, refuse]]


async def _requests(turn: Turn) -> None:
    found = await turn.desk.database.read(joining.requests, turn.actor)
    speech = turn.speech
    if not found:
        await turn.say(speech.say("Nobody waits to be let in."))
    for one in found[:SHOWN]:
        await turn.say(*_card(speech, one))
    if len(found) > SHOWN:
        await turn.say(speech.count("{n} more waits.", "{n} more wait.", len(found) - SHOWN))


def _called(speech: Speech, request: Request) -> str:
    return request.name or speech.say("Somebody without a name")


async def _who(turn: Turn, request: str) -> None:
    """Asks who it is: somebody on file with that name, or somebody new."""
    found = await turn.desk.database.read(joining.requests, turn.actor)
    one = next((one for one in found if one.id == request), None)
    if one is None:
        await turn.show(turn.speech.say("Somebody else has seen to this request already."))
        return
    turn.begin(TALK, "who", request=request, name=one.name)
    first = one.name.split()[:1]
    alike = await turn.desk.database.read(people.listing, turn.actor, query=first[0]) if first else []
    question = turn.speech.say("Who is {name}? Choose, or type part of the name.", name=_called(turn.speech, one))
    await turn.say(question, _choices(turn, alike, one.name))


def _choices(turn: Turn, alike: Sequence[PersonLine], name: str) -> list[list[Button]]:
    rows = [[Button(one.name, f"join:as:{one.id}")] for one in alike[:SHOWN]]
    if name:
        rows.append([Button(turn.speech.say("Somebody new: {name}", name=name), "join:new")])
    return rows


async def _look_for(turn: Turn) -> None:
    """Goes on with a name that was typed: people on file who have it, or somebody new who goes by it."""
    if turn.talk is None or turn.talk.step != "who":
        await turn.say(turn.speech.say("Please answer with one of the buttons."))
        return
    name = " ".join(turn.text.split())[:60]
    alike = await turn.desk.database.read(people.listing, turn.actor, query=name) if name else []
    turn.begin(TALK, "who", request=turn.talk.data["request"], name=name)
    question = turn.speech.say("Who is it? Choose, or type another part of the name.")
    await turn.say(question, _choices(turn, alike, name))


async def _accept(turn: Turn, request: str, person: str | None) -> None:
    desk, speech = turn.desk, turn.speech
    name = _gathered(turn, "name")
    settled, _ = await desk.database.write(joining.approve, turn.actor, request, person, desk.around(), name=name)
    turn.end()
    await turn.show(speech.say("{name} has joined.", name=settled.name))
    group = desk.settings.group.name
    hello = desk.speech().say(
        "Welcome, {name}. From now on you can hear from {group} here.", name=settled.name, group=group
    )
    await turn.post.send(settled.chat, hello)


CHAPTER = Chapter(
    commands=(
        Command("requests", Phrase("Who has asked to join, to accept or refuse"), _requests, Role.COORDINATOR),
        Command("start", None, _start),
    ),
    presses={"join": _pressed},
    talks={TALK: _look_for},
    watch=_watch,
)
