"""What Telegram hands over, in our own words: somebody wrote, pressed, sent a file, or came and went."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypedDict

from telegram import CallbackQuery, ChatMemberUpdated, Message, Update, User
from telegram.constants import ChatType, FileSizeLimit
from telegram.error import TelegramError

from bot.turn import Upload
from core.errors import UserError

WANTED = ("message", "edited_message", "callback_query", "my_chat_member")
"""The kinds of updates that we ask Telegram for."""

_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@(\w+))?(?:\s+(.*))?", re.DOTALL)
_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_LONGEST_NAME = 60
_HERE = ("member", "administrator", "creator")


@dataclass(frozen=True, slots=True)
class Incoming:
    """One update. `chat` is where it happened, `user` the number of the private chat of whoever did it.

    `sent` says in words what was sent that can't be read here ("a voice message"). `query` names a press that waits
    for its answer. `present` tells whether the bot may write to the chat from now on (None: nothing changed).
    `moved_to` is the number that a group has from now on. The others are as in `bot.turn.Turn`.
    """

    update: int
    chat: str
    user: str
    name: str
    language: str = ""
    private: bool = True
    title: str = ""
    text: str = ""
    command: str = ""
    argument: str = ""
    pressed: str = ""
    query: str = ""
    message: int | None = None
    edited: bool = False
    forwarded: bool = False
    upload: Upload | None = None
    sent: str = ""
    present: bool | None = None
    moved_to: str = ""


def incoming(update: Update, bot_name: str) -> Incoming | None:
    """Reads an update; None for one that says nothing to us, such as a command for another bot."""
    if update.callback_query:
        return _press(update.update_id, update.callback_query)
    if update.my_chat_member:
        return _membership(update.update_id, update.my_chat_member)
    if update.message:
        return _message(update.update_id, update.message, bot_name)
    if update.edited_message:
        return _message(update.update_id, update.edited_message, bot_name, edited=True)
    return None


def plain_name(raw: str) -> str:
    """Makes a name from outside safe to show: on one line, of usual length, without characters that hide or turn."""
    return " ".join(_HIDDEN.sub(" ", raw).split())[:_LONGEST_NAME].strip()


def _press(update: int, query: CallbackQuery) -> Incoming | None:
    if query.message is None:
        return None
    chat = query.message.chat
    return Incoming(
        update=update,
        chat=str(chat.id),
        **_who(query.from_user),
        private=chat.type == ChatType.PRIVATE,
        title=plain_name(chat.title or ""),
        pressed=query.data or "",
        query=query.id,
        message=query.message.message_id,
    )


def _membership(update: int, change: ChatMemberUpdated) -> Incoming | None:
    was, now = (one.status in _HERE for one in (change.old_chat_member, change.new_chat_member))
    if was == now:
        return None
    return Incoming(
        update=update,
        chat=str(change.chat.id),
        **_who(change.from_user),
        private=change.chat.type == ChatType.PRIVATE,
        title=plain_name(change.chat.title or ""),
        present=now,
    )


def _message(update: int, message: Message, bot_name: str, *, edited: bool = False) -> Incoming | None:
    if message.from_user is None or message.chat.type == ChatType.CHANNEL:
        return None
    text = message.text or message.caption or ""
    command = argument = ""
    if found := _COMMAND.fullmatch(text.strip()):
        if found[2] and found[2].casefold() != bot_name.casefold():
            return None
        command, argument = found[1].lower(), (found[3] or "").strip()
    return Incoming(
        update=update,
        chat=str(message.chat.id),
        **_who(message.from_user),
        private=message.chat.type == ChatType.PRIVATE,
        title=plain_name(message.chat.title or ""),
        text=text,
        command=command,
        argument=argument,
        message=message.message_id,
        edited=edited,
        forwarded=message.forward_origin is not None,
        upload=_upload(message),
        sent=_sent(message),
        moved_to=str(message.migrate_to_chat_id or ""),
    )


class _Who(TypedDict):
    user: str
    name: str
    language: str


def _who(user: User) -> _Who:
    return {"user": str(user.id), "name": plain_name(user.full_name), "language": user.language_code or ""}


def _upload(message: Message) -> Upload | None:
    if message.photo:
        photo = message.photo[-1]  # the largest
        return Upload("picture.jpg", "image/jpeg", photo.file_size or 0, _fetch(photo.get_file, photo.file_size))
    if message.document:
        file = message.document
        name = plain_name(file.file_name or "") or "document"
        media_type = file.mime_type or "application/octet-stream"
        return Upload(name, media_type, file.file_size or 0, _fetch(file.get_file, file.file_size))
    return None


def _fetch(get: Callable[[], Awaitable[object]], size: int | None) -> Callable[[], Awaitable[bytes]]:
    async def fetch() -> bytes:
        if (size or 0) > FileSizeLimit.FILESIZE_DOWNLOAD:
            most = FileSizeLimit.FILESIZE_DOWNLOAD // 1_000_000
            raise UserError(f"This file is larger than the {most} MB that can be read here", mend="Send a smaller one.")
        try:
            file = await get()
            return bytes(await file.download_as_bytearray())  # type: ignore[attr-defined]  # a photo's or a document's
        except TelegramError:
            raise UserError("This file could not be fetched from Telegram", mend="Please send it again.") from None

    return fetch


_KINDS = (
    ("voice", "a voice message"),
    ("audio", "a sound recording"),
    ("video", "a video"),
    ("video_note", "a video"),
    ("sticker", "a sticker"),
    ("location", "a place on a map"),
    ("contact", "a contact"),
    ("poll", "a poll"),
    ("photo", "a picture"),
    ("document", "a document"),
)


def _sent(message: Message) -> str:
    return next((words for kind, words in _KINDS if getattr(message, kind)), "")
