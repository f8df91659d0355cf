"""The whole service in one process: bot, sender, clock and web door, started and stopped together."""

from __future__ import annotations

import asyncio
import socket
import time
from pathlib import Path

import pytest

from cli import service
from core.people import Role
from sandbox.world import World
from tests.bot.town import ChatTown
from tests.journeys.town import london

SOON = 5.0


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.mark.parametrize("pushed", [False, True], ids=["polling", "webhook"])
async def test_the_service_answers_and_stops_at_once(folder: Path, pushed: bool) -> None:
    more = {"RINGROUND_WEB__PORT": "0"}
    if pushed:
        port = free_port()
        more = {
            "RINGROUND_WEB__PORT": str(port),
            "RINGROUND_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "RINGROUND_TELEGRAM__WEBHOOK_SECRET": "a-secret-of-our-own",
        }
    async with World(fsync=False) as world:
        town = ChatTown(world, folder, london("2026-03-02 10:00"), **more)
        ada = town.staff("Ada Byron", Role.ADMIN)
        try:
            async with service.serving(town.house) as door:
                assert "/staff" in await town.says(ada, "/help")
                assert f"{door.url}/login/" in await town.says(ada, "/login")  # where it really is, also with port 0
                assert bool(world.telegram.updates.webhook["url"]) is pushed
                await town.says(ada, "/staff")
                assert "Who is it?" in await town.presses(ada, "Add somebody")
                world.telegram_people.writes(ada, "Kim")
                start = time.monotonic()
            assert time.monotonic() - start < SOON
            async with service.serving(town.house):
                await town.dealt_with()
                assert "Somebody new: Kim" in town.last(ada).buttons
        finally:
            town.house.close()


async def test_it_stops_at_once_while_telegram_is_away(folder: Path) -> None:
    async with World(fsync=False) as world:
        town = ChatTown(world, folder, london("2026-03-02 10:00"), RINGROUND_WEB__PORT="0")
        await world.down("telegram")
        try:
            async with service.serving(town.house):
                await asyncio.sleep(0.2)
                start = time.monotonic()
            assert time.monotonic() - start < SOON
        finally:
            town.house.close()
