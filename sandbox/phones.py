"""The page of phones (being built)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from sandbox.world import World


class Phones:
    """Answers the page's requests."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def answer(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        """Answers one request for the page."""
        return web.Response(text="")
