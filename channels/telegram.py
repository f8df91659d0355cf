"""Telegram through a bot: the request, and what each answer means (https://core.telegram.org/bots/api).

429 with retry_after                    deferred
403 blocked by the user                 refused: they want no more from us here
403 deactivated, not started, removed   refused, and the chat is dead
400 chat not found                      refused, and the chat is dead
400 with migrate_to_chat_id             sent at once to the new chat, which the receipt names
400 otherwise                           refused: our words
401, 404, 409                           broken: the token, or a second program with it
no connection, none free in time        deferred
any other silence, 5xx                  unknown

A picture or document carries the whole text as its caption where that is short enough; otherwise it goes first, and the
text alone decides what became of the attempt. Whoever has the picture already does not get it again with a later try.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any

from channels.base import Limits, Message, RawCallback, Rendered, Surroundings, described
from core.content import Content
from core.errors import ConfigError, UserError
from core.forms import TELEGRAM_LIMIT, TelegramForm, telegram_form, utf16_units
from core.notices import Attachment
from core.receipts import Inbound, Outcome, Receipt

if TYPE_CHECKING:
    from telegram import Bot, InlineKeyboardMarkup
    from telegram import Message as Sent
    from telegram.error import BadRequest, NetworkError

    from config.settings import TelegramSettings

NAME = "telegram"

_FORMS = 16  # notices on their way at the same time
_AT_ONCE = 16
_FILES = 64  # notices whose file Telegram has got already
_CAPTION = 1024  # characters after the tags are read: core.telegram.org/bots/api#sendphoto
_IN_A_ROW = 3  # buttons: more don't fit on a telephone in large type
_ANSWERS_LOG = "telegram.request.BaseRequest"  # writes whole answers that it can't read

_AWAY = "There is no connection to Telegram."
_SILENT = "Telegram did not say whether it took the message."
_NO_CHAT = ("chat not found", "user not found", "peer_id_invalid", "group chat was deactivated")


class Telegram:
    """The Telegram channel. `bot` is one that somebody else opens and closes, such as the chat door's.

    `patience` is how long, in seconds, one answer may take, and `upload` how long a file may be on its way; a chat that
    has moved makes a second request.
    """

    name = NAME
    proves = False

    def __init__(
        self, surroundings: Surroundings, *, bot: Bot | None = None, patience: float = 20.0, upload: float = 60.0
    ) -> None:
        self._settings = surroundings.settings.telegram
        self._group = surroundings.group
        self._speech = surroundings.catalogues.speech
        self._clock = surroundings.clock
        self._patience, self._upload = patience, upload
        self._uploading = asyncio.Lock()
        self._files: dict[str, tuple[bool, str]] = {}
        self._have_file: set[str] = set()
        self._bot = bot
        self._ours = bot is None
        self._form = lru_cache(_FORMS)(self._make_form)
        self.limits = Limits(
            rate=self._settings.rate,
            concurrency=_AT_ONCE,
            lease=timedelta(seconds=300),
            each=1.0,
            file_slots=1,
            buttons=True,
        )

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
            form = self._fitting(message)
        except UserError as error:
            return Receipt(Outcome.REFUSED, NAME, "words", reason=error.what)
        receipt = await self._tell(chat, message, form)
        if receipt.new_address is not None and receipt.outcome is Outcome.DEFERRED:
            moved = receipt.new_address
            receipt = replace(await self._tell(int(moved), message, form), new_address=moved)
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

    def _make_form(self, content: Content, attachment: Attachment | None) -> tuple[TelegramForm, int]:
        """Makes a notice's form, and counts the UTF-16 units that it leaves for a person's name."""
        speech = self._speech(content.language)
        form = telegram_form(content, self._group, speech, listening=True, attachment=attachment)
        return form, TELEGRAM_LIMIT - utf16_units(form.plain.fixed)

    def _fitting(self, message: Message) -> TelegramForm:
        """Gives the form of a message's words; raises UserError where they are too long with this person's name."""
        form, room = self._form(message.content, described(message.attachment))
        if sum(utf16_units(message.fields[name]) for _, name in form.plain.holes) > room:
            raise UserError(
                f"With this person's name the text is longer than the {TELEGRAM_LIMIT:,} characters allowed",
                where="Telegram",
                mend="Make the text shorter.",
            )
        return form

    async def _tell(self, chat: int, message: Message, form: TelegramForm) -> Receipt:
        text, markup = form.html.fill(message.fields), _keyboard(message.buttons)
        file = message.attachment
        if file is None or message.delivery in self._have_file:
            receipt = await self._say(chat, text, markup)
        elif utf16_units(form.plain.fill(message.fields)) <= _CAPTION:
            receipt = await self._send_file(chat, message.notice, file, text, markup)
            if _not_the_file(receipt):
                receipt = await self._say(chat, text, markup)
        else:
            receipt = await self._send_file(chat, message.notice, file, escape(file.description), None)
            if receipt.outcome not in (Outcome.ACCEPTED, Outcome.UNKNOWN) and not _not_the_file(receipt):
                return receipt  # nothing has left yet
            self._have_file.add(message.delivery)
            receipt = await self._say(chat, text, markup)
        if receipt.outcome not in (Outcome.DEFERRED, Outcome.BROKEN):
            self._have_file.discard(message.delivery)
        return receipt

    async def _say(self, chat: int, text: str, markup: InlineKeyboardMarkup | None) -> Receipt:
        from telegram import LinkPreviewOptions
        from telegram.constants import ParseMode

        return await _told(
            self.bot.send_message(
                chat,
                text,
                parse_mode=ParseMode.HTML,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
                reply_markup=markup,
            )
        )

    async def _send_file(
        self, chat: int, notice: str, file: Attachment, caption: str, markup: InlineKeyboardMarkup | None
    ) -> Receipt:
        """Sends a notice's file: the first time its bytes, to one chat at a time, and after that its number there."""
        begun = self._clock.monotonic()
        if notice not in self._files:
            async with self._uploading:
                if notice not in self._files:
                    if self._clock.monotonic() - begun > self._upload:
                        return Receipt(Outcome.DEFERRED, NAME, "upload", reason="Others wait for the file, too.")
                    receipt = await self._show(chat, notice, file, caption, markup, photo=file.picture)
                    if file.picture and _not_the_file(receipt):  # of a shape that Telegram does not show
                        receipt = await self._show(chat, notice, file, caption, markup, photo=False)
                    return receipt
        photo, number = self._files[notice]
        receipt = await self._show(chat, notice, number, caption, markup, photo=photo)
        if _not_the_file(receipt):
            self._files.pop(notice, None)  # Telegram has forgotten it
        return receipt

    async def _show(
        self,
        chat: int,
        notice: str,
        file: Attachment | str,
        caption: str,
        markup: InlineKeyboardMarkup | None,
        *,
        photo: bool,
    ) -> Receipt:
        from telegram import InputFile
        from telegram.constants import ParseMode

        what = file if isinstance(file, str) else InputFile(file.data, filename=file.name)
        words: dict[str, Any] = {"caption": caption or None, "parse_mode": ParseMode.HTML, "reply_markup": markup}
        send = self.bot.send_photo if photo else self.bot.send_document
        answer: list[Sent] = []
        receipt = await _told(asyncio.wait_for(send(chat, what, **words), self._upload), answer)
        for sent in answer:
            shown = sent.photo[-1] if photo and sent.photo else sent.document
            if shown is not None:
                self._files[notice] = photo, shown.file_id
        while len(self._files) > _FILES:
            del self._files[next(iter(self._files))]
        return receipt


