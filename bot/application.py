"""The chat door: what comes in from Telegram finds whoever deals with it, one thing at a time in each chat."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Any

from telegram import Update
from telegram.error import TelegramError

from actions import conversations
from actions.desk import Desk
from bot import joining, membership, participants
from bot.chapters import CHAPTERS
from bot.faults import TRY_AGAIN, apology, forever, log_fault, sentence
from bot.flood import Flood
from bot.groups import Groups
from bot.help import unknown
from bot.incoming import WANTED, Incoming, incoming
from bot.introduction import introduce
from bot.lines import Lines
from bot.menus import Menus, allowed
from bot.post import TelegramPost, TurnPost
from bot.reader import Reader
from bot.turn import Chapter, Do, Known, Talk, Turn
from bot.typed import meant
from channels.telegram import Telegram
from core.errors import OperatorError, StoreError, UserError
from core.people import Role
from scheduler.pacing import Pacer
from store.chats import Kept

WEBHOOK_PATH = "/callbacks/telegram"
"""Where, below the public address, Telegram pushes updates to."""

STOP_WITHIN = 0.7
"""Seconds that turns under way are given at a stop; what is not done by then is delivered again at the next start."""

log = logging.getLogger(__name__)


class ChatDoor:
    """Everything that is done from Telegram; open for as long as it is entered.

    It shares the bot of `channel`, which somebody else opens and closes, and its `pacer`. With a public address and a
    webhook secret Telegram pushes updates and the web door hands them to `feed`; otherwise they are asked for.
    """

    def __init__(self, desk: Desk, channel: Telegram, pacer: Pacer, chapters: Sequence[Chapter] = CHAPTERS) -> None:
        self.desk = desk
        self._channel, self._clock = channel, desk.clock
        self._chapters = chapters
        self._commands = {command.name: command for chapter in chapters for command in chapter.commands}
        self._presses = {name: do for chapter in chapters for name, do in chapter.presses.items()}
        self._talks = {name: do for chapter in chapters for name, do in chapter.talks.items()}
        self._lines = Lines()
        self._flood = Flood(desk.settings.chat.limit, 60.0, desk.clock)
        self._tries = Flood(joining.TRIES, 3600.0, desk.clock)
        self._bot_id = desk.settings.telegram.token.get_secret_value().partition(":")[0]
        self._name = ""
        self._ready = False
        self._pacer = pacer
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def ready(self) -> bool:
        """Whether Telegram has told us who we are: from then on updates are read."""
        return self._ready

    @property
    def names(self) -> dict[str, Role | None]:
        """Every command with the least role that may use it."""
        return {name: command.role for name, command in self._commands.items()}

    @property
    def webhook(self) -> bool:
        """Whether Telegram pushes updates, instead of being asked for them."""
        settings = self.desk.settings
        return bool(settings.public_url and settings.telegram.webhook_secret.get_secret_value())

    async def __aenter__(self) -> ChatDoor:
        self._bot = self._channel.bot
        self.post = TelegramPost(self._bot, self._pacer, self._clock, self._offered)
        self._menus = Menus(self._bot, self.desk, self._commands.values())
        self._groups = Groups(self._bot)
        self._tasks = [asyncio.create_task(forever("the chat", self._run, self._clock))]
        for watch in (chapter.watch for chapter in self._chapters if chapter.watch):
            look = partial(watch, self.desk, self.post)
            self._tasks.append(asyncio.create_task(forever("a part of the chat", look, self._clock)))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._groups.close()
        await self._lines.close(STOP_WITHIN)

    async def feed(self, update: dict[str, Any]) -> bool:
        """Takes one update from the webhook, and returns when it was dealt with; False where it can't be read.

        Such a one is passed over: Telegram would push it again and again.
        """
        try:
            task = self._take(Update.de_json(update, self._bot))
        except Exception as error:  # noqa: BLE001 - the library fails in many ways on what it does not expect
            log.error("An update from Telegram can't be read (%s), and is passed over", type(error).__name__)
            return False
        if task:
            await asyncio.wait([task])
        return True

    async def _run(self) -> None:
        """Tells Telegram how to hand over updates, then reads them if they are not pushed."""
        await self._introduce()
        self._ready = True
        self._tasks.append(asyncio.create_task(forever("the menus", self._menus.run, self._clock)))
        if not self.webhook:
            await Reader(self._bot, self._clock, self._lines, self._take).run()
        await asyncio.Event().wait()

    async def _introduce(self) -> None:
        settings = self.desk.settings
        pause = 0.5
        while True:
            try:
                self._name = await introduce(self.desk, self._channel)
                if self.webhook:
                    secret = settings.telegram.webhook_secret.get_secret_value()
                    url = settings.public_url + WEBHOOK_PATH
                    await self._bot.set_webhook(url, allowed_updates=WANTED, secret_token=secret)
                else:
                    await self._bot.delete_webhook()
                return
            except (TelegramError, OperatorError) as error:
                why = str(error) if isinstance(error, OperatorError) else type(error).__name__
                log.warning("The chat can't be opened yet: %s", why)
                await self._clock.sleep(pause)
                pause = min(2 * pause, 30.0)

    def _take(self, update: Update) -> asyncio.Task[None] | None:
        """Puts an update into the line of its chat."""
        found = incoming(update, self._name)
        if found is None:
            return None
        return self._lines.put(found.update, found.chat, lambda: self._deal(found))

    async def _deal(self, found: Incoming) -> None:
        """Deals with one update, and writes down that it was dealt with."""
        answered = asyncio.create_task(self._stop_spinning(found)) if found.query else None
        over = 0 if found.present is not None else self._flood.over(found.chat)
        if over:
            if over == 1:
                await self._calmly(found, self._answer_flood(found))
        else:
            await self._calmly(found, self._turn(found))
        if answered:
            await answered

    async def _turn(self, found: Incoming) -> None:
        now = self._clock.now()
        database = self.desk.database
        came = await self._until_it_works(
            lambda: database.read(conversations.come_in, self._bot_id, found.update, found.chat, found.user, now)
        )
        if came.repeat:
            return
        post = TurnPost(self.post, found.chat)
        turn = self._make_turn(found, came, post)
        try:
            await self._dispatch(turn, found)
        except UserError as error:
            await self._calmly(found, self.post.deliver(found.chat, sentence(error)))
        except Exception as error:  # noqa: BLE001 - whatever goes wrong in one turn must not end the others
            log_fault(error)
            await self._calmly(found, self.post.deliver(found.chat, apology(turn.speech, error)))
        after = _kept(turn.talk, post.offered, came.kept)
        await self._until_it_works(
            lambda: database.write(
                conversations.go_out,
                self._bot_id,
                found.update,
                found.chat,
                after if after != came.kept else None,
                self._clock.now(),
            )
        )
        if found.private:
            await self._menus.see(found.chat, turn.who.actor.role if turn.who and turn.who.actor else None)

    def _make_turn(self, found: Incoming, came: conversations.CameIn, post: TurnPost) -> Turn:
        person = came.person
        known = Known(person.person, person.name, person.actor) if person else None
        pressed, message = found.pressed, found.message
        if found.private and not (pressed or found.command or found.edited or found.forwarded or found.upload):
            typed = meant(found.text, came.kept.buttons)
            if typed is not None and known is not None:
                pressed, message = typed, came.kept.message
        language = person.language if person else found.language
        if not person and language.partition("-")[0] not in self.desk.catalogues.languages:
            language = ""
        return Turn(
            desk=self.desk,
            post=post,
            chat=found.chat,
            ref=str(found.update),
            speech=self.desk.speech(language),
            who=known,
            private=found.private,
            text=found.text,
            command=found.command,
            argument=found.argument,
            pressed=pressed,
            message=message,
            edited=found.edited,
            forwarded=found.forwarded,
            upload=found.upload,
            talk=Talk(came.kept.name, came.kept.step, dict(came.kept.data)) if came.kept.name else None,
            sender_name=found.name,
            commands=allowed(self._commands.values(), known.actor.role if known and known.actor else None),
        )

    async def _dispatch(self, turn: Turn, found: Incoming) -> None:
        """Finds whoever deals with this."""
        if not found.private:
            await self._groups.heard(turn, found)
        elif found.present is not None:
            await membership.changed(turn, present=found.present)
        elif word := joining.word(turn):
            await joining.come(turn, word, self._tries)
        elif turn.who is None:
            await joining.stranger(turn)
        elif found.command:
            await self._command(turn)
        elif turn.pressed:
            await self._press(turn)
        elif turn.talk and (do := self._talks.get(turn.talk.name)):
            await do(turn)
        else:
            turn.talk = None
            await participants.heard(turn, found.sent)

    async def _command(self, turn: Turn) -> None:
        speech, actor = turn.speech, turn.who.actor if turn.who else None
        command = self._commands.get(turn.command)
        if command is None or (command.role and actor is None):
            await unknown(turn)
        elif turn.forwarded:
            await turn.say(
                speech.say("This command was forwarded, so nothing was done. Type it yourself if you mean it.")
            )
        elif turn.edited:
            await turn.say(speech.say("A command that is changed afterwards does nothing. Please send it again."))
        else:
            if command.role:
                turn.must_be(command.role, speech.say("use the command /{name}", name=command.name))
            await command.do(turn)

    async def _press(self, turn: Turn) -> None:
        do: Do | None = self._presses.get(turn.pressed.partition(":")[0])
        if do is None:
            await turn.say(
                turn.speech.say("This button belongs to something that is over. Type /help to see what you can do.")
            )
        else:
            await do(turn)

    async def _offered(self, chat: str, message: int, buttons: tuple[tuple[str, str], ...]) -> None:
        await self.desk.database.write(conversations.offer, chat, message, buttons, self._clock.now())

    async def _answer_flood(self, found: Incoming) -> None:
        speech = self.desk.speech(found.language)
        words = speech.say("That was a lot at once. Please wait a minute, then write again.")
        await self.post.deliver(found.chat, words)

    async def _stop_spinning(self, found: Incoming) -> None:
        with suppress(TelegramError):  # an old press can't be answered any more
            await self._bot.answer_callback_query(found.query)

    async def _calmly(self, found: Incoming, doing: Any) -> None:
        """Does something whose failure ends with it: Telegram is away, say, and the answer can't be sent."""
        try:
            await doing
        except TelegramError as error:
            log.warning("An answer could not be sent on Telegram: %s", type(error).__name__)
        except Exception as error:  # noqa: BLE001 - the answer is lost, the turn is not
            log_fault(error)

    async def _until_it_works(self, do: Any) -> Any:
        """Asks the database again and again: what is not written down is delivered again, and is asked for then."""
        while True:
            try:
                return await do()
            except StoreError as error:
                log.error("The chat waits for the database: %s", error)
                await self._clock.sleep(TRY_AGAIN)


def _kept(talk: Talk | None, offered: tuple[int, tuple[tuple[str, str], ...]] | None, before: Kept) -> Kept:
    message, buttons = offered if offered is not None else (before.message, before.buttons)
    if not buttons:
        message = 0
    if talk is None:
        return Kept(message=message, buttons=buttons)
    return Kept(talk.name, talk.step, talk.data, message, buttons)
