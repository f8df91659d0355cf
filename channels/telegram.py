"""Telegram through a bot: the request, and what each answer means (https://core.telegram.org/bots/api).

429 with retry_after                    deferred
403 blocked, deactivated, not started   refused, and the chat is dead
400 chat not found                      refused, and the chat is dead
400 with migrate_to_chat_id             sent at once to the new chat, which the receipt names
400 otherwise                           refused: our words
401, 404, 409                           broken: the token, or a second program with it
no connection, none free in time        deferred
any other silence, 5xx                  unknown
"""

from __future__ import annotations

import logging
import os
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from channels.base import Limits, Message, RawCallback, Rendered, Surroundings
from core.content import Content
from core.errors import ConfigError, UserError
from core.forms import TELEGRAM_LIMIT, TelegramForm, telegram_form
from core.receipts import Inbound, Outcome, Receipt

if TYPE_CHECKING:
    from telegram import Bot
    from telegram.error import BadRequest, NetworkError

    from config.settings import TelegramSettings

NAME = "telegram"

_FORMS = 16  # notices on their way at the same time
_AT_ONCE = 16
_ANSWERS_LOG = "telegram.request.BaseRequest"  # writes whole answers that it can't read

_AWAY = "There is no connection to Telegram."
_SILENT = "Telegram did not say whether it took the message."
_NO_CHAT = ("chat not found", "user not found", "peer_id_invalid", "group chat was deactivated")


class Telegram:
    """The Telegram channel. `bot` is one that somebody else opens and closes, such as the chat door's.

    `patience` is how long, in seconds, one answer may take; a chat that has moved makes a second request.
    """

    name = NAME
    proves = False

    def __init__(self, surroundings: Surroundings, *, bot: Bot | None = None, patience: float = 20.0) -> None:
        self._settings = surroundings.settings.telegram
        self._group = surroundings.group
        self._patience = patience
        self._bot = bot
        self._ours = bot is None
        self._form = lru_cache(_FORMS)(self._make_form)
        self.limits = Limits(rate=self._settings.rate, concurrency=_AT_ONCE, lease=timedelta(seconds=90))

    @property
    def bot(self) -> Bot:
        """The bot, for whoever else speaks through it."""
        if self._bot is None:
            self._bot = _make_bot(self._settings, self._patience)
        return self._bot

    async def open(self) -> None:
        """Loads Telegram's library; connections are made as they are needed."""
        self._bot = self.bot

    async def close(self) -> None:
        """Lets go of the connections, if they are our own."""
        if self._ours and self._bot is not None:
            bot, self._bot = self._bot, None
            await bot.request.shutdown()

    async def send(self, message: Message) -> Receipt:
        """Sends one message to one chat (see the table above)."""
        try:
            chat = int(message.address)
        except ValueError:
            return Receipt(Outcome.REFUSED, NAME, "address", reason="This is not the number of a chat.", dead=True)
        try:
            text = self._fitting(message).html.fill(message.fields)
        except UserError as error:
            return Receipt(Outcome.REFUSED, NAME, "words", reason=error.what)
        receipt = await self._send(chat, text)
        if receipt.new_address is not None and receipt.outcome is Outcome.DEFERRED:
            moved = receipt.new_address
            receipt = replace(await self._send(int(moved), text), new_address=moved)
        return receipt

    def render(self, message: Message) -> Rendered:
        """Shows the message without its formatting; raises UserError for words that can't be sent."""
        return Rendered("", self._fitting(message).plain.fill(message.fields))

    def read(self, raw: RawCallback) -> list[Receipt | Inbound]:
        """Raises ValueError: Telegram reports on no message, and what people write comes in through the chat."""
        raise ValueError("there are no callbacks for Telegram messages")

    async def find(self, message: Message, since: datetime) -> Receipt | None:
        """Gives None: a bot can't see what it has sent."""
        return None

    async def check(self) -> None:
        """Asks Telegram who the bot is; raises ConfigError."""
        from telegram.error import TelegramError

        where = "the settings for Telegram"
        try:
            await self.bot.get_me()
        except TelegramError as error:
            receipt = _refusal(error)
            if receipt.outcome is Outcome.BROKEN:
                mend = "Copy the token once more from @BotFather into RINGROUND_TELEGRAM__TOKEN."
                raise ConfigError(receipt.reason, where=where, mend=mend) from None
            mend = "Check RINGROUND_TELEGRAM__BASE_URL, and that this machine is on the Internet."
            raise ConfigError(_AWAY, where=where, mend=mend) from None

    def _make_form(self, content: Content) -> tuple[TelegramForm, int]:
        """Makes a notice's form, and counts the UTF-16 units that it leaves for a person's name."""
        form = telegram_form(content, self._group)
        return form, TELEGRAM_LIMIT - _utf16_units(form.plain.fixed)

    def _fitting(self, message: Message) -> TelegramForm:
        """Gives the form of a message's words; raises UserError where they are too long with this person's name."""
        form, room = self._form(message.content)
        if sum(_utf16_units(message.fields[name]) for _, name in form.plain.holes) > room:
            raise UserError(
                f"With this person's name the text is longer than the {TELEGRAM_LIMIT:,} characters allowed",
                where="Telegram",
                mend="Make the text shorter.",
            )
        return form

    async def _send(self, chat: int, text: str) -> Receipt:
        from telegram import LinkPreviewOptions
        from telegram.constants import ParseMode

        try:
            sent = await self.bot.send_message(
                chat, text, parse_mode=ParseMode.HTML, link_preview_options=LinkPreviewOptions(is_disabled=True)
            )
            return Receipt(Outcome.ACCEPTED, NAME, "sent", ref=f"{sent.chat_id}:{sent.message_id}")
        except Exception as error:  # noqa: BLE001 - a provider's fault is an answer, not an error of ours
            return _refusal(error)


