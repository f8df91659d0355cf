"""The commands that Telegram completes as one types: for each member of staff those of their role."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)
from telegram.error import TelegramError

from actions import staff
from actions.desk import Desk
from bot.turn import Command
from core.people import Role
from core.roles import ORDER, SERVICE

LOOK_EVERY = 30.0
"""Seconds between two looks for roles that were changed elsewhere: in the terminal, or on the pages."""

log = logging.getLogger(__name__)


def allowed(commands: Iterable[Command], role: Role | None) -> list[Command]:
    """Lists the commands that somebody of a role may use (None: somebody on file without one)."""
    rank = -1 if role is None else ORDER.index(role)
    return [one for one in commands if one.role is None or ORDER.index(one.role) <= rank]


class Menus:
    """Keeps what Telegram knows of our commands up to date: one menu for everybody, and one for each staff chat."""

    def __init__(self, bot: Bot, desk: Desk, commands: Iterable[Command]) -> None:
        self._bot, self._desk, self._commands = bot, desk, list(commands)
        self._shown: dict[str, Role | None] = {}

    async def run(self) -> None:
        """Shows everybody their menu, and looks now and then whether somebody's role has changed."""
        await self._set(BotCommandScopeAllPrivateChats(), None)
        await self._bot.set_my_commands(self._for_groups(), BotCommandScopeAllGroupChats())
        while True:
            for chat, role in (await self._desk.database.read(staff.chats, SERVICE)).items():
                await self._show(chat, role)
            await self._desk.clock.sleep(LOOK_EVERY)

    async def see(self, chat: str, role: Role | None) -> None:
        """Shows a chat from which somebody has just written the menu of its role, if that is new."""
        if role or chat in self._shown:
            await self._show(chat, role)

    async def _show(self, chat: str, role: Role | None) -> None:
        if chat in self._shown and self._shown[chat] is role:
            return
        try:
            scope = BotCommandScopeChat(int(chat))
            if role is None:
                await self._bot.delete_my_commands(scope)
            else:
                await self._set(scope, role)
            self._shown[chat] = role
        except (TelegramError, ValueError) as error:  # ValueError: an address that is no chat's
            log.info("The commands of a chat could not be registered: %s", type(error).__name__)

    def _for_groups(self) -> list[BotCommand]:
        say = self._desk.speech().say
        return [BotCommand("status", say("The numbers")), BotCommand("link", say("Link this chat (for an admin)"))]

    async def _set(self, scope: BotCommandScopeChat | BotCommandScopeAllPrivateChats, role: Role | None) -> None:
        speech = self._desk.speech()
        menu = [BotCommand(one.name, speech.phrase(one.says)) for one in allowed(self._commands, role) if one.says]
        await self._bot.set_my_commands(menu, scope)
