"""The door as a whole: where it listens, how it stops, what every answer carries, what it refuses."""

from __future__ import annotations

import asyncio
import signal
import socket
from pathlib import Path
from time import perf_counter
from typing import Any

import httpx
import pytest
from limits import parse
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from core.errors import ConfigError
from store.database import Database
from tests.web.callbacks import genuine
from tests.web.conftest import Open, browser, make_desk, words
from tests.web.people import guest
from web import limits
from web.app import WebDoor, application

CALM = "Would you rather speak to somebody?"


async def test_a_port_that_is_taken_is_told_with_what_to_do(database: Database, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match="RINGROUND_WEB__PORT"):
            async with WebDoor(make_desk(database, tmp_path, web={"port": port})):
                pass


async def test_it_leaves_the_signals_to_the_service(database: Database, tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    async with WebDoor(make_desk(database, tmp_path)):
        assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


@pytest.mark.parametrize("listens", [True, False], ids=["a stream that listens", "one that does not"])
async def test_it_stops_within_a_second_with_a_stream_open(database: Database, tmp_path: Path, listens: bool) -> None:
    door = WebDoor(make_desk(database, tmp_path))

    async def stream(request: Request) -> StreamingResponse:
        async def lines() -> object:
            yield b"begun\n"
            await (request.app.state.closing if listens else asyncio.Event()).wait()

        return StreamingResponse(lines())  # type: ignore[arg-type]

    door.app.router.routes.append(Route("/stream", stream))
    async with httpx.AsyncClient() as client:
        async with door:
            opened = await client.send(client.build_request("GET", f"{door.url}/stream"), stream=True)
            assert await anext(opened.aiter_bytes()) == b"begun\n"
            begun = perf_counter()
        assert perf_counter() - begun < 1
        await opened.aclose()


async def test_every_answer_carries_the_headers_and_personal_pages_are_kept_nowhere(site: Open) -> None:
    ann = await guest(site)
    for path in (ann.visit, ann.stop, "/", "/nothing", "/healthz", "/visit/altered"):
        headers = (await site.client.get(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["strict-transport-security"] == "max-age=31536000"
        assert headers["cache-control"] == "no-store"
        assert "server" not in headers


async def test_without_https_browsers_are_not_told_to_insist_on_it(database: Database, tmp_path: Path) -> None:
    async with WebDoor(make_desk(database, tmp_path, public_url="")) as door, browser(door) as client:
        assert "strict-transport-security" not in (await client.get("/healthz")).headers


async def test_the_style_is_kept_for_ever_under_a_name_that_changes_with_it(site: Open) -> None:
    page = (await site.client.get("/nothing")).text
    address = page.partition('<link rel="stylesheet" href="')[2].partition('"')[0]
    style = await site.client.get(address)
    assert style.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in style.headers["cache-control"]
    assert (await site.client.get("/static/style.000000000000.css")).status_code == 404
    assert (await site.client.get("/static/..%2fapp.py")).status_code == 404


async def test_whatever_is_wrong_is_the_same_calm_page_with_the_right_status(site: Open) -> None:
    ann = await guest(site)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answers = {
        404: await site.client.get("/no/such/page"),
        405: await site.client.put(ann.visit),
        413: await site.client.post(f"{ann.visit}/words", content=b"x" * 70_000, headers=form),
        415: await site.client.post(f"{ann.visit}/words", json={}),
        401: await site.client.get("/"),
        403: await site.client.post(f"{ann.visit}/call", headers={**form, "Sec-Fetch-Site": "cross-site"}),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert CALM in answer.text
        assert "Sam Lee" in answer.text
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answers[405].headers["allow"]


async def test_a_large_body_in_pieces_is_not_read_to_its_end(site: Open) -> None:
    ann = await guest(site)
    sent = 0

    async def pieces() -> object:
        nonlocal sent
        for _ in range(1000):
            sent += 1
            yield b"x" * 65_536

    try:
        answer = await site.client.post(
            f"{ann.visit}/words",
            content=pieces(),  # type: ignore[arg-type]
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        assert answer.status_code == 413
    except httpx.TransportError:
        pass  # the line was closed while we were still speaking
    assert sent < 1000


async def test_a_fault_of_ours_is_calm_too_and_shows_no_trace(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails(request: Request) -> None:
        raise RuntimeError("secret words")

    door = WebDoor(make_desk(database, tmp_path))
    door.app.router.routes.append(Route("/fails", fails))
    async with door, browser(door) as client:
        answer = await client.get("/fails")
    assert answer.status_code == 500
    assert "It is not your fault." in words(answer.text)
    assert "secret words" not in answer.text
    assert "content-security-policy" in answer.headers
    assert "A page failed in its own code" in caplog.text


async def test_whoever_asks_too_much_waits_and_others_do_not(site: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ANYTHING", parse("20/minute"))
    monkeypatch.setattr(limits, "MISSES", parse("5/minute"))

    async def ask(path: str, address: str) -> int:
        return (await site.client.get(path, headers={"X-Forwarded-For": address})).status_code

    assert [await ask("/healthz", "192.0.2.1") for _ in range(21)] == [200] * 20 + [429]
    assert await ask("/healthz", "192.0.2.2") == 200
    assert [await ask("/visit/x", "192.0.2.3") for _ in range(6)] == [404] * 5 + [429]
    assert [await ask("/visit/x", f"2001:db8::{at}") for at in range(1, 7)] == [404] * 5 + [429]
    assert await ask("/visit/x", "2001:db8:0:1::1") == 404
    slow = await site.client.get("/healthz", headers={"X-Forwarded-For": "192.0.2.1"})
    assert slow.headers["retry-after"] == "60"


async def test_callbacks_that_are_turned_away_are_counted_and_genuine_ones_are_never_hindered(
    site: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MISSES", parse("1/minute"))

    async def post(address: str, path: str, **body: Any) -> int:
        answer = await site.client.post(f"/callbacks/{path}", headers={"X-Forwarded-For": address}, **body)
        return answer.status_code

    turned_away: list[tuple[str, dict[str, Any], int]] = [
        ("", {}, 404),
        ("sms", {"json": {}}, 415),
        ("sms", {"data": {"a": ["1", "1"]}}, 400),
        ("sms", {"data": {"a": "x" * 70_000}}, 413),
        ("sms", {"data": {"a": "1"}}, 403),
        ("telegram", {}, 404),
    ]
    for at, (path, body, status) in enumerate(turned_away):
        assert [await post(f"192.0.2.{at}", path, **body) for _ in range(2)] == [status, 429]
    one = genuine("no such delivery", 1, "SM" + "0" * 32, "sent")
    headers = {**one.headers, b"X-Forwarded-For": b"192.0.2.0"}
    for _ in range(3):  # from an address that has had its share
        assert (await site.client.post(one.path, content=one.body, headers=headers)).status_code == 200


@pytest.mark.parametrize("listening", ["127.0.0.1", "::"])
async def test_a_visitor_by_ipv4_is_known_by_their_own_address_whatever_the_door_listens_on(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listening: str
) -> None:
    monkeypatch.setattr(limits, "MISSES", parse("1/minute"))
    async with WebDoor(make_desk(database, tmp_path, web={"port": 0, "host": listening})) as door:
        url = f"http://127.0.0.1:{httpx.URL(door.url).port}"
        async with httpx.AsyncClient(base_url=url) as client:
            assert (await client.get("/metrics")).status_code == 200  # this machine itself
            for address in ("192.0.2.1", "::ffff:192.0.2.2"):  # by a proxy on it, which is believed
                asked = [await client.get("/visit/x", headers={"X-Forwarded-For": address}) for _ in range(2)]
                assert [one.status_code for one in asked] == [404, 429]


async def test_only_a_proxy_that_is_believed_may_say_who_visits(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MISSES", parse("1/minute"))
    desk = make_desk(database, tmp_path, web={"port": 0, "proxies": "192.0.2.99"})
    async with WebDoor(desk) as door, browser(door) as client:
        for at in range(4):  # all of it is this machine, which nobody counts
            assert (await client.get("/visit/x", headers={"X-Forwarded-For": f"192.0.2.{at}"})).status_code == 404


def test_every_page_for_people_that_changes_something_wants_a_form(database: Database, tmp_path: Path) -> None:
    app = application(make_desk(database, tmp_path))
    both = [
        route.path
        for route in app.routes
        if isinstance(route, Route) and route.methods and {"GET", "POST"} <= route.methods
    ]
    assert both == []
