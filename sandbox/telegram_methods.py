"""The methods of the Bot API that put nothing into a chat: updates, webhook, commands, files and the like."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from sandbox.telegram_calls import Call, bad
from sandbox.telegram_updates import Conflict

if TYPE_CHECKING:
    from sandbox.telegram_api import TelegramApi

COMMAND = re.compile(r"[a-z0-9_]{1,32}\Z")
NO_GIFTS = {
    "unlimited_gifts": False,
    "limited_gifts": False,
    "unique_gifts": False,
    "premium_subscription": False,
    "gifts_from_channels": False,
}


class Methods:
    """Answers the calls of one bot; each method's result is what stands in `result`."""

    def __init__(self, api: TelegramApi) -> None:
        self._api = api
        self.by_name: dict[str, Callable[[Call], Awaitable[Any]]] = {
            "getme": self._get_me,
            "getupdates": self._get_updates,
            "setwebhook": self._set_webhook,
            "deletewebhook": self._delete_webhook,
            "getwebhookinfo": self._get_webhook_info,
            "answercallbackquery": self._answer_callback_query,
            "sendchataction": self._send_chat_action,
            "getchat": self._get_chat,
            "leavechat": self._leave_chat,
            "getfile": self._get_file,
            "setmycommands": self._set_my_commands,
            "getmycommands": self._get_my_commands,
            "deletemycommands": self._delete_my_commands,
        }

    async def _get_me(self, call: Call) -> dict[str, Any]:
        return {
            **self._api.me(),
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }

    async def _get_updates(self, call: Call) -> list[dict[str, Any]]:
        self._api.updates.allow(call.structure("allowed_updates"))
        offset = call.number("offset") if call.given("offset") else None
        limit = min(max(call.number("limit", 100), 1), 100)
        try:
            return await self._api.updates.fetch(offset, limit, min(call.number("timeout"), 50))
        except Conflict as conflict:
            raise bad(409, f"Conflict: {conflict}") from conflict

    async def _set_webhook(self, call: Call) -> bool:
        secret = call.text("secret_token")
        if secret and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
            raise bad(400, "Bad Request: secret token contains unallowed characters")
        url = call.text("url")
        if url and not re.match(r"https?://[^/\s]+", url):
            raise bad(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        self._api.updates.allow(call.structure("allowed_updates"))
        await self._api.updates.set_webhook({"url": url, "secret_token": secret}, call.flag("drop_pending_updates"))
        return True

    async def _delete_webhook(self, call: Call) -> bool:
        await self._api.updates.set_webhook({"url": ""}, call.flag("drop_pending_updates"))
        return True

    async def _get_webhook_info(self, call: Call) -> dict[str, Any]:
        info: dict[str, Any] = {
            "url": self._api.updates.webhook["url"],
            "has_custom_certificate": False,
            "pending_update_count": len(self._api.updates),
        }
        if self._api.updates.last_error:
            info["last_error_message"] = self._api.updates.last_error
        return info

    async def _answer_callback_query(self, call: Call) -> bool:
        query = call.text("callback_query_id")
        if query not in self._api.queries or self._api.queries[query] is not None:
            raise bad(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        self._api.queries[query] = call.text("text")
        return True

    async def _send_chat_action(self, call: Call) -> bool:
        self._api.reachable(call.text("chat_id"))
        return True

    async def _get_chat(self, call: Call) -> dict[str, Any]:
        chat = self._api.chats.find(call.text("chat_id"))
        if chat is None:
            raise bad(400, "Bad Request: chat not found")
        return {
            **chat.as_json(),
            "accent_color_id": 0,
            "max_reaction_count": 11,
            "accepted_gift_types": NO_GIFTS,
        }

    async def _leave_chat(self, call: Call) -> bool:
        chat = self._api.reachable(call.text("chat_id"))
        if chat.id > 0:
            raise bad(400, "Bad Request: chat member status can't be changed in private chats")
        chat.blocked = True
        return True

    async def _get_file(self, call: Call) -> dict[str, Any]:
        file = self._api.chats.files.get(call.text("file_id"))
        if file is None:
            raise bad(400, "Bad Request: invalid file_id")
        sizes = {"file_id": file.id, "file_unique_id": file.unique_id, "file_size": len(file.data)}
        return {**sizes, "file_path": file.path}

    async def _set_my_commands(self, call: Call) -> bool:
        commands = call.structure("commands")
        if not isinstance(commands, list) or len(commands) > 100:
            raise bad(400, "Bad Request: can't parse commands list")
        for command in commands:
            if not COMMAND.match(str(command.get("command", ""))):
                raise bad(400, "Bad Request: BOT_COMMAND_INVALID")
            if not 1 <= len(str(command.get("description", ""))) <= 256:
                raise bad(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
        self._api.commands[_scope(call)] = commands
        return True

    async def _get_my_commands(self, call: Call) -> list[dict[str, str]]:
        return self._api.commands.get(_scope(call), [])

    async def _delete_my_commands(self, call: Call) -> bool:
        self._api.commands.pop(_scope(call), None)
        return True


def _scope(call: Call) -> str:
    scope = call.structure("scope") or {"type": "default"}
    return json.dumps([scope, call.text("language_code")], sort_keys=True)
