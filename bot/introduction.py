"""Asks Telegram who our bot is, and keeps its name: links into the chat begin with it."""

from __future__ import annotations

from telegram.error import TelegramError

from actions import conversations
from actions.desk import Desk
from channels.telegram import Telegram
from core.errors import OperatorError


async def introduce(desk: Desk, channel: Telegram) -> str:
    """Returns the bot's user name, without the @; raises `OperatorError` where Telegram does not say."""
    try:
        name = (await channel.bot.get_me()).username or ""
    except TelegramError as error:
        raise OperatorError(f"Telegram does not say who our bot is ({type(error).__name__})") from None
    bot = desk.settings.telegram.token.get_secret_value().partition(":")[0]
    await desk.database.write(conversations.introduce, bot, name, desk.clock.now())
    return name
