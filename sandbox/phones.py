"""The page at `/`: everybody's phone and inbox side by side, where one can answer as them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from aiohttp import web

from sandbox.phone_cards import cards
from sandbox.phone_pages import page, people

if TYPE_CHECKING:
    from sandbox.world import World

FILES = {"phones.css": "text/css", "phones.js": "text/javascript"}
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; "
    "connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Inline styles are allowed for the e-mails, whose frames inherit this policy."""


class Phones:
    """Answers the page's requests for one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        folder = Path(__file__).parent / "pages"
        self._files = {name: (folder / name).read_bytes() for name in FILES}

    async def answer(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        """Answers one request: the page, its changing part, its files, or an answer given as somebody."""
        if request.method == "POST":
            return await self._act(request, path)
        if path in FILES:
            return web.Response(body=self._files[path], content_type=FILES[path], headers=HEADERS)
        if path not in ("", "cards"):
            return web.Response(status=404, text="There is no such page. The phones are at /.")
        name, channel = request.query.get("q", ""), request.query.get("channel", "")
        changes = str(self._world.record.changes)
        if path == "cards" and request.query.get("since") == changes:
            return web.Response(status=204, headers=HEADERS)
        shown, found = cards(self._world, name, channel)
        write = people if path == "cards" else page
        text = write(self._world, shown, found, name, channel)
        return web.Response(
            body=text.encode("utf-8", "replace"),
            content_type="text/html",
            charset="utf-8",
            headers={**HEADERS, "X-Changes": changes},
        )

    async def _act(self, request: web.BaseRequest, path: str) -> web.Response:
        origin = request.headers.get("Origin")
        if origin not in (None, "null", f"{request.scheme}://{request.host}"):
            return web.Response(status=403, text="This form was sent from another site.")
        body = (await request.read()).decode("utf-8", "replace")
        fields = dict(parse_qsl(body, keep_blank_values=True))
        try:
            if path == "heal":
                await self._world.heal()
            elif path == "answer":
                await self._answer_as(fields)
            else:
                return web.Response(status=404, text="There is no such form.")
        except (ValueError, KeyError) as error:
            return web.Response(status=400, text=f"That did not work: {error}")
        back = fields.get("back", "")
        where = f"/?{back}" if back else "/"
        return web.Response(status=303, headers={"Location": where + "#" + fields.get("card", "people")})

    async def _answer_as(self, fields: dict[str, str]) -> None:
        """Presses a button, or writes a text on the channel that `address` begins with."""
        if "button" in fields:
            chat_id, message_id = int(fields["address"]), int(fields["message_id"])
            await self._world.press(chat_id, message_id, fields["button"])
            return
        channel, _, address = fields["address"].partition(" ")
        text = fields["text"].replace("\r\n", "\n").strip()
        if not text:
            raise ValueError("write something first")
        if channel == "sms":
            await self._world.text_in(address, text)
        elif channel == "telegram":
            await self._world.telegram_in(int(address), text)
        else:
            latest = self._world.messages("email", to=address)[-1:]
            subject = f"Re: {latest[0].subject}" if latest else "Hello"
            await self._world.mail_in(address, text, subject, latest[0].ref if latest else None)