async def _told(sending: Awaitable[Sent], answer: list[Sent] | None = None) -> Receipt:
    """Waits for what a request to tell somebody comes to; what Telegram made of it goes into `answer`."""
    try:
        sent = await sending
        if answer is not None:
            answer.append(sent)
        return Receipt(Outcome.ACCEPTED, NAME, "sent", ref=f"{sent.chat_id}:{sent.message_id}")
    except Exception as error:  # noqa: BLE001 - a provider's fault is an answer, not an error of ours
        return _refusal(error)


def _not_the_file(receipt: Receipt) -> bool:
    """Tells whether Telegram takes no such file, or no such text below it, from anybody; the chat may well be there."""
    return receipt.outcome is Outcome.REFUSED and not receipt.dead and not receipt.opted_out


def _keyboard(buttons: Sequence[tuple[str, str]]) -> InlineKeyboardMarkup | None:
    """Lays buttons out below a message."""
    if not buttons:
        return None
    from telegram import InlineKeyboardButton, InlineKeyboardMarkup

    made = [InlineKeyboardButton(label, callback_data=data) for label, data in buttons]
    return InlineKeyboardMarkup([made[at : at + _IN_A_ROW] for at in range(0, len(made), _IN_A_ROW)])


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
        case Forbidden() if "blocked by the user" in error.message.lower():
            reason = "This person has blocked our bot."
            return Receipt(Outcome.REFUSED, NAME, "403 blocked", reason=reason, opted_out=True)
        case Forbidden():
            reason = "This person has left Telegram or never started a chat with the bot."
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

    # A request whose last bytes were never written is none: WriteTimeout, with a file on a slow line.
    unsent = httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.WriteTimeout
    return isinstance(error.__cause__, unsent)


def _make_bot(settings: TelegramSettings, patience: float) -> Bot:
    """Makes a bot that has not spoken to Telegram yet: its own `initialize` fails where Telegram is away."""
    # The library asks for this: without it, each Retry-After is a deprecation warning (python-telegram-bot 22.2).
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    # httpx loads its own terminal program where rich and click are there: 7 MiB that a service has no use for. It
    # does without where that module can't be imported.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None: not to be had
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
