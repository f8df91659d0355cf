"""The Bot API as bots call it over HTTP: `/bot<token>/METHOD` and `/file/bot<token>/PATH`.

Source of names, fields and limits: https://core.telegram.org/bots/api
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import Any

from aiohttp import web

from sandbox.failures import How
from sandbox.faults import Fault, Faults
from sandbox.http_door import Provider, Refused, reply
from sandbox.record import Record, Request, now
from sandbox.telegram_calls import Call, bad, good
from sandbox.telegram_chats import Chat, Chats, File, Message
from sandbox.telegram_html import EntityError, parse
from sandbox.telegram_limits import Limits
from sandbox.telegram_methods import Methods
from sandbox.telegram_updates import Updates

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024


class TelegramApi(Provider):
    """One bot. `limits` enforces Telegram's sending limits with 429; `everybody` knows each numeric chat id."""

    channel = "telegram"

    def __init__(self, record: Record, faults: Faults, *, everybody: bool = False, limits: bool = False) -> None:
        super().__init__(record, faults)
        self.bot_id = 7_000_000_001
        self.token = f"{self.bot_id}:{secrets.token_urlsafe(26)}"
        self.username = "sandbox_ring_bot"
        self.chats = Chats(everybody)
        self.updates = Updates()
        self.commands: dict[str, list[dict[str, str]]] = {}
        """Commands by scope and language, as JSON text."""
        self.queries: dict[str, str | None] = {}
        """Presses of buttons by query id, with the bot's answer (None: not answered yet)."""
        self.limits = Limits() if limits else None
        self._methods = {**Methods(self).by_name, "deletemessage": self._delete_message}
        self._sends: dict[str, Callable[[Call, Chat], tuple[str, dict[str, Any]]]] = {
            "sendmessage": self._text_content,
            "sendphoto": self._photo_content,
            "senddocument": self._document_content,
        }
        self._edits = {"editmessagetext": self._edit_text, "editmessagereplymarkup": self._edit_markup}

    async def close(self) -> None:
        """Stops pushing updates."""
        await self.updates.close()

    async def answer(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        """Answers one request below `/telegram/`."""
        if path.startswith(f"file/bot{self.token}/"):
            return self._download(path.removeprefix(f"file/bot{self.token}/"))
        who, _, method = path.partition("/")
        if who != f"bot{self.token}":
            return (
                bad(401, "Unauthorized").answer if re.fullmatch(r"bot\d+:[\w-]+", who) else bad(404, "Not Found").answer
            )
        try:
            call = await Call.read(request)
            name = method.lower()
            if name in self._sends or name in self._edits:
                return await self._send(name, method, call)
            if name not in self._methods:
                raise bad(404, "Not Found")
            return await self.strike(method) or good(await self._methods[name](call))
        except Refused as refused:
            return refused.answer

    def failure(self, fault: Fault, how: How, to: str) -> web.Response:
        """Answers with an error of the Bot API, and with `parameters` where there are some."""
        code, _, description = how.reply.partition(" ")
        if code == "429":
            seconds = max(1, round(fault.seconds or 1))
            return bad(429, description.format(seconds=seconds), retry_after=seconds).answer
        if fault.how == "migrated" and (chat := self.chats.find(to)):
            chat.migrated_to = chat.migrated_to or int(f"-100{abs(chat.id)}")
            self.chats.add(Chat(chat.migrated_to, chat.name))
            return bad(int(code), description, migrate_to_chat_id=chat.migrated_to).answer
        if code in ("500", "502"):
            return reply({"ok": False, "error_code": int(code), "description": description}, int(code))
        return bad(int(code), description).answer

    def me(self) -> dict[str, Any]:
        """Gives the bot as a User object."""
        return {"id": self.bot_id, "is_bot": True, "first_name": "Ringround", "username": self.username}

    def _download(self, path: str) -> web.Response:
        for file in self.chats.files.values():
            if file.path == path:
                return web.Response(body=file.data, content_type="application/octet-stream")
        return bad(404, "Not Found").answer

    async def _send(self, name: str, method: str, call: Call) -> web.Response:
        to = call.text("chat_id")
        text = call.text("text") or call.text("caption")

        def accept(request: Request, _how: How | None) -> web.Response:
            chat = self.reachable(to)
            if self.limits and (wait := self.limits.retry_after(chat.id)):
                raise bad(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
            if name in self._edits:
                return good(self._edits[name](call, chat, request))
            return good(self._keep(name, call, chat, request))

        return await self.send(to, self.username, text, accept, method)

    def reachable(self, chat_id: str) -> Chat:
        """Gives the chat if the bot may write to it; refuses with Telegram's words otherwise."""
        if not chat_id:
            raise bad(400, "Bad Request: chat_id is empty")
        chat = self.chats.find(chat_id)
        if chat is None:
            raise bad(400, "Bad Request: chat not found")
        if chat.migrated_to is not None:
            raise bad(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=chat.migrated_to,
            )
        if chat.deactivated:
            raise bad(403, "Forbidden: user is deactivated")
        if chat.blocked:
            kicked = "bot was kicked from the group chat" if chat.id < 0 else "bot was blocked by the user"
            raise bad(403, f"Forbidden: {kicked}")
        if not chat.started:
            raise bad(403, "Forbidden: bot can't initiate conversation with a user")
        return chat

    def _keep(self, name: str, call: Call, chat: Chat, request: Request) -> dict[str, Any]:
        text, content = self._sends[name](call, chat)
        if (markup := call.markup()) is not None and "inline_keyboard" in markup:
            content["reply_markup"] = markup
        message = self.chats.new_message(chat, self.me(), True, content)
        message.arrival = self.record.accept(
            request,
            to=str(chat.id),
            sender=self.username,
            text=text,
            ref=f"{chat.id}:{message.json['message_id']}",
            name=chat.name,
            extra={"content": content, "keyboard": _labels(markup), "message_id": message.json["message_id"]},
        )
        return message.json

    def _text_content(self, call: Call, chat: Chat) -> tuple[str, dict[str, Any]]:
        text, entities = _formatted(call, "text", "entities")
        if not text:
            raise bad(400, "Bad Request: message text is empty")
        if len(text) > TEXT_LIMIT:
            raise bad(400, "Bad Request: message is too long")
        return text, {"text": text, **({"entities": entities} if entities else {})}

    def _photo_content(self, call: Call, chat: Chat) -> tuple[str, dict[str, Any]]:
        file = self._file(call, "photo")
        try:
            return _captioned(call, {"photo": file.as_photo()})
        except ValueError as error:
            raise bad(400, "Bad Request: IMAGE_PROCESS_FAILED") from error

    def _document_content(self, call: Call, chat: Chat) -> tuple[str, dict[str, Any]]:
        return _captioned(call, {"document": self._file(call, "document").as_document()})

    def _file(self, call: Call, name: str) -> File:
        file = call.file(name)
        if isinstance(file, str):
            if file not in self.chats.files:
                raise bad(400, "Bad Request: wrong file identifier/HTTP URL specified")
            return self.chats.files[file]
        if not file.data:
            raise bad(400, "Bad Request: file must be non-empty")
        self.chats.files[file.id] = file
        return file

    def _edit_text(self, call: Call, chat: Chat, request: Request) -> dict[str, Any]:
        text, content = self._text_content(call, chat)
        return self._edit(call, chat, request, text, content)

    def _edit_markup(self, call: Call, chat: Chat, request: Request) -> dict[str, Any]:
        return self._edit(call, chat, request, None, {})

    def _edit(
        self, call: Call, chat: Chat, request: Request, text: str | None, content: dict[str, Any]
    ) -> dict[str, Any]:
        message = self._message(call, chat, "edit")
        if not message.ours:
            raise bad(400, "Bad Request: message can't be edited")
        markup = call.markup() or {}
        if text is None:
            content = {key: message.json[key] for key in ("text", "entities") if key in message.json}
        if markup.get("inline_keyboard"):
            content["reply_markup"] = markup
        before = {key: message.json[key] for key in ("text", "entities", "reply_markup") if key in message.json}
        if before == content:
            raise bad(
                400,
                "Bad Request: message is not modified: specified new message content and reply markup are exactly"
                " the same as a current content and reply markup of the message",
            )
        for key in before:
            del message.json[key]
        message.json.update(content, edit_date=int(now().timestamp()))
        request.outcome = "edited"
        if message.arrival is not None:
            message.arrival.extra.update(content=content, keyboard=_labels(markup), edited=True)
            self.record.changed("edited", "telegram", str(chat.id), message.arrival.ref, text or "")
        return message.json

    def _message(self, call: Call, chat: Chat, purpose: str) -> Message:
        message = self.chats.message(chat.id, call.number("message_id"))
        if message is None:
            raise bad(400, f"Bad Request: message to {purpose} not found")
        return message

    async def _delete_message(self, call: Call) -> bool:
        chat = self.reachable(call.text("chat_id"))
        message = self._message(call, chat, "delete")
        self.chats.remove_message(chat.id, message.json["message_id"])
        if message.arrival is not None:
            message.arrival.extra["deleted"] = True
            self.record.changed("edited", "telegram", str(chat.id), message.arrival.ref, "deleted")
        return True


def _formatted(call: Call, name: str, entities: str) -> tuple[str, list[dict[str, Any]]]:
    """Gives a text without its tags, and the entities that they stood for."""
    text, mode = call.text(name), call.text("parse_mode")
    if not mode:
        return text.strip(), call.structure(entities) or []
    if mode.lower() != "html":
        raise bad(400, "Bad Request: unsupported parse_mode (the sandbox reads HTML only)")
    try:
        return parse(text)
    except EntityError as error:
        raise bad(400, f"Bad Request: can't parse entities: {error}") from error


def _captioned(call: Call, content: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    caption, entities = _formatted(call, "caption", "caption_entities")
    if len(caption) > CAPTION_LIMIT:
        raise bad(400, "Bad Request: message caption is too long")
    if caption:
        content["caption"] = caption
    if entities:
        content["caption_entities"] = entities
    return caption, content


def _labels(markup: dict[str, Any] | None) -> list[str]:
    """Lists the labels of a reply keyboard, which stands below the text field and not below the message."""
    rows = (markup or {}).get("keyboard", [])
    return [button if isinstance(button, str) else button["text"] for row in rows for button in row]
