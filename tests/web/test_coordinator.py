from __future__ import annotations

import asyncio
import json
import threading
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlmodel import select

from actions import people
from core.people import Status
from core.receipts import Outcome, Receipt
from core.roles import TERMINAL
from store import strays
from store.database import Session
from store.tables import Delivery, InboxItem, Planned, Recipient
from tests.actions.meetings import add as add_meeting
from tests.store.people import NOON, WAYS, add_person, publish
from tests.web.conftest import Open, browser, csrf, log_in, words
from tests.web.ringing import SCRIPT, to_ring
from web import events
from web.coordinator import COUNTED_FOR


async def put_work(site: Open) -> None:
    """Somebody whom no machine reaches, and a message in doubt."""

    def put(session: Session) -> None:
        add_person(session, "Eve Grey", support="easy words")
        add_person(session, "Fay Hill", "email")
        publish(session, "work")
        for one in session.exec(select(Delivery).where(Delivery.channel == "email")):
            one.state, one.reason, one.attempts = "review", "nobody knows whether it was sent", 0
        session.flush()

    await site.desk.database.write(put)


async def test_a_notice_shows_how_far_it_has_come(site: Open) -> None:
    uid = await to_ring(site)
    await site.log_in("coordinator")
    listed = (await site.client.get("/notices")).text
    assert f'href="/notices/{uid}"' in listed
    said = words((await site.client.get(f"/notices/{uid}?show=needs_person")).text)
    for wanted in ("News", "3 need a person", "0 reached", "Meant for: 3", "Ann Carter", "Bob Dean"):
        assert wanted in said


async def test_a_viewer_sees_numbers_and_no_names(site: Open) -> None:
    uid = await to_ring(site)
    await site.log_in("viewer")
    answer = await site.client.get(f"/notices/{uid}?show=needs_person")
    assert "3 need a person" in words(answer.text)
    assert "Ann Carter" not in answer.text
    for path in ("/tasks", "/inbox"):
        assert (await site.client.get(path)).status_code == 403
    assert (await site.client.get("/timetable")).status_code == 200


async def test_a_notice_that_there_is_not_ends_on_the_calm_page(site: Open) -> None:
    await site.log_in("coordinator")
    for path in ("/notices/nothing", "/notices/nothing/events", "/inbox/nothing"):
        answer = await site.client.get(path)
        assert answer.status_code in (404, 422, 400), path
        assert "<h1>" in answer.text


async def test_numbers_come_by_themselves_and_end_when_the_reader_is_out(
    site: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "EVERY", 0.05)
    uid = await to_ring(site, "Ann Carter")
    reader = await site.log_in("viewer")
    async with site.client.stream("GET", f"/notices/{uid}/events", timeout=30) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.aiter_lines()
        first = await _next(lines)
        assert first == {"counts": {**first["counts"], "needs_person": 1, "reached": 0}, "invited": 1, "complete": True}

        def settle(session: Session, state: str) -> None:
            for one in session.exec(select(Delivery)):
                one.state = state

        await site.desk.database.write(settle, "delivered")
        assert (await _next(lines))["counts"]["reached"] == 1
        await site.desk.database.write(people.mark, TERMINAL, reader, Status.LEFT, site.clock.now())
        await site.desk.database.write(settle, "failed")
        assert [line async for line in lines if line.startswith("data: ")] == []


async def test_one_reader_cannot_take_every_stream_and_the_writing_thread_is_left_alone(
    site: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "MOST_EACH", 2)
    monkeypatch.setattr(events, "MOST_STREAMS", 3)
    path, release = f"/notices/{await to_ring(site, 'Ann Carter')}/events", threading.Event()
    async with AsyncExitStack() as stack, browser(site.door) as second, browser(site.door) as third:
        for at, client in enumerate((second, third)):
            await log_in(client, await site.link(await site.staff("viewer", f"Viewer {at}")))
        await site.log_in("viewer")
        writing = asyncio.create_task(site.desk.database.write(lambda _: release.wait()))
        stack.callback(release.set)
        kept = []  # a reader that nobody holds any more goes

        async def opens(client: httpx.AsyncClient) -> int:
            answer = await stack.enter_async_context(client.stream("GET", path, timeout=30))
            if answer.status_code == 200:
                kept.append(answer.aiter_lines())
                assert (await _next(kept[-1]))["invited"] == 1
            return answer.status_code

        assert [await opens(site.client) for _ in range(3)] == [200, 200, 503]
        assert await opens(second) == 200
        assert await opens(third) == 503
        release.set()
        await writing
    async with browser(site.door) as later:
        await log_in(later, await site.link(await site.staff("viewer", "Viewer 3")))
        async with asyncio.timeout(10):
            while (await later.send(later.build_request("GET", path), stream=True)).status_code != 200:
                pass  # until the door has seen that its readers are gone


