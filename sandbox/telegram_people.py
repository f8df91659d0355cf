"""What people do on Telegram: write, press, edit, send a file, block the bot."""

from __future__ import annotations

import re
import secrets
from typing import Any

from sandbox.record import now
from sandbox.telegram_api import TelegramApi
from sandbox.telegram_chats import Chat, File, Message
from sandbox.telegram_html import length


class TelegramPeople:
    """Acts for the people who talk to one bot; each act becomes an update for the bot."""

    def __init__(self, api: TelegramApi) -> None:
        self._api = api

    def started(self, chat_id: int, name: str, username: str | None = None) -> Chat:
        """Makes somebody known who has started the bot (or a group that the bot is in)."""
        return self._api.chats.add(Chat(chat_id, name, username))

    def writes(self, chat_id: int, text: str, by: int | None = None) -> int:
        """Writes to the bot, by default as the person whose private chat it is; gives the message id.

        Whoever was unknown becomes known, has then started the bot, and does not block it any more.
        """
        chat = self._known(chat_id)
        return self._incoming(chat, by, _written(text), text)

    def sends_file(self, chat_id: int, name: str, data: bytes, mime: str, caption: str = "") -> int:
        """Sends a document to the bot; gives the message id."""
        file = File(name, mime, data)
        self._api.chats.files[file.id] = file
        content: dict[str, Any] = {"document": file.as_document()}
        if caption:
            content["caption"] = caption
        return self._incoming(self._known(chat_id), None, content, caption or name)

    def sends_photo(self, chat_id: int, data: bytes, caption: str = "") -> int:
        """Sends a picture (PNG or JPEG) to the bot; gives the message id."""
        file = File("photo.jpg", "image/jpeg", data)
        self._api.chats.files[file.id] = file
        content: dict[str, Any] = {"photo": file.as_photo()}
        if caption:
            content["caption"] = caption
        return self._incoming(self._known(chat_id), None, content, caption or "(a picture)")

    def sends_voice(self, chat_id: int, data: bytes, seconds: int = 3) -> int:
        """Sends a voice message to the bot; gives the message id."""
        file = File("voice.ogg", "audio/ogg", data)
        self._api.chats.files[file.id] = file
        voice = file.as_document()
        del voice["file_name"]
        return self._incoming(
            self._known(chat_id), None, {"voice": {**voice, "duration": seconds}}, "(a voice message)"
        )

    def forwards(self, chat_id: int, text: str, written_by: str) -> int:
        """Sends the bot something that somebody else wrote; gives the message id."""
        origin = {"type": "hidden_user", "sender_user_name": written_by, "date": int(now().timestamp())}
        return self._incoming(self._known(chat_id), None, {**_written(text), "forward_origin": origin}, text)

    def adds_bot(self, group_id: int, title: str, by: int) -> Chat:
        """Takes the bot into a group (a negative id), or back into one that it has left."""
        chat = self._api.chats.add(Chat(group_id, title, blocked=True))
        self._membership(chat, self._known(by), present=True)
        return chat

    def edits(self, chat_id: int, message_id: int, text: str) -> None:
        """Changes a message that the person wrote; ValueError if there is none."""
        message = self._message(chat_id, message_id)
        if message.ours:
            raise ValueError("people can only edit what they wrote themselves")
        message.json.update(text=text, edit_date=int(now().timestamp()))
        self._api.updates.add("edited_message", message.json)
        self._api.record.inbound("telegram", to=self._api.username, sender=str(chat_id), text=text)

    def presses(self, chat_id: int, message_id: int, button: str, by: int | None = None) -> str:
        """Presses a button, named by its label or its data; gives the query id, or the address of a link button.

        The button of a reply keyboard writes its label. ValueError names the buttons if there is no such one.
        """
        message = self._message(chat_id, message_id)
        for found in message.buttons:
            if button in (found["text"], found.get("callback_data")):
                return found["url"] if "url" in found else self._press(message, found, by or chat_id)
        keyboard = message.arrival.extra["keyboard"] if message.arrival else []
        if button in keyboard:
            return str(self.writes(chat_id, button, by))
        labels = ", ".join([found["text"] for found in message.buttons] + keyboard) or "none at all"
        raise ValueError(f"no button {button!r} below this message; there is: {labels}")

    def blocks(self, chat_id: int, blocked: bool = True) -> None:
        """Blocks the bot, or lets it write again."""
        chat = self._known(chat_id)
        if chat.blocked == blocked:
            return
        self._membership(chat, chat, present=not blocked)

    def _membership(self, chat: Chat, by: Chat, *, present: bool) -> None:
        """Tells the bot that it may write to a chat from now on, or not any more."""
        chat.blocked = not present
        bot = {
            "id": self._api.bot_id,
            "is_bot": True,
            "first_name": "Ringround",
            "username": self._api.username,
        }
        member, kicked = {"user": bot, "status": "member"}, {"user": bot, "status": "kicked", "until_date": 0}
        self._api.updates.add(
            "my_chat_member",
            {
                "chat": chat.as_json(),
                "from": by.as_user(),
                "date": int(now().timestamp()),
                "old_chat_member": kicked if present else member,
                "new_chat_member": member if present else kicked,
            },
        )

    def _known(self, chat_id: int) -> Chat:
        found = self._api.chats.find(chat_id)
        return found or self._api.chats.add(Chat(chat_id, f"Person {chat_id}", started=False))

    def _message(self, chat_id: int, message_id: int) -> Message:
        message = self._api.chats.message(chat_id, message_id)
        if message is None:
            raise ValueError(f"there is no message {message_id} in chat {chat_id}")
        return message

    def _incoming(self, chat: Chat, by: int | None, content: dict[str, Any], text: str) -> int:
        chat.started = True
        self.blocks(chat.id, False)
        person = chat if by is None else self._known(by)
        message = self._api.chats.new_message(chat, person.as_user(), False, content)
        self._api.updates.add("message", message.json)
        self._api.record.inbound("telegram", to=self._api.username, sender=str(chat.id), text=text)
        message_id: int = message.json["message_id"]
        return message_id

    def _press(self, message: Message, button: dict[str, Any], by: int) -> str:
        query = str(secrets.randbits(62))
        self._api.queries[query] = None
        self._api.updates.add(
            "callback_query",
            {
                "id": query,
                "from": self._known(by).as_user(),
                "message": message.json,
                "chat_instance": str(message.json["chat"]["id"]),
                "data": button["callback_data"],
            },
        )
        chat_id = str(message.json["chat"]["id"])
        self._api.record.inbound("telegram", to=self._api.username, sender=chat_id, text=f"[{button['text']}]")
        return query


def _written(text: str) -> dict[str, Any]:
    """Gives what stands in a message of that text; a command is marked as one."""
    content: dict[str, Any] = {"text": text}
    if command := re.match(r"/[A-Za-z0-9_]{1,32}(@\w+)?(?=\s|$)", text):
        content["entities"] = [{"type": "bot_command", "offset": 0, "length": length(command[0])}]
    return content
