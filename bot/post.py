"""What the chat door writes with: the bot that the broadcast uses too, behind the same limits."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import TypeVar

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputFile, LinkPreviewOptions, Message
from telegram.constants import MessageLimit
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter, TimedOut

from bot.turn import Rows
from core.clock import Clock
from scheduler.pacing import Pacer

T = TypeVar("T")
Offered = Callable[[str, int, tuple[tuple[str, str], ...]], Awaitable[None]]

PATIENCE = 60.0
"""Seconds that an answer waits at most where Telegram asks us to slow down."""

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

log = logging.getLogger(__name__)


class TelegramPost:
    """Writes plain text: nothing in it is formatting, so no name or text can break it.

    `offered` is told which buttons a chat was shown (and with none, that those before are out of date).
    """

    def __init__(self, bot: Bot, pacer: Pacer, clock: Clock, offered: Offered | None = None) -> None:
        self._bot, self._pacer, self._clock, self._offered = bot, pacer, clock, offered

    async def send(
        self,
        chat: str,
        text: str,
        buttons: Rows = (),
        *,
        picture: bytes | None = None,
        document: tuple[str, bytes] | None = None,
    ) -> int:
        """Sends a text, in several messages where it is too long for one; the buttons stand below the last.

        Gives the last message's id, or 0 where the chat is blocked or gone, which is no error. Raises `TelegramError`
        where Telegram is away.
        """
        message = await self.deliver(chat, text, buttons, picture=picture, document=document)
        if self._offered and message and buttons:
            await self._offered(chat, message, labels(buttons))
        return message

    async def deliver(
        self,
        chat: str,
        text: str,
        buttons: Rows = (),
        *,
        picture: bytes | None = None,
        document: tuple[str, bytes] | None = None,
    ) -> int:
        """Does what `send` does, and remembers nothing of it."""
        keyboard = _keyboard(buttons)
        try:
            if picture is None and document is None:
                return await self._texts(chat, text, keyboard)
            below = text if _units(text) <= MessageLimit.CAPTION_LENGTH else ""
            under = keyboard if below == text else None
            sent = await self._again(lambda: self._file(chat, below, under, picture, document), chat)
            return sent.message_id if below == text else await self._texts(chat, text, keyboard)
        except Forbidden:
            log.info("A chat has blocked the bot, or is gone: an answer was not sent")
            return 0

    async def edit(self, chat: str, message: int, text: str, buttons: Rows = (), *, last: bool = False) -> bool:
        """Changes a message of ours; returns whether it is still there. One that says this already is left alone."""
        if not message:
            return False
        change = cut(text)[0]
        try:
            await self._again(
                lambda: self._bot.edit_message_text(
                    change, int(chat), message, reply_markup=_keyboard(buttons), link_preview_options=_NO_PREVIEW
                ),
                chat,
                last=last,
            )
        except BadRequest as error:
            return "not modified" in error.message.lower()
        except (Forbidden, ChatMigrated):
            return False
        return True

    async def _texts(self, chat: str, text: str, keyboard: InlineKeyboardMarkup | None) -> int:
        *first, final = cut(text)
        for part in first:
            await self._again(partial(self._text, chat, part, None), chat)
        return (await self._again(lambda: self._text(chat, final, keyboard), chat)).message_id

    async def _text(self, chat: str, text: str, keyboard: InlineKeyboardMarkup | None) -> Message:
        return await self._bot.send_message(
            int(chat), text, reply_markup=keyboard, link_preview_options=_NO_PREVIEW, parse_mode=None
        )

    async def _file(
        self,
        chat: str,
        caption: str,
        keyboard: InlineKeyboardMarkup | None,
        picture: bytes | None,
        document: tuple[str, bytes] | None,
    ) -> Message:
        if picture is not None:
            return await self._bot.send_photo(int(chat), picture, caption or None, reply_markup=keyboard)
        name, data = document or ("", b"")
        file = InputFile(data, filename=name)
        return await self._bot.send_document(int(chat), file, caption or None, reply_markup=keyboard)

    async def _again(self, do: Callable[[], Awaitable[T]], chat: str, *, last: bool = False) -> T:
        """Takes its turn and does it; once more where Telegram asks us to wait, or where there was no connection."""
        await self._pacer.slot(chat, last=last)
        try:
            return await do()
        except RetryAfter as error:
            wait = error.retry_after
            seconds = wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
            if seconds > PATIENCE:
                raise
            await self._clock.sleep(seconds)
        except (BadRequest, TimedOut):  # kinds of NetworkError: the one won't get better, the other may have gone out
            raise
        except NetworkError:
            await self._clock.sleep(1.0)
        await self._pacer.slot(chat, last=last)
        return await do()


def cut(text: str) -> list[str]:
    """Cuts a text into parts that Telegram takes, between lines or words where it can."""
    parts, rest = [], text.strip() or "…"
    while _units(rest) > MessageLimit.MAX_TEXT_LENGTH:
        head = _head(rest)
        at = max(head.rfind("\n"), head.rfind(" ") if head.rfind("\n") < len(head) // 2 else -1)
        at = at if at > 0 else len(head)
        parts.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    return [*parts, rest]


def labels(buttons: Rows) -> tuple[tuple[str, str], ...]:
    """Lists what can be typed in the place of buttons: labels, and the data behind them."""
    return tuple((button.label, button.data) for row in buttons for button in row if button.data)


def _head(text: str) -> str:
    """Gives as much of a text as fits; Telegram counts in units of UTF-16 (https://core.telegram.org/api/entities)."""
    most = text.encode("utf-16-le", "replace")[: 2 * MessageLimit.MAX_TEXT_LENGTH]
    return most.decode("utf-16-le", "ignore")


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "replace")) // 2


def _keyboard(buttons: Rows) -> InlineKeyboardMarkup | None:
    rows = [
        [
            InlineKeyboardButton(button.label, url=button.url)
            if button.url
            else InlineKeyboardButton(button.label, callback_data=button.data)
            for button in row
        ]
        for row in buttons
        if row
    ]
    return InlineKeyboardMarkup(rows) if rows else None


class TurnPost:
    """The post of one turn: what it offers in its own chat is kept as the turn ends, with all the rest."""

    def __init__(self, post: TelegramPost, chat: str) -> None:
        self._post, self._chat = post, chat
        self.offered: tuple[int, tuple[tuple[str, str], ...]] | None = None

    async def send(
        self,
        chat: str,
        text: str,
        buttons: Rows = (),
        *,
        picture: bytes | None = None,
        document: tuple[str, bytes] | None = None,
    ) -> int:
        """Sends as `TelegramPost.send` does."""
        if chat != self._chat:
            return await self._post.send(chat, text, buttons, picture=picture, document=document)
        message = await self._post.deliver(chat, text, buttons, picture=picture, document=document)
        self.offered = (message, labels(buttons))
        return message

    async def edit(self, chat: str, message: int, text: str, buttons: Rows = (), *, last: bool = False) -> bool:
        """Edits as `TelegramPost.edit` does."""
        there = await self._post.edit(chat, message, text, buttons, last=last)
        if there and chat == self._chat:
            self.offered = (message, labels(buttons))
        return there
