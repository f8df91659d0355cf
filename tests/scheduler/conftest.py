from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.clock import SteppedClock
from store.database import Database
from tests.store.people import NOON


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    opened = Database(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(NOON)
