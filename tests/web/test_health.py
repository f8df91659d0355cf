from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from core.receipts import Outcome
from scheduler.lock import DispatchLock
from store.database import Session
from store.pauses import pause_provider
from tests.store.people import NOON, claim, say
from tests.web.conftest import Open
from tests.web.people import guest, meeting

PAGE = Path(__file__).resolve().parents[2] / "docs/reference/metrics.md"


@pytest.fixture
def sender(site: Open) -> Iterator[DispatchLock]:
    """A dispatcher's lock, held as by a service that sends."""
    lock = DispatchLock(site.desk.settings.data_dir)
    assert lock.take()
    yield lock
    lock.release()


async def ready(site: Open) -> tuple[int, dict[str, object]]:
    answer = await site.client.get("/readyz")
    return answer.status_code, answer.json()


async def test_the_service_says_that_it_lives(site: Open) -> None:
    answer = await site.client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"alive": True})


async def test_it_is_ready_while_something_sends_and_looking_takes_no_lock(site: Open, sender: DispatchLock) -> None:
    assert await ready(site) == (200, {"ready": True, "problems": [], "due": 0, "oldest_due_seconds": 0})
    sender.release()
    status, said = await ready(site)
    assert (status, said["ready"]) == (503, False)
    assert sender.take()
    assert (await ready(site))[0] == 200


async def test_messages_that_do_not_leave_are_told_but_not_at_night_nor_while_a_provider_is_away(
    site: Open, sender: DispatchLock
) -> None:
    await guest(site)
    assert (await ready(site))[1]["due"] == 1
    site.clock.step(timedelta(minutes=11))
    status, said = await ready(site)
    assert (status, said["due"], said["oldest_due_seconds"]) == (503, 1, 660)
    assert said["problems"] == ["messages that are due do not leave"]
    await site.desk.database.write(pause_provider, "email", "It is away.", NOON)
    assert (await ready(site))[0] == 200


async def test_what_waits_for_the_morning_is_no_backlog(site: Open, sender: DispatchLock) -> None:
    site.clock.step(timedelta(hours=10))  # ten at night

    def late(session: Session) -> None:
        from sqlmodel import update

        from store.tables import Delivery

        session.exec(update(Delivery).values(not_before=NOON + timedelta(hours=9, minutes=30)))

    await guest(site)
    await site.desk.database.write(late)
    assert (await ready(site))[1]["due"] == 0
    site.clock.step(timedelta(hours=10, minutes=5))  # five past eight
    assert (await ready(site))[1]["oldest_due_seconds"] == 300


async def direct(site: Open, path: str = "/metrics", **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=site.door.url) as client:
        return await client.get(path, headers=headers)


async def test_the_figures_are_for_this_machine_and_for_admins(site: Open) -> None:
    assert (await direct(site)).status_code == 200
    for headers in (
        {"X-Forwarded-For": "192.0.2.1"},
        {"X-Real-IP": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"Host": "group.example.org"},
    ):
        assert (await direct(site, **headers)).status_code == 401
    await site.log_in("coordinator")
    assert (await site.client.get("/metrics")).status_code == 403
    await site.log_in("admin", "Ada Admin")
    assert (await site.client.get("/metrics")).status_code == 200


async def test_the_figures_are_those_of_the_tables(site: Open, sender: DispatchLock) -> None:
    await guest(site)
    await guest(site, "Joe Dean", "sms", addresses={"sms": "+447700900123"})
    await meeting(site, NOON + timedelta(days=24))

    def send(session: Session) -> None:
        for one in claim(session, "email"):
            say(session, one, Outcome.ACCEPTED, ref=one.uid)

    await site.desk.database.write(send)
    site.clock.step(timedelta(minutes=1))
    text = (await direct(site)).text
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert found["ringround_attempts_total", "email"] == 2
    assert found["ringround_outcomes_total", "email", "accepted"] == 2
    assert found["ringround_queue_depth", "phone"] == 0
    assert found["ringround_provider_paused", "phone"] == 0
    assert found["ringround_sending",] == 1
    assert found["ringround_live",] == 0
    assert found["ringround_clock_lag_seconds",] == 0
    assert not re.search("Ann|Joe|7700|example.org", text)
    site.clock.step(timedelta(days=20))
    late = (await direct(site)).text
    [lag] = re.findall(r"^ringround_clock_lag_seconds (.+)$", late, re.MULTILINE)
    assert float(lag) > 0


async def test_each_figure_has_its_entry_and_no_other_has_one(site: Open) -> None:
    await guest(site)
    given = {
        sample.name
        for family in text_string_to_metric_families((await direct(site)).text)
        for sample in family.samples
        if not sample.name.endswith("_created")
    } | {"ringround_outcomes_total"}
    told = set(re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert told == given
