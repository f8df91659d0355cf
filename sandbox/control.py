"""How other processes steer the world: `/_sandbox/` on the common HTTP port.

POST takes a JSON object (or a form) with the names of the matching method's parameters: fail, heal, down, up, slow,
text_in, telegram_in, press, block, mail_in, introduce, started_chat. GET: messages (channel, to, since), stats, inbox,
settings. A mistake is answered with 400 and a sentence.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from aiohttp import web

from sandbox.faults import Fault
from sandbox.http_door import reply

if TYPE_CHECKING:
    from sandbox.world import World

Fields = dict[str, Any]


class Control:
    """Answers the steering requests for one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._acts: dict[str, Callable[[Fields], Awaitable[Any]]] = {
            "fail": self._fail,
            "heal": lambda fields: world.heal(**fields),
            "down": lambda fields: world.down(**fields),
            "up": lambda fields: world.up(**fields),
            "slow": self._slow,
            "text_in": lambda fields: world.text_in(**fields),
            "telegram_in": lambda fields: world.telegram_in(**_numbers(fields)),
            "press": lambda fields: world.press(**_numbers(fields)),
            "block": self._block,
            "mail_in": self._mail_in,
            "introduce": self._introduce,
            "started_chat": self._started_chat,
        }

    async def answer(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        """Answers one request below `/_sandbox/`."""
        if request.method == "GET":
            return self._tell(path, dict(request.query))
        if path not in self._acts:
            return reply({"error": f"unknown: {path}; there is {', '.join(self._acts)}"}, 404)
        try:
            result = await self._acts[path](_fields(await request.read(), request.content_type))
        except (ValueError, TypeError, KeyError) as error:
            return reply({"error": str(error)}, 400)
        return reply({"ok": True, "result": result if isinstance(result, (str, int)) else None})

    def _tell(self, path: str, query: dict[str, str]) -> web.Response:
        world = self._world
        if path == "messages":
            try:
                since = int(query.get("since", 0))
            except ValueError:
                return reply({"error": "since is the n of the last message that you know"}, 400)
            found = world.messages(query.get("channel"), query.get("to"))
            return reply([{**a.as_json(), "extra": a.extra} for a in found if a.n > since])
        if path == "stats":
            return reply(world.stats())
        if path == "settings":
            return reply(world.settings())
        if path == "inbox":
            return reply([raw.decode("utf-8", "replace") for raw in world.mail_people.inbox])
        return reply({"error": f"unknown: {path}; there is messages, stats, settings, inbox"}, 404)

    async def _fail(self, fields: Fields) -> None:
        self._world.fail(Fault(**fields))

    async def _slow(self, fields: Fields) -> None:
        self._world.slow(str(fields["channel"]), float(fields["seconds"]))

    async def _block(self, fields: Fields) -> None:
        self._world.telegram_people.blocks(int(fields["chat_id"]), bool(fields.get("blocked", True)))

    async def _mail_in(self, fields: Fields) -> None:
        await self._world.mail_in(**fields)

    async def _introduce(self, fields: Fields) -> None:
        self._world.introduce(**fields)

    async def _started_chat(self, fields: Fields) -> None:
        self._world.started_chat(**_numbers(fields))


def _fields(body: bytes, content_type: str) -> Fields:
    if content_type == "application/x-www-form-urlencoded":
        return dict(parse_qsl(body.decode(), keep_blank_values=True))
    fields = json.loads(body or b"{}")
    if not isinstance(fields, dict):
        raise TypeError("send a JSON object")
    return fields


def _numbers(fields: Fields) -> Fields:
    """Turns chat and message ids that came as text into numbers."""
    ids = ("chat_id", "message_id", "by")
    return {key: int(value) if key in ids and value is not None else value for key, value in fields.items()}
