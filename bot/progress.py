"""One message shows how a notice comes along; how it ended is a new message, because a change notifies nobody."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Iterator
from datetime import timedelta

from telegram.error import TelegramError

from actions import announcing, progress, staff
from actions.desk import Desk
from actions.progress import Coming, Result
from bot.preview import when
from bot.standing import who
from bot.turn import Button, Chapter, Post, Rows, Turn
from core.notices import NoticeState
from core.people import Role
from core.roles import SERVICE
from core.speech import Speech
from store.progress_cards import Card

TICK = 0.5
"""Seconds between two looks at the notices that are under way."""

EVERY = 3.0
"""Seconds between two changes of one message, at least."""

PROOF = 20.0
"""Seconds that the result waits for word that messages have arrived, where a provider may give it."""

TO_THE_END = 0.7
"""Seconds that a result under way is given when the door closes."""

log = logging.getLogger(__name__)


class Watch:
    """Keeps the messages that follow notices up to date, for as long as it runs."""

    def __init__(self, desk: Desk, post: Post) -> None:
        self._desk, self._post = desk, post
        self._changed: dict[int, float] = {}
        self._over: dict[int, float] = {}

    async def run(self) -> None:
        """Looks again and again; it goes on after a restart where it was."""
        while True:
            for card in await self._desk.database.read(progress.following, SERVICE):
                try:
                    await self._follow(card)
                except TelegramError as error:
                    log.warning("The progress of a notice can't be shown: %s", type(error).__name__)
            await self._desk.clock.sleep(TICK)

    async def _follow(self, card: Card) -> None:
        desk = self._desk
        found = await desk.database.read(progress.coming, SERVICE, card.notice, desk.around())
        speech = await speech_of(desk, card.chat)
        if found.done and await self._ended(card, found, speech):
            return
        text = coming_words(found, desk, speech)
        now = desk.clock.monotonic()
        if text == card.shown or now - self._changed.get(card.id, -EVERY) < EVERY:
            return
        self._changed[card.id] = now
        await self._post.edit(card.chat, card.message, text, coming_buttons(found, desk, speech), last=True)
        await desk.database.write(progress.show, SERVICE, card.id, text)

    async def _ended(self, card: Card, found: Coming, speech: Speech) -> bool:
        """Tells how a notice ended, once; False where that has to wait for word that messages have arrived."""
        desk = self._desk
        result = await desk.database.read(progress.result, SERVICE, card.notice, desk.around())
        now = desk.clock.monotonic()
        if not result.complete and now - self._over.setdefault(card.id, now) < PROOF:
            return False
        stopped = found.state is NoticeState.CANCELLED
        last = speech.say("This was stopped.") if stopped else speech.say("All of it has left. How it went is below.")
        await self._post.edit(card.chat, card.message, f"{about(found, speech)}\n{last}", last=True)
        words = f"{about(found, speech)}\n{result_words(result, speech, stopped=stopped)}"

        async def tell() -> None:
            await self._post.send(card.chat, words, result_buttons(found, result, speech))
            await desk.database.write(progress.show, SERVICE, card.id, last, done=True)

        await _whole(tell())
        self._changed.pop(card.id, None)
        self._over.pop(card.id, None)
        return True


async def _whole(doing: Coroutine[None, None, None]) -> None:
    """Does something to its end although the door closes meanwhile: else a result would come again after a restart."""
    task = asyncio.create_task(doing)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=TO_THE_END)
        task.cancel()
        raise


async def speech_of(desk: Desk, chat: str) -> Speech:
    """Gives what speaks the language of whoever has a chat."""
    person = await desk.database.read(staff.known_by_chat, chat)
    return desk.speech(person.language if person else "")


async def follow(turn: Turn, uid: str, message: int | None = None) -> None:
    """Shows how a notice comes along, in a message that is there already or in a new one, and keeps it up to date."""
    desk = turn.desk
    found = await desk.database.read(progress.coming, turn.actor, uid, desk.around())
    text, buttons = coming_words(found, desk, turn.speech), coming_buttons(found, desk, turn.speech)
    if not (message and await turn.post.edit(turn.chat, message, text, buttons)):
        message = await turn.say(text, buttons)
    await desk.database.write(announcing.follow, turn.actor, uid, turn.chat, message)


async def follow_in(desk: Desk, post: Post, chat: str, uid: str) -> None:
    """Does the same in another chat."""
    found = await desk.database.read(progress.coming, SERVICE, uid, desk.around())
    speech = await speech_of(desk, chat)
    message = await post.send(chat, coming_words(found, desk, speech), coming_buttons(found, desk, speech))
    await desk.database.write(announcing.follow, SERVICE, uid, chat, message)


def about(found: Coming, speech: Speech) -> str:
    """Names a notice."""
    return speech.say("“{subject}”", subject=found.about)


def coming_words(found: Coming, desk: Desk, speech: Speech) -> str:
    """Says how far a notice is."""
    return "\n".join([about(found, speech), *_coming(found, desk, speech)])


def _coming(found: Coming, desk: Desk, speech: Speech) -> Iterator[str]:
    tally, now = found.tally, desk.clock.now()
    if found.state is NoticeState.PAUSED:
        yield speech.say("Paused: nothing more leaves until somebody types /resume.")
    if found.starts > now:
        soon = found.starts - now <= desk.settings.chat.undo
        people = speech.count("It is for {n} person.", "It is for {n} people.", tally.people)
        if soon:
            seconds = int(desk.settings.chat.undo / timedelta(seconds=1))
            yield speech.count("It leaves in {n} second.", "It leaves within {n} seconds.", seconds) + f" {people}"
            yield speech.say("To take it back before anybody gets it, press Undo.")
        else:
            yield speech.say("It leaves on {when}.", when=when(found.starts, desk, speech)) + f" {people}"
        return
    yield speech.count("Being sent to {n} person.", "Being sent to {n} people.", tally.people)
    yield speech.count("{n} message sent so far.", "{n} messages sent so far.", tally.sent)
    if tally.arrived:
        yield speech.count("{n} is known to have arrived.", "{n} are known to have arrived.", tally.arrived)
    if tally.to_ring:
        yield speech.count("{n} person to ring.", "{n} people to ring.", tally.to_ring)
    if tally.waiting:
        yield speech.count("{n} message still to go.", "{n} messages still to go.", tally.waiting)
    if tally.waiting and found.quiet_until:
        yield speech.say("These are quiet hours. They end on {when}.", when=when(found.quiet_until, desk, speech))


def coming_buttons(found: Coming, desk: Desk, speech: Speech) -> Rows:
    """Gives the button that takes a notice back."""
    if found.done:
        return ()
    label = speech.say("Undo") if found.starts > desk.clock.now() else speech.say("Stop sending")
    return [[Button(label, f"pr:stop:{found.id}")]]


def result_words(found: Result, speech: Speech, *, stopped: bool = False) -> str:
    """Says how a notice ended. What was sent is never called told or reached: nobody has said so."""
    lines = [speech.count("Sent to {n} person.", "Sent to {n} people.", found.sent)]
    if found.arrived:
        lines.append(speech.count("{n} is known to have arrived.", "{n} are known to have arrived.", found.arrived))
    elif found.sent:
        lines.append(speech.say("Nobody can say yet whether it has arrived."))
    if found.to_ring:
        lines.append(speech.count("{n} to ring.", "{n} to ring.", found.to_ring))
    if found.to_see_to:
        lines.append(
            speech.count("{n} needs somebody to see to them.", "{n} need somebody to see to them.", found.to_see_to)
        )
    if found.unreachable:
        lines.append(speech.count("{n} can't be reached.", "{n} can't be reached.", found.unreachable))
    if found.left_out and not stopped:
        lines.append(speech.count("{n} left out on purpose.", "{n} left out on purpose.", found.left_out))
    elif found.left_out:
        lines.append(speech.count("{n} gets nothing of it.", "{n} get nothing of it.", found.left_out))
    return " ".join(lines)


def result_buttons(found: Coming, result: Result, speech: Speech) -> Rows:
    """Gives what can be done after a notice has left."""
    row = [Button(speech.say("Who"), f"pr:who:{found.id}")]
    if result.to_ring:
        row.append(Button(speech.say("Calls"), f"ca:show:{found.id}"))
    if result.missed or result.to_ring:
        row.append(Button(speech.say("Retry"), f"an:retry::{found.id}"))
    rows = [row]
    if found.state is NoticeState.CANCELLED and result.sent:
        rows.append([Button(speech.say("Send a correction"), f"an:fix::{found.id}")])
    return rows


async def _pressed(turn: Turn) -> None:
    _, what, uid, *_ = f"{turn.pressed}::".split(":")
    if what == "stop":
        await _stop(turn, uid)
    elif what == "who":
        await who(turn, uid)


async def _stop(turn: Turn, uid: str) -> None:
    desk, speech = turn.desk, turn.speech
    turn.must_be(Role.COORDINATOR, speech.say("stop notices"))
    stopped = await desk.database.write(announcing.stop, turn.actor, uid, desk.around())
    sent = speech.count("It had gone to {n} person.", "It had gone to {n} people.", stopped.sent)
    correct = [[Button(speech.say("Send a correction"), f"an:fix::{uid}")]] if stopped.sent else []
    if stopped.over:
        late = speech.say("It is too late to stop it: all of it has left.")
        await turn.say(f"{late} {sent}", correct)
    elif not stopped.first:
        await turn.say(f"{speech.say('This was stopped already.')} {sent}", correct)
    elif not stopped.sent:
        await _forget(turn, uid)
        await turn.show(speech.say("Undone. Nothing was sent to anybody."))
    else:
        await _forget(turn, uid)
        if turn.message is not None:
            await turn.post.edit(turn.chat, turn.message, speech.say("This was stopped."))
        rest = speech.count("{n} message was kept back.", "{n} messages were kept back.", stopped.withdrawn)
        offer = speech.say("You can send a correction to those who got it.")
        await turn.say(f"{speech.say('Stopped.')} {rest} {sent} {offer}", correct)


async def _forget(turn: Turn, uid: str) -> None:
    """Ends the following of a notice in this chat: whoever stopped it here is told here at once."""
    await turn.desk.database.write(progress.forget, turn.actor, uid, turn.chat)


async def _watch(desk: Desk, post: Post) -> None:
    await Watch(desk, post).run()


CHAPTER = Chapter(presses={"pr": _pressed}, watch=_watch)
