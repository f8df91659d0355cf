from __future__ import annotations

import asyncio
from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok

from scheduler.lock import DispatchLock
from tests.web.conftest import Open
from web.openapi import DOCUMENT


async def test_schemathesis_finds_nothing_in_the_json_endpoints(site: Open) -> None:
    sender = DispatchLock(site.desk.settings.data_dir)
    assert sender.take()  # as while something sends: a 503 says that nothing does
    assert await asyncio.to_thread(tried, site.door.url) == len(DOCUMENT["paths"])
    sender.release()


def tried(url: str) -> int:
    """Tries every operation of the document in many ways, with all checks; gives how many there are."""
    document = httpx.get(f"{url}/openapi.json").raise_for_status().json()
    operations = [
        found.ok() for found in schemathesis.openapi.from_dict(document).get_all_operations() if isinstance(found, Ok)
    ]
    for operation in operations:

        @given(case=operation.as_strategy())
        @settings(
            max_examples=25,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def one(case: schemathesis.Case[Any]) -> None:
            case.call_and_validate(base_url=url)

        one()
    return len(operations)
