"""The people and groups on the Telegram-like side, their messages and files."""

from __future__ import annotations

import secrets
import struct
from dataclasses import dataclass, field
from typing import Any

from sandbox.record import Arrival, now


@dataclass(slots=True)
class Chat:
    """A private chat (positive id) or a group (negative id), and where it stands with the bot."""

    id: int
    name: str
    username: str | None = None
    started: bool = True
    blocked: bool = False
    deactivated: bool = False
    migrated_to: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Gives the Chat object of the Bot API."""
        if self.id < 0:
            kind = "supergroup" if str(self.id).startswith("-100") else "group"
            return {"id": self.id, "type": kind, "title": self.name}
        user = self.as_user()
        return {
            "type": "private",
            **{key: user[key] for key in user if key not in ("is_bot", "language_code")},
        }

    def as_user(self) -> dict[str, Any]:
        """Gives the User object of the Bot API."""
        first, _, last = self.name.partition(" ")
        user: dict[str, Any] = {"id": self.id, "is_bot": False, "first_name": first}
        if last:
            user["last_name"] = last
        if self.username:
            user["username"] = self.username
        return {**user, "language_code": "en"}


@dataclass(slots=True, eq=False)
class Message:
    """One message in a chat: its JSON, whether the bot wrote it, and its place in the record."""

    json: dict[str, Any]
    ours: bool
    arrival: Arrival | None = None

    @property
    def buttons(self) -> list[dict[str, Any]]:
        """The inline buttons below the message, row after row."""
        rows = self.json.get("reply_markup", {}).get("inline_keyboard", [])
        return [button for row in rows for button in row]


@dataclass(slots=True)
class File:
    """A file that was sent to or by the bot."""

    name: str
    mime: str
    data: bytes
    id: str = field(default_factory=lambda: "BQAC" + secrets.token_urlsafe(36))
    unique_id: str = field(default_factory=lambda: secrets.token_urlsafe(11))

    @property
    def path(self) -> str:
        """Where it can be downloaded below `/file/bot<token>/`."""
        return f"documents/{self.unique_id}"

    def as_document(self) -> dict[str, Any]:
        """Gives the Document object of the Bot API."""
        return {
            "file_id": self.id,
            "file_unique_id": self.unique_id,
            "file_name": self.name,
            "mime_type": self.mime,
            "file_size": len(self.data),
        }

    def as_photo(self) -> list[dict[str, Any]]:
        """Gives the PhotoSize list of the Bot API; ValueError if the file is neither PNG nor JPEG."""
        width, height = image_size(self.data)
        photo = {"file_id": self.id, "file_unique_id": self.unique_id, "file_size": len(self.data)}
        return [{**photo, "width": width, "height": height}]


class Chats:
    """All chats, messages and files. With `everybody`, each numeric id is somebody who has started the bot."""

    def __init__(self, everybody: bool = False) -> None:
        self.everybody = everybody
        self.files: dict[str, File] = {}
        self._chats: dict[int, Chat] = {}
        self._messages: dict[tuple[int, int], Message] = {}
        self._last_message = 0

    def add(self, chat: Chat) -> Chat:
        """Makes a chat known, or replaces it."""
        self._chats[chat.id] = chat
        return chat

    def find(self, chat_id: int | str) -> Chat | None:
        """Gives the chat with this id (or @username); None if it is not known."""
        if isinstance(chat_id, str) and chat_id.startswith("@"):
            return next((chat for chat in self._chats.values() if "@" + (chat.username or "") == chat_id), None)
        try:
            number = int(chat_id)
        except ValueError:
            return None
        if number not in self._chats and self.everybody:
            self._chats[number] = Chat(number, f"Person {number}" if number > 0 else f"Group {-number}")
        return self._chats.get(number)

    def all(self) -> list[Chat]:
        """Lists the known chats."""
        return list(self._chats.values())

    def new_message(self, chat: Chat, sender: dict[str, Any], ours: bool, content: dict[str, Any]) -> Message:
        """Puts a message into a chat."""
        self._last_message += 1
        json = {
            "message_id": self._last_message,
            "from": sender,
            "chat": chat.as_json(),
            "date": int(now().timestamp()),
            **content,
        }
        message = Message(json, ours)
        self._messages[chat.id, self._last_message] = message
        return message

    def message(self, chat_id: int, message_id: int) -> Message | None:
        """Gives one message of a chat."""
        return self._messages.get((chat_id, message_id))

    def remove_message(self, chat_id: int, message_id: int) -> None:
        """Takes a message out of a chat."""
        self._messages.pop((chat_id, message_id), None)


def image_size(data: bytes) -> tuple[int, int]:
    """Reads width and height in pixels from a PNG or JPEG; ValueError for anything else."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return width, height
    at = 2
    while data.startswith(b"\xff\xd8") and at + 9 < len(data) and data[at] == 0xFF:
        if 0xC0 <= data[at + 1] <= 0xCF and data[at + 1] not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    raise ValueError("neither PNG nor JPEG")
