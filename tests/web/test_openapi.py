from __future__ import annotations

import asyncio
import shutil
import socket
from pathlib import Path
from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok

from cli import service
from sandbox.world import World
from tests.bot.town import ChatTown
from tests.journeys.town import london
from web.openapi import DOCUMENT

SECRET = "a-secret-of-our-own"


async def test_schemathesis_finds_nothing_in_the_json_endpoints(tmp_path: Path, sqlite_template: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "ringround.sqlite3")
    with socket.create_server(("127.0.0.1", 0)) as one:
        port = one.getsockname()[1]
    chat = {
        "RINGROUND_WEB__PORT": str(port),
        "RINGROUND_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "RINGROUND_TELEGRAM__WEBHOOK_SECRET": SECRET,
    }
    async with World(fsync=False) as world:
        town = ChatTown(world, tmp_path, london("2026-03-02 10:00"), **chat)
        try:
            async with service.serving(town.house) as door:
                assert await asyncio.to_thread(tried, door.url) == len(DOCUMENT["paths"])
                wrong = await asyncio.to_thread(httpx.post, f"{door.url}/callbacks/telegram", json={"update_id": 1})
                assert wrong.status_code == 403
        finally:
            town.house.close()


def tried(url: str) -> int:
    """Tries every operation of the document in many ways, with all checks; gives how many there are."""
    document = httpx.get(f"{url}/openapi.json").raise_for_status().json()
    operations = [
        found.ok() for found in schemathesis.openapi.from_dict(document).get_all_operations() if isinstance(found, Ok)
    ]
    for operation in operations:

        @given(case=operation.as_strategy())
        @settings(
            max_examples=20,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def one(case: schemathesis.Case[Any]) -> None:
            answer = case.call_and_validate(base_url=url, headers={"X-Telegram-Bot-Api-Secret-Token": SECRET})
            assert answer.status_code < 300  # the secret counts: it is not turned away at the door

        one()
    return len(operations)
