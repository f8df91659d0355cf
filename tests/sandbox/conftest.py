from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from sandbox.world import World
from tests.sandbox.outside import Webhook


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(data_dir=tmp_path, receipt_delay=0.001) as running:
        yield running


@pytest.fixture
async def webhook() -> AsyncIterator[Webhook]:
    hook = Webhook()

    async def take(request: web.BaseRequest) -> web.Response:
        hook.bodies.append(await request.read())
        hook.forms.append({key: str(value) for key, value in (await request.post()).items()})
        hook.headers.append(dict(request.headers))
        hook.news.set()
        return web.Response(status=hook.status)

    server = await asyncio.get_running_loop().create_server(web.Server(take), "127.0.0.1", 0)
    hook.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield hook
    server.close()
