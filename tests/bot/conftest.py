from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.town import ChatTown, chat_town


@pytest.fixture
def folder(tmp_path: Path, sqlite_template: Path) -> Path:
    """A data folder with an empty database that is up to date."""
    shutil.copy(sqlite_template, tmp_path / "ringround.sqlite3")
    return tmp_path


@pytest.fixture
async def town(folder: Path) -> AsyncIterator[ChatTown]:
    """Nobody in it yet; the service runs with the chat door open."""
    async with chat_town(folder) as built:
        yield built
