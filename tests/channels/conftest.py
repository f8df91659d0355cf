from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sandbox.world import World
from tests.channels.surroundings import make_world


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with make_world() as world:
        yield world