async def _next(lines: object) -> dict[str, Any]:
    async for line in lines:  # type: ignore[attr-defined]
        if line.startswith("data: "):
            found: dict[str, Any] = json.loads(line.removeprefix("data: "))
            return found
    raise AssertionError("the stream ended")


async def test_reports_that_fit_no_message_are_shown_without_what_they_are_about(site: Open) -> None:
    def receive(session: Session) -> None:
        for ref in ("SM1", "SM2"):
            strays.receive(session, Receipt(Outcome.DELIVERED, "sms", "delivered", ref), NOON, WAYS)

    await site.log_in("coordinator")
    await site.desk.database.write(receive)
    assert "delivered" not in (await site.client.get("/tasks")).text  # they may only have been quick
    site.clock.step(timedelta(hours=2))
    shown = words((await site.client.get("/tasks")).text)
    assert "sms, delivered: 2 reports, the last" in shown
    assert "SM1" not in shown
    async with httpx.AsyncClient(base_url=site.door.url) as program:
        assert 'ringround_receipts_unmatched{channel="sms"} 2.0' in (await program.get("/metrics")).text


async def test_what_will_go_out_is_held_and_released(site: Open) -> None:
    await site.desk.database.write(lambda session: add_meeting(session, title=SCRIPT))
    await site.log_in("coordinator")
    page = (await site.client.get("/timetable")).text
    assert SCRIPT not in page
    key = page.partition('name="key" value="')[2].partition('"')[0]
    for do, state in (("hold", "held"), ("release", "coming")):
        answer = await site.client.post("/timetable", data={"csrf": csrf(page), "key": key, "do": do})
        assert answer.status_code == 303

        def read(session: Session) -> str:
            return session.exec(select(Planned.state).where(Planned.key == key)).one()

        assert await site.desk.database.read(read) == state
        page = (await site.client.get(answer.headers["location"])).text
    wrong = await site.client.post("/timetable", data={"csrf": csrf(page), "key": "nothing", "do": "hold"})
    assert wrong.status_code == 422
    assert "That did not work" in words(wrong.text)
    assert (await site.client.post("/timetable", data={"csrf": csrf(page), "do": "burn"})).status_code == 422


async def test_an_audience_is_counted_anew_after_a_while(site: Open) -> None:
    await site.desk.database.write(lambda session: add_meeting(session, title="Tea"))
    await site.log_in("viewer")

    async def shown() -> str:
        return words((await site.client.get("/timetable")).text)

    assert "email 1" in await shown()
    await site.desk.database.write(lambda session: add_person(session, "Ann", "email"))
    assert "email 1" in await shown(), "a page costs the sending nothing"
    site.clock.step(timedelta(seconds=COUNTED_FOR + 1))
    assert "email 2" in await shown()


async def test_a_viewer_holds_nothing(site: Open) -> None:
    await site.desk.database.write(lambda session: add_meeting(session, title="Tea"))
    await site.log_in("viewer")
    page = (await site.client.get("/timetable")).text
    assert "Hold it back" not in page
    assert (await site.client.post("/timetable", data={"csrf": csrf(page), "do": "hold"})).status_code == 403


