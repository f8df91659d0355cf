"""Group chats: one that an admin linked sees numbers only, any other is left."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from telegram import Bot
from telegram.error import TelegramError

from actions import group_chats
from bot.incoming import Incoming
from bot.turn import Turn
from core.people import Role
from core.roles import ORDER

WAIT = 60.0
"""Seconds that an admin has to link a group before the bot leaves it."""


class Groups:
    """What happens in group chats. `bot` can leave them; nothing personal is ever said there."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._leaving: dict[str, asyncio.Task[None]] = {}

    async def heard(self, turn: Turn, found: Incoming) -> None:
        """Deals with one thing that happened in a group."""
        desk, speech = turn.desk, turn.speech
        if found.moved_to:
            await desk.database.write(group_chats.moved, turn.chat, found.moved_to)
        elif found.present is not None:
            await self._came_or_went(turn, found, present=found.present)
        elif turn.command == "link":
            await self._link(turn, found.title)
        elif not await desk.database.read(group_chats.linked, turn.chat):
            self._leave_soon(turn)
        elif turn.command == "unlink":
            turn.must_be(Role.ADMIN, speech.say("unlink a group"))
            await desk.database.write(group_chats.unlink, turn.actor, turn.chat, desk.around())
            await turn.say(speech.say("This group is no longer linked. Goodbye."))
            await self._leave(turn.chat)
        elif turn.command == "status":
            await self._status(turn)
        elif turn.command or turn.pressed:
            await turn.say(
                speech.say("Here I only show numbers: /status. For everything else, write to me in private.")
            )

    def close(self) -> None:
        """Gives up what waits; a group that nobody has linked is left when it says something next."""
        for task in self._leaving.values():
            task.cancel()

    async def _came_or_went(self, turn: Turn, found: Incoming, *, present: bool) -> None:
        if not present:
            await turn.desk.database.write(group_chats.gone, turn.chat, turn.desk.around())
        elif await turn.desk.database.read(group_chats.linked, turn.chat):
            return
        elif _is_admin(turn):
            await self._link(turn, found.title)
        else:
            ask = turn.speech.say(
                "Hello. An admin of {group} can link this chat to it within a minute: /link.",
                group=turn.desk.settings.group.name,
            )
            await turn.say(ask)
            self._leave_soon(turn)

    async def _link(self, turn: Turn, title: str) -> None:
        if not _is_admin(turn):  # nobody learns here who is an admin
            self._leave_soon(turn)
            return
        await turn.desk.database.write(group_chats.link, turn.actor, turn.chat, title, turn.desk.around())
        if task := self._leaving.pop(turn.chat, None):
            task.cancel()
        await turn.say(
            turn.speech.say("This chat is linked. Everybody in it can see numbers: /status. Names stay private.")
        )

    async def _status(self, turn: Turn) -> None:
        desk, speech = turn.desk, turn.speech
        found = await desk.database.read(group_chats.numbers, turn.chat, desk.around())
        if not found:
            await turn.say(speech.say("Nothing was sent in the last seven days."))
            return
        lines = [
            speech.say(
                "{day}: {reached} of {people} reached, {trying} on the way, {person} for somebody to tell.",
                day=speech.day(one.day, year=False),
                people=one.people,
                reached=one.reached,
                trying=one.trying,
                person=one.needs_person,
            )
            for one in found
        ]
        await turn.say("\n".join(lines))

    def _leave_soon(self, turn: Turn) -> None:
        """Leaves in a minute, unless somebody links the group before."""
        chat = turn.chat
        if chat in self._leaving:
            return

        async def wait() -> None:
            await turn.desk.clock.sleep(WAIT)
            del self._leaving[chat]
            if not await turn.desk.database.read(group_chats.linked, chat):
                await self._leave(chat)

        self._leaving[chat] = asyncio.create_task(wait())

    async def _leave(self, chat: str) -> None:
        with suppress(TelegramError):  # it is gone, or we were thrown out
            await self._bot.leave_chat(int(chat))


def _is_admin(turn: Turn) -> bool:
    return bool(turn.who and turn.who.actor and ORDER.index(turn.who.actor.role) >= ORDER.index(Role.ADMIN))
