"""What a call of the Bot API carries, and the answers it gets.

Parameters come as JSON, as a form or as multipart; structured ones are JSON inside a text
(https://core.telegram.org/bots/api#making-requests).
"""

from __future__ import annotations

import json
import mimetypes
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from aiohttp.web_request import FileField

from sandbox.http_door import Refused, reply
from sandbox.telegram_chats import File

BUTTON_DATA_LIMIT = 64


def good(result: Any) -> web.Response:
    """Makes the answer to a call that worked."""
    return reply({"ok": True, "result": result})


def bad(code: int, description: str, **parameters: int) -> Refused:
    """Makes the refusal of a call; `parameters` are `retry_after` or `migrate_to_chat_id`."""
    body: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    if parameters:
        body["parameters"] = parameters
    return Refused(reply(body, code), description)


class Call:
    """The parameters of one call."""

    def __init__(self, values: dict[str, Any], files: dict[str, File] | None = None) -> None:
        self._values = values
        self._files = files or {}

    @classmethod
    async def read(cls, request: web.BaseRequest) -> Call:
        """Reads the parameters from query and body; refuses a body that cannot be read."""
        values: dict[str, Any] = dict(request.query) if request.query_string else {}
        files: dict[str, File] = {}
        try:
            if request.content_type == "application/json":
                values.update(json.loads(await request.read() or b"{}"))
            elif request.content_type == "multipart/form-data":
                for name, value in (await request.post()).items():
                    if isinstance(value, FileField):
                        mime = mimetypes.guess_type(value.filename)[0] or "application/octet-stream"
                        files[name] = File(value.filename, mime, value.file.read())
                        value.file.close()
                    else:
                        values[name] = value
            else:
                values.update(parse_qsl((await request.read()).decode(), keep_blank_values=True))
        except (ValueError, TypeError) as error:
            raise bad(400, "Bad Request: can't parse the request") from error
        return cls(values, files)

    def text(self, name: str) -> str:
        """Gives a parameter as text, empty where it is missing."""
        value = self._values.get(name)
        return "" if value is None else str(value)

    def number(self, name: str, default: int = 0) -> int:
        """Gives a whole number; refuses anything else."""
        try:
            return int(self._values.get(name, default))
        except (ValueError, TypeError) as error:
            raise bad(400, f'Bad Request: parameter "{name}" must be a number') from error

    def given(self, name: str) -> bool:
        """Tells whether a parameter is there."""
        return name in self._values

    def flag(self, name: str) -> bool:
        """Gives a true-or-false parameter."""
        return self._values.get(name) in (True, "true", "True", "1", 1)

    def structure(self, name: str) -> Any:
        """Gives a parameter that is JSON, None where it is missing; refuses what cannot be parsed."""
        value = self._values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError as error:
            raise bad(400, f"Bad Request: can't parse {name.replace('_', ' ')} JSON object") from error

    def file(self, name: str) -> File | str:
        """Gives an uploaded file, or the file id or URL that stands for one."""
        value = self.text(name)
        if value.startswith("attach://"):
            name = value.removeprefix("attach://")
        if name in self._files:
            return self._files[name]
        if not value:
            raise bad(400, f"Bad Request: there is no {name} in the request")
        return value

    def markup(self) -> dict[str, Any] | None:
        """Gives `reply_markup` after checking its inline buttons."""
        markup = self.structure("reply_markup")
        if markup is None:
            return None
        if not isinstance(markup, dict):
            raise bad(400, "Bad Request: object expected as reply markup")
        rows = markup.get("inline_keyboard", [])
        if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
            raise bad(400, 'Bad Request: field "inline_keyboard" must be of type Array of Arrays')
        for button in (button for row in rows for button in row):
            _check_button(button)
        return markup


def _check_button(button: Any) -> None:
    if not isinstance(button, dict) or not button.get("text"):
        raise bad(400, 'Bad Request: can\'t parse inline keyboard button: field "text" is missing')
    kinds = [key for key in ("callback_data", "url", "web_app", "login_url", "copy_text") if key in button]
    if len(kinds) != 1:
        raise bad(400, "Bad Request: can't parse inline keyboard button: exactly one action is needed")
    if kinds == ["callback_data"] and not 1 <= len(str(button["callback_data"]).encode()) <= BUTTON_DATA_LIMIT:
        raise bad(400, "Bad Request: BUTTON_DATA_INVALID")