@pytest.mark.parametrize(("verdict", "task"), [("told", "told"), ("unreachable", "unreachable")])
async def test_who_needs_a_person_is_settled(site: Open, verdict: str, task: str) -> None:
    await put_work(site)
    await site.log_in("coordinator")
    page = (await site.client.get("/tasks")).text
    said = words(page)
    for wanted in ("Eve Grey", "easy words", "no route on file", "Fay Hill", "nobody knows"):
        assert wanted in said
    person, notice = (page.partition(f'name="{field}" value="')[2].partition('"')[0] for field in ("person", "notice"))
    fields = {"csrf": csrf(page), "person": person, "notice": notice, "verdict": verdict, "note": "rang her aunt"}
    answer = await site.client.post("/tasks", data=fields)
    assert answer.status_code == 303
    assert "Eve Grey" not in words((await site.client.get(answer.headers["location"])).text)

    def read(session: Session) -> list[tuple[str | None, str | None]]:
        found = session.exec(select(Recipient.task, Recipient.task_note).where(Recipient.task_note != ""))
        return list(found)

    assert await site.desk.database.read(read) == [(task, "rang her aunt")]
    assert (await site.client.post("/tasks", data={**fields, "verdict": "burnt"})).status_code == 422
    assert (await site.client.post("/tasks", data={**fields, "notice": "x"})).status_code == 422


@pytest.mark.parametrize(("verdict", "state"), [("not_sent", "queued"), ("give_up", "failed")])
async def test_a_message_in_doubt_is_settled(site: Open, verdict: str, state: str) -> None:
    await put_work(site)
    await site.log_in("coordinator")
    page = (await site.client.get("/tasks")).text
    message = page.partition('name="message" value="')[2].partition('"')[0]
    fields = {"csrf": csrf(page), "message": message, "verdict": verdict}
    assert (await site.client.post("/tasks/review", data=fields)).status_code == 303

    def read(session: Session) -> str:
        return session.exec(select(Delivery.state)).one()

    assert await site.desk.database.read(read) == state
    again = await site.client.post("/tasks/review", data=fields)
    assert again.status_code == 422
    assert "That did not work" in words(again.text)


async def write_in(site: Open, text: str) -> str:
    def put(session: Session) -> str:
        person = add_person(session, "Ann Carter", "email")
        item = InboxItem(
            at=NOON, provider="email", ref="r1", sender="a@example.org", person_id=person.id, text=text, why="question"
        )
        session.add(item)
        session.flush()
        return item.uid

    return await site.desk.database.write(put)


async def test_what_people_wrote_is_taken_answered_and_closed(site: Open) -> None:
    uid = await write_in(site, f"Is there a lift? {SCRIPT}")
    await site.log_in("coordinator")
    for path in ("/inbox", "/inbox?all=1", f"/inbox/{uid}"):
        page = (await site.client.get(path)).text
        assert SCRIPT not in page
        assert "Is there a lift?" in words(page)
    fields = {"csrf": csrf(page)}
    taken = await site.client.post(f"/inbox/{uid}", data={**fields, "do": "have"})
    assert "You have it" in words((await site.client.get(taken.headers["location"])).text)
    empty = await site.client.post(f"/inbox/{uid}", data={**fields, "do": "reply", "text": " "})
    assert empty.status_code == 422
    assert "The answer is empty" in words(empty.text)
    sent = await site.client.post(f"/inbox/{uid}", data={**fields, "do": "reply", "text": "Yes, there is."})
    assert "Your answer is on its way" in words((await site.client.get(sent.headers["location"])).text)
    assert "This has been seen to" in words((await site.client.get(f"/inbox/{uid}")).text)
    assert (await site.client.post(f"/inbox/{uid}", data={**fields, "do": "burn"})).status_code == 422


async def test_empty_pages_say_so(site: Open) -> None:
    await site.log_in("coordinator")
    for path, what in (
        ("/notices", "No notice has been sent yet"),
        ("/timetable", "Nothing is planned"),
        ("/tasks", "Nobody needs a person"),
        ("/inbox", "Nothing waits for you"),
        ("/calls", "nobody to ring"),
        ("/calls/list", "Nobody has to be rung"),
    ):
        assert what in words((await site.client.get(path)).text), path


async def test_no_page_is_shown_to_a_stranger(site: Open) -> None:
    uid = await to_ring(site)
    for path in ("/calls", "/notices", f"/notices/{uid}", f"/notices/{uid}/events", "/timetable", "/tasks", "/inbox"):
        answer: httpx.Response = await site.client.get(path)
        assert answer.status_code in (401, 403), path
        assert "Ann Carter" not in answer.text