def _refusal(error: Exception) -> Receipt:
    """Reads one error of the library's. Its words are never passed on: they may hold the token or the text."""
    from telegram.error import (
        BadRequest,
        ChatMigrated,
        Conflict,
        Forbidden,
        InvalidToken,
        NetworkError,
        RetryAfter,
    )

    match error:
        case RetryAfter():
            wait = error.retry_after
            wait = wait if isinstance(wait, timedelta) else timedelta(seconds=wait)
            reason = "Telegram asks us to slow down."
            return Receipt(Outcome.DEFERRED, NAME, "429", reason=reason, retry_after=wait, wide=True)
        case ChatMigrated():
            moved = str(error.new_chat_id)
            return Receipt(Outcome.DEFERRED, NAME, "moved", reason="The chat has moved.", new_address=moved)
        case Forbidden():
            reason = "This person has blocked our bot, left Telegram or never started a chat with the bot."
            return Receipt(Outcome.REFUSED, NAME, "403", reason=reason, dead=True)
        case InvalidToken():
            return Receipt(Outcome.BROKEN, NAME, "token", reason="Telegram does not know our bot's token.")
        case Conflict():
            return Receipt(Outcome.BROKEN, NAME, "409", reason="Another program uses our bot's token.")
        case BadRequest():  # before NetworkError, of which the library makes it a kind
            return _bad_request(error)
        case NetworkError() if _never_left(error):
            return Receipt(Outcome.DEFERRED, NAME, "no connection", reason=_AWAY, wide=True)
        case _:
            return Receipt(Outcome.UNKNOWN, NAME, "no answer", reason=_SILENT, wide=True)


def _bad_request(error: BadRequest) -> Receipt:
    said = error.message.lower()
    if any(words in said for words in _NO_CHAT):
        return Receipt(Outcome.REFUSED, NAME, "400 chat not found", reason="There is no such chat.", dead=True)
    if "can't parse entities" in said:
        reason = "Telegram can't read our formatting: this is a fault of Ringround's, not of the address."
        return Receipt(Outcome.REFUSED, NAME, "400 formatting", reason=reason)
    if "too long" in said:
        return Receipt(Outcome.REFUSED, NAME, "400 too long", reason="The text is too long for Telegram.")
    return Receipt(Outcome.REFUSED, NAME, "400", reason="Telegram refused the message.")


def _never_left(error: NetworkError) -> bool:
    """Tells whether there was no connection to send over: then nothing can have been sent."""
    import httpx

    return isinstance(error.__cause__, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)


def _utf16_units(text: str) -> int:
    return len(text.encode("utf-16-le", "replace")) // 2


def _make_bot(settings: TelegramSettings, patience: float) -> Bot:
    """Makes a bot that has not spoken to Telegram yet: its own `initialize` fails where Telegram is away."""
    # The library asks for this: without it, each Retry-After is a deprecation warning (python-telegram-bot 22.2).
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    # httpx loads its own terminal program where rich and click are there: 7 MiB that a service has no use for. It
    # does without where that module can't be imported.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
    from telegram import Bot
    from telegram.request import HTTPXRequest

    _keep_quiet()
    request = HTTPXRequest(
        connection_pool_size=_AT_ONCE,
        connect_timeout=patience / 2,
        pool_timeout=patience / 4,
        write_timeout=patience / 4,
        read_timeout=patience,
    )
    root = settings.base_url.rstrip("/")
    return Bot(
        settings.token.get_secret_value(),
        base_url=f"{root}/bot",
        base_file_url=f"{root}/file/bot",
        request=request,
        get_updates_request=request,
    )


def _keep_quiet() -> None:
    """Takes the token, chats and texts out of the log: httpx writes addresses, the library whole requests."""
    for name in ("httpx", "telegram.Bot", _ANSWERS_LOG):
        logging.getLogger(name).addFilter(_harmless)


def _harmless(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING and record.name != _ANSWERS_LOG
